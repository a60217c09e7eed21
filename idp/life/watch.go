package life

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"atrio/base/audit"
	"atrio/base/jobs"
	"atrio/base/notify"
	"atrio/idp/identity"
)

// Kinds of ends that an identity comes to by itself.
const (
	DocumentEnd   = "document"   // suspended: REG 20(7), L01
	InactivityEnd = "inactivity" // revoked: DPCM 24/10/2014 art. 8(3), L02
	ContractEnd   = "contract"   // revoked: REG 20, I17
)

// warnings are how many days before an end the holder is told. REG 20
var warnings = []int{90, 30, 10, 1}

// idleMonths without a use end an identity. DPCM 24/10/2014 art. 8(3)
const idleMonths = 24

// Warning is one that was sent, or is to be.
type Warning struct {
	Kind string
	// End is what it warns of, Days how long before, Sent when.
	End  time.Time
	Days int
	Sent time.Time
}

// Watching is what the jobs need of the database.
type Watching interface {
	// DueToWatch lists identities that have to be looked at, the longest due first.
	DueToWatch(ctx context.Context, now time.Time, limit int) ([]string, error)
	// LastUse is the latest access of an identity that ended well; zero without one.
	LastUse(ctx context.Context, id string) (time.Time, error)
	// Warned lists the warnings that were sent.
	Warned(ctx context.Context, id string) ([]Warning, error)
	// SaveWatch notes when to look again, and a warning with its messages, in one commit; a
	// warning that another node sent meanwhile changes nothing.
	SaveWatch(ctx context.Context, id string, next time.Time, w *Warning, messages []notify.Message, line audit.Event) error
}

// batch bounds one read of the job.
const batch = 100

// Jobs warn of ends and bring them about. They compare the clock with days that are
// stored, so that a time machine or a night without power skips nothing.
func (k *Registrar) Jobs() []jobs.Job {
	return []jobs.Job{{
		Name: "idp.life", Every: 10 * time.Minute, Limit: 10 * time.Minute,
		Needed: func(ctx context.Context, now time.Time) (bool, error) {
			due, err := k.Store.DueToWatch(ctx, now, 1)
			return len(due) > 0, err
		},
		Run: k.Watch,
	}}
}

// putOff is how long an identity waits that did not go through: it must not hold up the others.
const putOff = time.Hour

// Watch looks at every identity that is due, and gives the first failure in the end.
func (k *Registrar) Watch(ctx context.Context, now time.Time) (failed error) {
	for ctx.Err() == nil {
		due, err := k.Store.DueToWatch(ctx, now, batch)
		if err != nil || len(due) == 0 {
			return errors.Join(failed, err)
		}
		var passed int
		for _, id := range due {
			// One that somebody else changed at the same moment is looked at again.
			switch err := k.look(ctx, id, now); {
			case err == nil:
				passed++
			case !errors.Is(err, identity.ErrMay):
				if failed == nil {
					failed = fmt.Errorf("life: %s: %w", id, err)
				}
				if err := k.Store.SaveWatch(ctx, id, now.Add(putOff), nil, nil, audit.Event{}); err != nil {
					return errors.Join(failed, err)
				}
				passed++
			}
		}
		if passed == 0 {
			return failed // the next run goes on
		}
	}
	return errors.Join(failed, ctx.Err())
}

// look does what one identity is due for.
func (k *Registrar) look(ctx context.Context, id string, now time.Time) error {
	who, err := k.Store.Identity(ctx, id)
	if err != nil {
		return err
	}
	used, err := k.Store.LastUse(ctx, id)
	if err != nil {
		return err
	}
	warned, err := k.Store.Warned(ctx, id)
	if err != nil {
		return err
	}
	plan := decide(who, used, warned, now, k.Extend)
	line := audit.Event{At: now, Role: k.Role, Actor: "job", Subject: id, Outcome: audit.OK}
	if plan.act != nil {
		c := *plan.act
		c.At = now
		after, event, err := who.Do(c)
		if err != nil {
			return err
		}
		s := Step{After: after, Event: event, Audit: line}
		if c.Act != identity.Renew { // nothing changes for who has a contract without end
			s.Messages = k.notices(who, after, event)
		}
		return k.Store.SaveLife(ctx, s)
	}
	var messages []notify.Message
	if w := plan.warn; w != nil {
		args := []any{"name", who.Holder.GivenName, "date", k.Texts.Date(who.Language, w.End), "days", daysLeft(w.End, now), "site", k.Site, "price", k.price(who.Language)}
		what := "warn." + w.Kind
		if who.State == identity.Suspended { // using it keeps nothing: it has to be lifted first
			what += "_suspended"
		}
		messages = present([]notify.Message{k.Mail(who.Holder.Email, who.Language, what, args...), k.SMS(who.Holder.MobilePhone, who.Language, what, args...)})
	}
	return k.Store.SaveWatch(ctx, id, plan.next, plan.warn, messages, line)
}

// price is what a renewal costs, in words.
func (k *Registrar) price(lang string) string {
	if k.Price == "" {
		return k.Texts.Text(lang, "life.price.free")
	}
	return k.Texts.Text(lang, "life.price", "price", k.Price)
}

func daysLeft(end, now time.Time) int {
	return max(0, int((end.Sub(now)+24*time.Hour-1)/(24*time.Hour)))
}

// plan is what is due for an identity: an act, or one warning, and when to look again.
type plan struct {
	act  *identity.Change
	warn *Warning
	next time.Time
}

// far is when to look again at an identity that comes to no end.
const far = 365 * 24 * time.Hour

// decide finds the first thing that is due. Of several warnings whose day has come only
// the nearest to the end is sent: who was told "tomorrow" need not be told "in 90 days".
// extend moves the end of contracts on that have none.
func decide(who *identity.Identity, used time.Time, warned []Warning, now time.Time, extend int) plan {
	p := plan{next: now.Add(far)}
	if who.State == identity.Revoked {
		return p
	}
	list := ends(who, used)
	if extend > 0 && list[0].kind == ContractEnd {
		list = list[1:]
		if p.next = who.ExpiresAt.AddDate(0, 0, -warnings[0]); !now.Before(p.next) {
			return plan{act: extension(who.ExpiresAt, now, extend), next: now}
		}
	}
	for _, end := range list {
		if due := end.due(warned, now); due.act != nil || due.warn != nil {
			due.next = now // there may be more
			return due
		} else if due.next.Before(p.next) {
			p.next = due.next
		}
	}
	return p
}

// extension moves the end that services are told (expirationDate) beyond the next look.
func extension(until, now time.Time, months int) *identity.Change {
	for n, from := months, until; !now.Before(until.AddDate(0, 0, -warnings[0])); n += months {
		until = from.AddDate(0, n, 0)
	}
	return &identity.Change{Act: identity.Renew, By: identity.By{Role: identity.AsJob}, Edit: func(i *identity.Identity) { i.ExpiresAt = until }}
}

// end is what an identity comes to by itself.
type end struct {
	kind string
	at   time.Time
	act  identity.Change
	// final cannot be undone: nobody comes to it who was not warned a day before.
	final bool
}

func ends(who *identity.Identity, used time.Time) (list []end) {
	job := identity.By{Role: identity.AsJob}
	if used.Before(who.CreatedAt) {
		used = who.CreatedAt
	}
	if !who.ExpiresAt.IsZero() {
		list = append(list, end{ContractEnd, who.ExpiresAt, identity.Change{Act: identity.Revoke, Cause: identity.ContractEnd, By: job}, true})
	}
	list = append(list, end{InactivityEnd, used.AddDate(0, idleMonths, 0), identity.Change{Act: identity.Revoke, Cause: identity.Inactivity, By: job}, true})
	if last := who.Holder.Document.ExpiresOn; !last.IsZero() && who.State == identity.Active {
		// It is valid on its last day.
		list = append(list, end{DocumentEnd, last.AddDate(0, 0, 1), identity.Change{Act: identity.Suspend, Cause: identity.DocumentExpired, By: job}, false})
	}
	return list
}

// due is what an end asks for now.
func (e end) due(warned []Warning, now time.Time) plan {
	last := warnings[len(warnings)-1]
	sent := func(days int) *Warning {
		i := slices.IndexFunc(warned, func(w Warning) bool { return w.Kind == e.kind && w.End.Equal(e.at) && w.Days <= days })
		if i < 0 {
			return nil
		}
		return &warned[i]
	}
	if !now.Before(e.at) {
		switch w := sent(last); {
		case !e.final, w != nil && !now.Before(w.Sent.AddDate(0, 0, 1)):
			return plan{act: &e.act}
		case w != nil:
			return plan{next: w.Sent.AddDate(0, 0, 1)}
		}
		return plan{warn: &Warning{Kind: e.kind, End: e.at, Days: last, Sent: now}}
	}
	for i := len(warnings) - 1; i >= 0; i-- { // the nearest to the end first
		if day := e.at.AddDate(0, 0, -warnings[i]); now.Before(day) {
			continue
		}
		if sent(warnings[i]) == nil {
			return plan{warn: &Warning{Kind: e.kind, End: e.at, Days: warnings[i], Sent: now}}
		}
		break
	}
	return plan{next: e.next(now)}
}

// next is the first of the days of warnings, or the end itself, that lies ahead.
func (e end) next(now time.Time) time.Time {
	for _, days := range warnings {
		if day := e.at.AddDate(0, 0, -days); now.Before(day) {
			return day
		}
	}
	return e.at
}
