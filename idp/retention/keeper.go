package retention

import (
	"context"
	"errors"
	"fmt"
	"time"

	"atrio/base/audit"
	"atrio/base/fault"
	"atrio/base/jobs"
)

// by is who acts: this part of the program.
const by = "system:retention"

// missed is after how many days a second look that nobody made keeps evidence open no more.
const missed = 90

// batch bounds one reading, and one deletion in one commit.
const batch = 100

// Store is what the job needs of the database; idpdb implements it.
type Store interface {
	// EndedRequests gives at most limit requests that ended, or whose identity did, and that
	// are not marked with that end yet; again those whose end moved. They come in the order
	// of their references, those after one.
	EndedRequests(ctx context.Context, now time.Time, after string, limit int) ([]Ended, error)
	// MarkEnd notes what the rules say of a request.
	MarkEnd(ctx context.Context, request string, end End) error
	// DueToArchive gives requests that were decided before a moment, and identities of which
	// no task waits, whose evidence is all older than it and still opens with the role's keys.
	// A second look that waits keeps it open, unless it was drawn before missed. They come in
	// the order of their references, those after one.
	DueToArchive(ctx context.Context, before, missed time.Time, after string, limit int) ([]string, error)
	// Reduce cuts requests that ended before a moment by this rule, and that nobody holds,
	// down to MACs, states and dates, in one commit with the line; it gives how many.
	Reduce(ctx context.Context, rule ID, before time.Time, limit int, line audit.Event) (int, error)
	// Forget deletes all rows of at most limit requests of a rule whose time is over, of
	// which no evidence is left and that nobody holds, in one commit with the line, which it
	// completes with the rows by table; it gives how many requests.
	Forget(ctx context.Context, rule ID, now time.Time, limit int, line audit.Event) (int, error)
	// ForgetIdentities deletes identities without a request that ended before a moment, of
	// which no evidence is left and that nobody holds; evidence that is left ends now.
	ForgetIdentities(ctx context.Context, before time.Time, limit int, line audit.Event) (int, error)
}

// Vault is what happens to evidence; *evidence.Vault is one.
type Vault interface {
	SetRetention(ctx context.Context, request string, until time.Time, rule, by string) error
	Archive(ctx context.Context, request, by string) error
	DestroyDue(ctx context.Context, now time.Time) error
}

// Keeper carries the rules out.
type Keeper struct {
	Config Config
	Store  Store
	Vault  Vault
	// Role is the role of audit lines.
	Role string
}

// Jobs is the one that carries the rules out.
func (k *Keeper) Jobs() []jobs.Job {
	return []jobs.Job{{Name: "idp.retention", Every: time.Hour, Limit: 20 * time.Minute, Run: k.Run}}
}

// Run marks what ended, archives what was decided some time ago, and destroys what has
// served its time: evidence first, its rows when none is left. What fails hides nothing
// else; a run that is cut off is finished by the next. // I14
func (k *Keeper) Run(ctx context.Context, now time.Time) error {
	c := k.Config.WithDefaults()
	errs := []error{k.mark(ctx, now), k.archive(ctx, now.AddDate(0, 0, -c.ArchiveDays), now.AddDate(0, 0, -missed)), k.Vault.DestroyDue(ctx, now)}
	for _, r := range c.Rules() {
		if r.Evidence > 0 {
			errs = append(errs, k.all(ctx, func() (int, error) {
				before := now.AddDate(0, 0, -r.Evidence)
				return k.Store.Reduce(ctx, r.ID, before, batch, k.line(r, now, map[string]string{"until": stamp(before), "kept": "least"}))
			}))
		}
		errs = append(errs, k.all(ctx, func() (int, error) {
			return k.Store.Forget(ctx, r.ID, now, batch, k.line(r, now, map[string]string{"until": stamp(now)}))
		}))
	}
	r := c.rule(Identity)
	before := now.AddDate(-r.Years, 0, 0)
	errs = append(errs, k.all(ctx, func() (int, error) {
		return k.Store.ForgetIdentities(ctx, before, batch, k.line(r, now, map[string]string{"until": stamp(before)}))
	}))
	return errors.Join(errs...)
}

// mark writes when what ended goes. What fails is passed over: the next run tries it again.
func (k *Keeper) mark(ctx context.Context, now time.Time) error {
	var f failures
	for after := ""; ; {
		list, err := k.Store.EndedRequests(ctx, now, after, batch)
		if err != nil {
			return errors.Join(append(f, err)...)
		}
		for _, e := range list {
			after = e.Request
			if end, ok := k.Config.End(e, now); ok {
				f.add(e.Request, k.markOne(ctx, e.Request, end))
			}
		}
		if len(list) < batch {
			return errors.Join(f...)
		}
	}
}

// failures are the first of those that one run meets.
type failures []error

func (f *failures) add(request string, err error) {
	if err != nil && len(*f) < batch {
		*f = append(*f, fmt.Errorf("retention: request %s: %w", request, err))
	}
}

func (k *Keeper) markOne(ctx context.Context, request string, end End) error {
	err := k.Vault.SetRetention(ctx, request, end.Evidence, string(end.Rule), by)
	if err != nil && !fault.Is(err, fault.Conflict) { // it was set to a later day before, which holds
		return err
	}
	return k.Store.MarkEnd(ctx, request, end)
}

// archive takes the role's keys away from what was decided before.
func (k *Keeper) archive(ctx context.Context, before, missed time.Time) error {
	var f failures
	for after := ""; ; {
		list, err := k.Store.DueToArchive(ctx, before, missed, after, batch)
		if err != nil {
			return errors.Join(append(f, err)...)
		}
		for _, after = range list {
			f.add(after, k.Vault.Archive(ctx, after, by))
		}
		if len(list) < batch {
			return errors.Join(f...)
		}
	}
}

// all repeats a batch until one is not full.
func (k *Keeper) all(ctx context.Context, one func() (int, error)) error {
	for {
		n, err := one()
		if err != nil || n < batch || ctx.Err() != nil {
			return errors.Join(err, ctx.Err())
		}
	}
}

func (k *Keeper) line(r Rule, now time.Time, detail map[string]string) audit.Event {
	detail["rule"], detail["clause"] = string(r.ID), r.Clause
	return audit.Event{At: now, Role: k.Role, Actor: by, Action: audit.RetentionPurged, Outcome: audit.OK, Detail: detail}
}

func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }
