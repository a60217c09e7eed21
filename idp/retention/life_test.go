package retention_test

import (
	"errors"
	"testing"
	"time"

	"atrio/db"
	"atrio/idp/enrolment"
	"atrio/idp/evidence"
)

// An identity that expires has no revocation that gives its evidence an end.
func TestWhatCameInDuringTheLifeOfAnIdentityEndsWithIt(t *testing.T) {
	each(t, func(w *world) {
		r := w.approved("1")
		w.keep(r.Holder, evidence.DocumentFront)
		expired := present.AddDate(2, 0, 0)
		w.run(expired)
		w.run(expired.AddDate(20, 0, 0).Add(-time.Microsecond))
		if n := w.count(`SELECT count(*) FROM evidence WHERE request = $1`, r.Holder); n != 1 {
			t.Error("it is gone early")
		}
		w.exec(`UPDATE evidence_request SET delete_at = $2 WHERE request = $1`, r.Holder, db.Micros(expired.AddDate(21, 0, 0)))
		w.run(expired.AddDate(20, 0, 0))
		if w.count(`SELECT count(*) FROM identity`) != 1 || w.count(`SELECT count(*) FROM request`) != 1 {
			t.Error("rows are gone before their evidence")
		}
		w.run(expired.AddDate(21, 0, 0))
		if n := w.left(r); n != 0 {
			t.Errorf("%d rows are left", n)
		}
	})
}

// Whichever of both references is named, both are kept.
func TestAHoldKeepsTheLifeOfTheIdentityToo(t *testing.T) {
	each(t, func(w *world) {
		look := evidence.Access{By: "operator-1", Purpose: "denuncia", Case: "RG 12/2026"}
		for n, names := range map[string]func(r enrolment.Request) (hold, release string){
			"1": func(r enrolment.Request) (string, string) { return r.ID, r.Holder },
			"2": func(r enrolment.Request) (string, string) { return r.Holder, r.ID },
		} {
			w.now = present
			r := w.approved(n)
			w.keep(r.Holder, evidence.HolderReport)
			hold, release := names(r)
			if err := w.vault.Hold(w.Context(), hold, look); err != nil {
				w.Fatal(err)
			}
			w.run(present.AddDate(0, 3, 0)) // archived
			before, over := w.left(r), present.AddDate(30, 0, 0)
			w.run(over)
			w.run(over)
			if n := w.left(r); n != before || n < 12 {
				t.Errorf("%d of %d rows are left of what is held", n, before)
			}
			if holds, err := w.store.RetentionHolds(w.Context(), 10); err != nil || len(holds) != 1 || holds[0].Number != string(r.Number) {
				t.Errorf("%+v, %v", holds, err)
			}
			if err := w.vault.Release(w.Context(), release, look); err != nil {
				w.Fatal(err)
			}
			w.run(over)
			if n := w.left(r); n != 0 {
				t.Errorf("%d rows are left after the release", n)
			}
		}
	})
}

func TestEvidenceOfALifeIsArchivedUnlessATaskWaits(t *testing.T) {
	each(t, func(w *world) {
		r := w.approved("1")
		w.run(present.AddDate(0, 3, 0))
		item, look := w.keep(r.Holder, evidence.DocumentFront), evidence.Access{By: "operator-1", Purpose: "life"}
		w.exec(`INSERT INTO identity_task (id, identity, kind, author, made_at, sealed, closed_at, closed_by, outcome) VALUES ('t', $1, 'document', 'h', 0, '', 0, '', '')`, r.Holder)
		w.run(item.At.AddDate(0, 0, 31))
		if _, err := w.vault.Open(w.Context(), item.ID, look); err != nil {
			t.Errorf("while a task waits: %v", err)
		}
		w.exec(`UPDATE identity_task SET closed_at = 1`)
		w.run(item.At.AddDate(0, 0, 30).Add(-time.Microsecond))
		if _, err := w.vault.Open(w.Context(), item.ID, look); err != nil {
			t.Errorf("too early: %v", err)
		}
		w.run(item.At.AddDate(0, 0, 30))
		if _, err := w.vault.Open(w.Context(), item.ID, look); !errors.Is(err, evidence.ErrArchived) {
			t.Errorf("after its time: %v", err)
		}
	})
}
