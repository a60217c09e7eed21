package point

import (
	"context"
	"errors"
	"fmt"
	"time"

	"atrio/base/audit"
	"atrio/base/fault"
	"atrio/base/jobs"
	"atrio/base/notify"
	"atrio/idp/enrolment"
)

const (
	// remindFrom is how long before an appointment the reminder goes out.
	remindFrom = 24 * time.Hour
	// missedAfter is how long after it somebody who did not come is told.
	missedAfter = 24 * time.Hour
	// batch is how many requests a run looks at.
	batch = 200
)

// Jobs remind of appointments, and give the places of those who did not come free.
func (b *Booking) Jobs() []jobs.Job {
	return []jobs.Job{{Name: "idp.appointments", Every: 10 * time.Minute, Run: func(ctx context.Context, now time.Time) error {
		return errors.Join(b.remind(ctx, now), b.noShows(ctx, now))
	}}}
}

// each does something with every request of a list: one that fails hides no other.
func (b *Booking) each(ctx context.Context, list []string, do func(enrolment.Request) error) error {
	var errs []error
	for _, id := range list {
		request, err := b.Way.Store.Request(ctx, id)
		if err == nil && request.Data.Booking != nil {
			err = do(request)
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("point: request %s: %w", id, err))
		}
	}
	return errors.Join(errs...)
}

func (b *Booking) remind(ctx context.Context, now time.Time) error {
	list, err := b.Store.ToRemind(ctx, now, now.Add(remindFrom), batch)
	if err != nil {
		return err
	}
	return b.each(ctx, list, func(request enrolment.Request) error {
		p, ok := b.Directory.Point(request.Point)
		if !ok {
			return nil // the Point is gone
		}
		_, err := b.Store.Reminded(ctx, request.ID, b.mail(request, p, request.Data.Booking.At, "point.mail.reminder"), now)
		return err
	})
}

// noShows leads requests back whose appointment passed a day ago. // I9: refusal, no-show
// and the like end in another slot
func (b *Booking) noShows(ctx context.Context, now time.Time) error {
	list, err := b.Store.Missed(ctx, now.Add(-missedAfter), batch)
	if err != nil {
		return err
	}
	return b.each(ctx, list, func(request enrolment.Request) error {
		after, event, err := request.Do(enrolment.Change{Act: enrolment.NoShow, By: enrolment.Author{Role: enrolment.System}, At: now})
		if err != nil {
			return nil // it went on meanwhile
		}
		p, _ := b.Directory.Point(request.Point)
		err = b.Way.Store.Save(ctx, enrolment.Step{
			After: after, Event: event, Messages: []notify.Message{b.mail(request, p, request.Data.Booking.At, "point.mail.missed")},
			Audit: audit.Event{At: now, Role: b.Site.Role, Outcome: audit.OK},
		})
		if fault.Is(err, fault.Conflict) {
			return nil
		}
		return err
	})
}
