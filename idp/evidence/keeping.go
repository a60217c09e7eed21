package evidence

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"atrio/base/audit"
	"atrio/base/fault"
)

// RetentionYears is how long evidence is kept after the end of its identity. // I14
const RetentionYears = 20

// Archive destroys the role's keys of a request: from then on its evidence opens with
// the private keys of the archive alone. It is called when the request is decided. Doing
// it again does nothing; items of later are archived by the next call.
func (v *Vault) Archive(ctx context.Context, request, by string) error {
	// Afterwards nobody here could find what a crash left. A file that does not open was
	// never acknowledged: it does not keep the keys alive.
	if err := v.recover(ctx, request, true); err != nil {
		return err
	}
	line := v.line(audit.EvidenceArchived, by, Item{Request: request})
	delete(line.Detail, "kind")
	line.Detail["archive"] = v.Offline.ID()
	_, err := v.Keeping.ArchiveEvidence(ctx, request, line)
	return err
}

// SetRetention sets when the evidence of a request ends: RetentionYears after its
// identity did, or soon after a request that led to none. An end that was set before is
// not brought forward: nobody destroys evidence by a date. The rule is why it ends then
// (idp/retention); it stands in the lines of the end.
func (v *Vault) SetRetention(ctx context.Context, request string, until time.Time, rule, by string) error {
	if until.IsZero() {
		return errInput("evidence ends some time")
	}
	line := v.line(audit.EvidenceRetained, by, Item{Request: request})
	line.Detail = map[string]string{"until": until.UTC().Format(time.RFC3339), "rule": rule}
	return v.Keeping.RetainEvidence(ctx, request, until, rule, line)
}

// Hold keeps the evidence of a request beyond its end, as long as a case is open.
func (v *Vault) Hold(ctx context.Context, request string, a Access) error {
	refused := a.working()
	if refused == nil && (blank(a.Case) || len(a.Case) > maxPurpose) {
		refused = ErrNoCase
	}
	return v.hold(ctx, request, a.Case, a, refused)
}

// Release ends Hold.
func (v *Vault) Release(ctx context.Context, request string, a Access) error {
	return v.hold(ctx, request, "", a, a.working())
}

func (v *Vault) hold(ctx context.Context, request, caseNumber string, a Access, refused error) error {
	line := v.line(audit.EvidenceRetained, a.By, Item{Request: request})
	line.Detail = map[string]string{"case": said(caseNumber), "purpose": said(a.Purpose)}
	line.Address, line.Reference = a.Address, a.Reference
	if refused != nil {
		line.Outcome, line.Reason = audit.Refused, reasonOf(refused)
		return errors.Join(refused, v.Store.NoteEvidence(ctx, line))
	}
	err := v.Keeping.HoldEvidence(ctx, request, caseNumber, line)
	if errors.Is(err, ErrUnknown) {
		line.Outcome, line.Reason = audit.Refused, reasonOf(err)
		err = errors.Join(err, v.Store.NoteEvidence(ctx, line))
	}
	return err
}

const (
	destroyBatch = 100 // bounds one transaction
	maxHeld      = 10  // batches that somebody came into, in one run
)

// DestroyDue destroys what has served its time: rows and keys with a line each in one
// commit, then the files. A run that is cut off is finished by the next. // I14
func (v *Vault) DestroyDue(ctx context.Context, now time.Time) error {
	for held := 0; ; {
		due, err := v.Keeping.DueEvidence(ctx, now, destroyBatch)
		if err != nil {
			return err
		}
		err = v.Keeping.DestroyEvidence(ctx, now, due, v.destroyed(due))
		if fault.Is(err, fault.Conflict) && held < maxHeld {
			held++
			continue // somebody holds one of them since: it is not due any more
		}
		if err != nil {
			return err
		}
		if err := v.at("rows destroyed"); err != nil {
			return err
		}
		if len(due) < destroyBatch {
			return v.sweep(ctx)
		}
	}
}

// destroyed makes a line for each item; one for all segments of a recording.
func (v *Vault) destroyed(items []Item) []audit.Event {
	var lines []audit.Event
	counts := map[string]int{}
	for _, i := range items {
		if i.Recording != "" {
			if counts[i.Recording]++; counts[i.Recording] > 1 {
				continue
			}
			i.ID = ""
		}
		line := v.line(audit.EvidenceDestroyed, "", i)
		if i.Rule != "" {
			line.Detail["rule"] = i.Rule
		}
		lines = append(lines, line)
	}
	for _, line := range lines {
		if n := counts[line.Detail["recording"]]; n > 0 {
			line.Detail["segments"] = strconv.Itoa(n)
		}
	}
	return lines
}

// sweep deletes the files whose keys are destroyed. A file that does not go hides no
// other.
func (v *Vault) sweep(ctx context.Context) error {
	for {
		list, err := v.Keeping.LeftoverEvidence(ctx, destroyBatch)
		if err != nil || len(list) == 0 {
			return err
		}
		var gone []Leftover
		var faults []error
		for _, l := range list {
			if err := v.removeSegment(l); err != nil {
				faults = append(faults, fmt.Errorf("evidence: recording %s: %w", l.Recording, err))
				continue
			}
			gone = append(gone, l)
		}
		if len(gone) > 0 {
			faults = append(faults, v.Keeping.ForgetLeftovers(ctx, gone))
		}
		if err := errors.Join(faults...); err != nil || len(list) < destroyBatch {
			return err
		}
	}
}
