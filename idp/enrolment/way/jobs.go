package way

import (
	"context"
	"errors"
	"fmt"
	"time"

	"atrio/base/audit"
	"atrio/base/fault"
	"atrio/base/jobs"
	"atrio/idp/enrolment"
)

// lapsing is how many requests a run ends.
const lapsing = 200

// Jobs end requests that nobody carried on: mailbox and telephone are free again. // I17
func (y *Way) Jobs() []jobs.Job {
	return []jobs.Job{{Name: "idp.requests", Every: time.Hour, Run: y.lapse}}
}

func (y *Way) lapse(ctx context.Context, now time.Time) error {
	list, err := y.Store.DueToLapse(ctx, now, lapsing)
	if err != nil {
		return err
	}
	var errs []error
	for _, r := range list {
		after, event, err := r.Do(enrolment.Change{Act: enrolment.Lapse, By: enrolment.Author{Role: enrolment.System}, At: now})
		if err == nil {
			err = y.Store.Save(ctx, enrolment.Step{After: after, Event: event, Audit: audit.Event{At: now, Role: y.Site.Role, Outcome: audit.OK}})
		}
		if err != nil && !fault.Is(err, fault.Conflict) { // it went on meanwhile
			errs = append(errs, fmt.Errorf("way: request %s: %w", r.Number, err))
		}
	}
	return errors.Join(errs...)
}
