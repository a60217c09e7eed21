package retention_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"atrio/idp/enrolment"
	"atrio/idp/evidence"
	"atrio/idp/idpdb"
	"atrio/idp/retention"
)

// What fails for one request does not stop what is due of the others.
func TestAFailureHidesNothing(t *testing.T) {
	each(t, func(w *world) {
		w.take(w.request("1"), enrolment.Withdraw, enrolment.Applicant, nil)
		w.run(present)
		w.keeper.Vault = broken{w.vault}
		w.now = present.AddDate(0, 0, 31)
		if err := w.keeper.Run(w.Context(), w.now); !errors.Is(err, errBroken) {
			t.Errorf("%v", err)
		}
		if n := w.count(`SELECT count(*) FROM evidence`); n != 0 {
			t.Errorf("%d items of evidence are left", n)
		}
	})
}

// More failures than one reading holds do not hide what comes after them.
func TestWhatFailsIsPassedOver(t *testing.T) {
	each(t, func(w *world) {
		f := &failing{Store: w.store, Vault: w.vault}
		w.keeper.Store, w.keeper.Vault = f, f
		if err := w.keeper.Run(w.Context(), present); !errors.Is(err, errBroken) {
			t.Errorf("%v", err)
		}
		if !slices.Contains(f.archived, "0149") || len(f.archived) != 150 || len(f.marked) != 1 || f.marked[0] != "0149" {
			t.Errorf("archived %d, the last %q; marked %q", len(f.archived), f.archived[len(f.archived)-1], f.marked)
		}
	})
}

// failing has 150 requests that ended, of which the last alone does not fail.
type failing struct {
	*idpdb.Store
	*evidence.Vault
	archived, marked []string
}

func (f *failing) page(after string, limit int) (list []string) {
	for n := range 150 {
		if id := fmt.Sprintf("%04d", n); id > after && len(list) < limit {
			list = append(list, id)
		}
	}
	return list
}

func (f *failing) EndedRequests(_ context.Context, _ time.Time, after string, limit int) (list []retention.Ended, err error) {
	for _, id := range f.page(after, limit) {
		list = append(list, retention.Ended{Request: id, State: enrolment.Withdrawn, Changed: present})
	}
	return list, nil
}

func (f *failing) DueToArchive(_ context.Context, _, _ time.Time, after string, limit int) ([]string, error) {
	return f.page(after, limit), nil
}

func (f *failing) Archive(_ context.Context, request, _ string) error {
	f.archived = append(f.archived, request)
	if request != "0149" {
		return errBroken
	}
	return nil
}

func (f *failing) SetRetention(_ context.Context, request string, _ time.Time, _, _ string) error {
	if request != "0149" {
		return errBroken
	}
	f.marked = append(f.marked, request)
	return nil
}

var errBroken = errors.New("broken")

type broken struct{ *evidence.Vault }

func (broken) Archive(context.Context, string, string) error { return errBroken }
