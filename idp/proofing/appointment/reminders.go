package appointment

import (
	"context"
	"errors"
	"fmt"
	"time"

	"atrio/base/audit"
	"atrio/base/fault"
	"atrio/base/notify"
	"atrio/idp/enrolment"
)

// Store is what reminders need of the database; idpdb implements it.
type Store interface {
	// Booked counts the appointments of a place by time; the place of sessions is "".
	Booked(ctx context.Context, point string, from, to time.Time) (map[time.Time]int, error)
	// ToRemind lists the requests of a way whose appointment is before a time and that were
	// not reminded; Missed those whose appointment was before a time.
	ToRemind(ctx context.Context, of enrolment.Method, now, before time.Time, limit int) ([]string, error)
	Missed(ctx context.Context, of enrolment.Method, before time.Time, limit int) ([]string, error)
	// Reminded queues the message and marks the appointment, once; false when it was
	// marked already.
	Reminded(ctx context.Context, request string, m notify.Message, now time.Time) (bool, error)
}

// Free lists the times of which a place is left.
func Free(ctx context.Context, s Store, place string, places int, times []time.Time, now time.Time) (list []time.Time, err error) {
	booked, err := s.Booked(ctx, place, now, now.AddDate(0, 0, Ahead+1))
	if err != nil {
		return nil, err
	}
	for _, at := range times {
		if booked[at] < places {
			list = append(list, at)
		}
	}
	return list, nil
}

const (
	// remindFrom is how long before an appointment the reminder goes out.
	remindFrom = 24 * time.Hour
	// batch is how many requests a run looks at.
	batch = 200
)

// Reminders write to those who have an appointment, and give the places of those who did
// not come free.
type Reminders struct {
	Store    Store
	Requests enrolment.Store
	Way      enrolment.Method
	// Role is in audit lines.
	Role string
	// MissedAfter is how long after an appointment somebody who did not come is told.
	MissedAfter time.Duration
	// Waits tells of somebody who has come and waits to be served; nil where nobody does.
	Waits func(ctx context.Context, request string, now time.Time) (bool, error)
	// Reminder and Missed are the mails; false: the place is there no more.
	Reminder, Missed func(enrolment.Request) (notify.Message, bool)
}

// Run is a job.
func (r Reminders) Run(ctx context.Context, now time.Time) error {
	return errors.Join(r.remind(ctx, now), r.noShows(ctx, now))
}

// each does something with every request of a list: one that fails hides no other.
func (r Reminders) each(ctx context.Context, list []string, do func(enrolment.Request) error) error {
	var errs []error
	for _, id := range list {
		request, err := r.Requests.Request(ctx, id)
		if err == nil && request.Data.Booking != nil { // else it went on meanwhile
			err = do(request)
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("appointment: request %s: %w", id, err))
		}
	}
	return errors.Join(errs...)
}

func (r Reminders) remind(ctx context.Context, now time.Time) error {
	list, err := r.Store.ToRemind(ctx, r.Way, now, now.Add(remindFrom), batch)
	if err != nil {
		return err
	}
	return r.each(ctx, list, func(request enrolment.Request) error {
		m, ok := r.Reminder(request)
		if !ok {
			return nil
		}
		_, err := r.Store.Reminded(ctx, request.ID, m, now)
		return err
	})
}

// noShows leads requests back whose appointment passed. // I9: refusal, no-show and the
// like end in another slot
func (r Reminders) noShows(ctx context.Context, now time.Time) error {
	list, err := r.Store.Missed(ctx, r.Way, now.Add(-r.MissedAfter), batch)
	if err != nil {
		return err
	}
	return r.each(ctx, list, func(request enrolment.Request) error {
		if r.Waits != nil {
			if there, err := r.Waits(ctx, request.ID, now); err != nil || there {
				return err
			}
		}
		after, event, err := request.Do(enrolment.Change{Act: enrolment.NoShow, By: enrolment.Author{Role: enrolment.System}, At: now})
		if err != nil {
			return nil // it went on meanwhile
		}
		step := enrolment.Step{After: after, Event: event, Audit: audit.Event{At: now, Role: r.Role, Outcome: audit.OK}}
		if m, ok := r.Missed(request); ok {
			step.Messages = []notify.Message{m}
		}
		if err := r.Requests.Save(ctx, step); err != nil && !fault.Is(err, fault.Conflict) {
			return err
		}
		return nil
	})
}
