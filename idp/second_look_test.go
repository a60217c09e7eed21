package idp_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"atrio/db"
	"atrio/db/dbtest"
	"atrio/db/shareddb"
	"atrio/idp/idpdb"
	"atrio/saml/samltest"
	"atrio/web/webtest"
)

func TestASampleOfApprovalsIsLookedAtAgainBySomebodyElse(t *testing.T) {
	dbtest.Each(t, []db.Module{shareddb.Module(), idpdb.Module()}, func(t *testing.T, d *db.DB) {
		w := newWorldOn(t, d, &clock{now: samltest.Start})
		r := w.identified(1, someCollector, nil)
		w.clock.Advance(3 * time.Hour)
		remoB, remoKey := w.operator(remo)
		p := w.nextFor(remoB)
		w.pressed(remoB, remoKey, formOf(p, "approve"), ticked(p)...).Expect(http.StatusOK, "Identità attivata")

		sample := func(yes bool) {
			t.Helper()
			now := w.clock.Now()
			if err := w.store.Sample(t.Context(), now.Add(-time.Hour), now, func(string) bool { return yes }); err != nil {
				t.Fatal(err)
			}
		}
		sample(false)
		if n := w.count(`SELECT count(*) FROM second_look`); n != 0 {
			t.Errorf("%d were picked", n)
		}
		sample(true)
		sample(true)
		if n := w.count(`SELECT count(*) FROM second_look`); n != 1 {
			t.Errorf("%d were picked, want 1", n)
		}
		// Whoever approved does not look again.
		if p := remoB.Get(w.base + "/operator/queue"); p.Has("Secondo sguardo") {
			t.Error("who approved is asked to look again")
		}
		if p := remoB.Post(w.base+"/operator/second-look/next", nil); !p.Has("Ora non c’è nessuna richiesta") {
			t.Errorf("who approved gets it: %d", p.Status)
		}
		remoB.Get(w.base + "/operator/second-look/" + string(r.Number)).Expect(http.StatusForbidden)

		fabiaB, fabiaKey := w.operator(fabia)
		p = fabiaB.Get(w.base+"/operator/queue").Expect(http.StatusOK, "Secondo sguardo", "aspettano il tuo parere: 1")
		p = fabiaB.Submit(p.Form("form[action='/operator/second-look/next']")).Expect(http.StatusOK, "È stata approvata da un collega", "Amira")
		fabiaB.Get(w.base + webtest.Attr(p.Find("figure img"), "src")).Expect(http.StatusOK)
		fabiaB.Submit(p.FormWith("outcome")).Expect(http.StatusUnprocessableEntity)
		fabiaB.Submit(p.FormWith("outcome"), "outcome", "wrong").Expect(http.StatusUnprocessableEntity, "Scrivi che cosa non va")
		w.pressed(fabiaB, fabiaKey, p.FormWith("outcome"), "outcome", "wrong", "note", "la foto è di uno schermo").Expect(http.StatusOK, "Il tuo parere è registrato")
		fabiaB.Get(w.base+"/operator/second-look/"+string(r.Number)).Expect(http.StatusForbidden, "Questa richiesta non è tua")
		if mail := strings.Join(w.mails(sara), "\n"); !strings.Contains(mail, string(r.Number)) || strings.Contains(mail, "Amira") {
			t.Errorf("the supervisor reads %s", mail)
		}

		saraB, _ := w.operator(sara)
		p = saraB.Get(w.base+"/operator/reports").Expect(http.StatusOK, string(r.Number), "Remo Prova", "Fabia Prova", "c’è qualcosa che non va", "la foto è di uno schermo", "3 ore")
		if p.Has("Amira") {
			t.Error("the report names an applicant")
		}
		remoB.Get(w.base+"/operator/reports").Expect(http.StatusForbidden, "non è del tuo ruolo")
		if n := w.count(`SELECT count(*) FROM second_look WHERE note LIKE '%schermo%'`); n != 0 {
			t.Error("the note is stored in clear")
		}
	})
}

// A13: whoever was approved by a film that is a file is looked at again, without a draw.
func TestA13WhoWasSeenInAFileAloneIsLookedAtAgain(t *testing.T) {
	dbtest.Each(t, []db.Module{shareddb.Module(), idpdb.Module()}, func(t *testing.T, d *db.DB) {
		w := newWorldOn(t, d, &clock{now: samltest.Start})
		r := w.identified(1, someCollector, nil)
		w.clock.Advance(3 * time.Hour)
		remoB, remoKey := w.operator(remo)
		p := w.nextFor(remoB)
		w.pressed(remoB, remoKey, formOf(p, "approve"), ticked(p)...).Expect(http.StatusOK, "Identità attivata")
		now := w.clock.Now()
		for used, want := range []int{0, 1} {
			if err := d.Tx(t.Context(), func(tx *db.Tx) error {
				_, err := tx.ExecContext(t.Context(), `INSERT INTO face_task (request, actions, spoken, drawn, made_at, expires_at, used_at) VALUES ($1, 'look_up', '4710', 1, $2, $2, $3)
					ON CONFLICT (request) DO UPDATE SET used_at = excluded.used_at`, r.ID, db.Micros(now), used)
				return err
			}); err != nil {
				t.Fatal(err)
			}
			if err := w.store.Sample(t.Context(), now.Add(-time.Hour), now, func(string) bool { return false }); err != nil {
				t.Fatal(err)
			}
			if n := w.count(`SELECT count(*) FROM second_look`); n != want {
				t.Errorf("used %d: %d are looked at again, want %d", used, n, want)
			}
		}
	})
}
