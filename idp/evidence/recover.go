package evidence

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"strconv"
	"time"

	"atrio/base/audit"
	"atrio/base/fault"
	"atrio/base/jobs"
)

// Jobs are what has to happen again and again. A process that died is found by the next
// run; nothing waits for it. What has served its time is destroyed by idp/retention, so that
// one job alone writes the lines of it.
func (v *Vault) Jobs() []jobs.Job {
	return []jobs.Job{
		{Name: "idp.evidence.recover", Every: 10 * time.Minute, Limit: 10 * time.Minute, Run: func(ctx context.Context, _ time.Time) error { return v.Recover(ctx) }},
	}
}

// Recover finds segments that a crash left without their row: they were written whole
// and are kept. A recording that does not recover hides no other.
func (v *Vault) Recover(ctx context.Context) error { return v.recover(ctx, "", false) }

// RecoverOf is Recover for one request.
func (v *Vault) RecoverOf(ctx context.Context, request string) error {
	return v.recover(ctx, request, false)
}

func (v *Vault) recover(ctx context.Context, request string, damaged bool) error {
	if v.Dir == "" {
		return nil
	}
	list, err := v.Store.Recordings(ctx, request)
	if err != nil {
		return err
	}
	var faults []error
	for _, r := range list {
		if err := v.recoverOne(ctx, r); err != nil && !(damaged && errors.Is(err, ErrDamaged)) {
			faults = append(faults, fmt.Errorf("evidence: recording %s: %w", r.ID, err))
		}
	}
	return errors.Join(faults...)
}

func (v *Vault) recoverOne(ctx context.Context, r Recording) error {
	r, rows, err := v.Store.Recording(ctx, r.ID)
	if err != nil {
		return err
	}
	number, before := len(rows)+1, firstLink(r)
	if len(rows) > 0 {
		before = rows[len(rows)-1].Chain
	}
	for ; ; number++ {
		file, err := v.readSegment(r.ID, number)
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil {
			return err
		}
		key, err := v.unwrap(r.ID, r.Wraps, nil)
		if err != nil {
			return err
		}
		row, _, err := openSegment(r, number, before, key, file)
		if err != nil {
			return err
		}
		line := v.line(audit.EvidenceRecovered, "", row.Item)
		line.Detail["segment"], line.Detail["digest"] = strconv.Itoa(number), hex.EncodeToString(row.Digest[:])
		if err := v.Store.KeepEvidence(ctx, row, &line); fault.Is(err, fault.Conflict) {
			return nil // its recorder lives, and was quicker
		} else if err != nil {
			return err
		}
		before = row.Chain
	}
}
