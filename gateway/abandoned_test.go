package gateway_test

import (
	"context"
	"log/slog"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"testing"
	"time"

	"atrio/base/notify"
	"atrio/db"
	"atrio/db/dbtest"
	"atrio/db/shareddb"
	"atrio/gateway"
	"atrio/gateway/access"
	"atrio/web/webtest"
)

// abandonedTables say what becomes of the rows of every table when people leave in the
// middle: nothing is left in those that are under way once their time is over, and those
// that are kept get no row at all.
var abandonedTables = map[string]string{
	"contact_code": "gone", "factor_code": "gone", "draft": "gone", "session": "gone", "door_session": "gone", "stay": "gone", "factor_suspension": "gone",
	"factor_reset": "gone", "consumed": "gone", "rate": "gone", "outbox": "gone", "oidc_grant": "gone", "scrub_due": "gone", "provider_lost": "gone", "desk_code": "gone", "desk_ticket": "gone", "mailbox_change": "gone",
	"account": "kept", "person_code": "kept", "identity": "kept", "attribute": "kept", "acknowledgement": "kept", "credential": "kept", "credential_former": "kept",
	"factor": "kept", "recovery_code": "kept", "account_task": "kept", "desk_request": "kept", "declaration": "kept", "access_opening": "kept", "account_unit": "kept",
	"affiliation": "kept", "parental_authorisation": "kept",
	"provider_copy": "kept", "provider_note": "kept", "exchange": "kept",
	// What law or operation wants, whoever stays or leaves.
	"audit": "law", "audit_checkpoint": "law", "ledger": "law", "ledger_key": "law", "ledger_purge": "law", "token_issue": "law", "job_lease": "law", "schema_version": "law", "help_vote": "law",
}

// tables counts the rows of every table.
func (s *stage) tables() map[string]int {
	s.t.Helper()
	list := `SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'`
	if s.db.Dialect() == db.Postgres {
		list = `SELECT table_name FROM information_schema.tables WHERE table_schema = current_schema()`
	}
	rows, err := s.db.Read().QueryContext(s.t.Context(), list)
	if err != nil {
		s.t.Fatal(err)
	}
	defer rows.Close()
	var names []string
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			s.t.Fatal(err)
		}
		names = append(names, name)
	}
	if err := rows.Err(); err != nil {
		s.t.Fatal(err)
	}
	out := map[string]int{}
	for _, name := range names {
		out[name] = s.count(`SELECT count(*) FROM ` + name)
	}
	return out
}

// postman delivers everything and remembers it.
type postman struct{ *stage }

func (p postman) Send(_ context.Context, m notify.Message) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.delivered = append(p.delivered, m)
	return nil
}

// nights lets a time pass and runs every job that a role has, at its end.
func (s *stage) nights(d time.Duration) {
	s.t.Helper()
	s.clock.Advance(d)
	shared := &shareddb.Store{DB: s.db}
	list := slices.Concat(s.gw.Jobs(), s.store.Jobs(), shared.Jobs())
	for _, channel := range []notify.Channel{notify.Mail, notify.SMS} {
		list = append(list, (&notify.Deliverer{
			Channel: channel, Outbox: shared, Sender: postman{s}, Log: slog.New(slog.DiscardHandler), Now: s.clock.Now, Origin: "gateway.example",
		}).Job())
	}
	for _, j := range list {
		if err := j.Run(s.t.Context(), s.clock.Now()); err != nil {
			s.t.Fatalf("%s: %v", j.Name, err)
		}
	}
}

// People leave at every step that writes something: when its time is over nothing of it
// is left, in no table. // DESIGN decision 3
func TestWhoLeavesInTheMiddleLeavesNothing(t *testing.T) {
	dbtest.Each(t, modules(), func(t *testing.T, d *db.DB) {
		s := newStageAt(t, "localhost", d, func(s *stage, deps *gateway.Deps) {
			openAllDoors(s, deps)
			withADesk(s, deps)
			s.config.Decisions = acts(access.Undertaking)
		})
		v := &visitor{stage: s}
		v.withFactors(v.browser())
		s.becomes(deskPeople["clerk"])
		clerk := s.browser()
		s.choose(clerk, clerk.Submit(clerk.Get(s.start("")).FormWith("notice"), "notice", "on"))
		s.recode(s.codeOf(clerk), string(deskCode))
		ines := s.ines()
		ines.Submit(ines.Get(s.authorize("tasse")).FormWith("citizenship"), "citizenship", "italian")
		s.idp.attributes = ada()
		s.nights(time.Hour)
		before := s.tables()
		v.leave()
		if n := s.tables(); n["contact_code"] < 3 || n["draft"] < 2 || n["factor_code"] < 2 || n["factor_reset"] != 1 || n["stay"] != 1 || n["session"] < 3 {
			t.Fatalf("nobody left anything: %v", n)
		}
		for _, d := range []time.Duration{time.Hour, 24 * time.Hour, 7 * 24 * time.Hour, 30 * 24 * time.Hour, 31 * 24 * time.Hour} {
			s.nights(d)
		}
		after := s.tables()
		for _, table := range slices.Sorted(maps.Keys(after)) {
			switch abandonedTables[table] {
			case "gone":
				if after[table] != 0 {
					t.Errorf("%d rows are left in %s", after[table], table)
				}
			case "kept":
				if after[table] != before[table] {
					t.Errorf("%s had %d rows and has %d", table, before[table], after[table])
				}
			case "":
				t.Errorf("say in abandonedTables what becomes of the rows of %s", table)
			}
		}
	})
}

// leave begins everything that there is and ends nothing.
func (v *visitor) leave() {
	v.t.Helper()
	ask := func() *webtest.Client { return v.browser() }
	// A registration, before and after the confirmation of the address, with another code.
	b := ask()
	p := b.Submit(v.register(b, "").FormWith("family_name"), prova()...)
	b.Submit(p.FormWith("resend"), "resend", "yes").Expect(http.StatusOK)
	for range 2 {
		b = ask()
		v.toReview(b, v.register(b, ""), prova())
		v.clock.Advance(time.Hour) // the limit of a mailbox
	}
	// A first entry, at the code; one that is not answered.
	delete(v.idp.attributes, "email")
	b = ask()
	p = b.Get(v.start(""))
	b.Submit(p.FormWith("email"), "email", "ada@posta.example.it", "notice", "on").Expect(http.StatusOK)
	ask().Get(v.url + "/eidas/login?country=FR").Expect(http.StatusOK)
	v.idp.attributes = ada()
	ask().Get(v.start("")).Expect(http.StatusOK, "Sei tu?")
	// Forgotten credentials that are remembered; wrong passwords.
	v.lost(ask(), "noor@posta.example.it").Expect(http.StatusOK)
	v.lost(ask(), "nessuno@posta.example.it").Expect(http.StatusOK)
	v.typeIn(ask(), noor, another).Expect(http.StatusUnprocessableEntity)
	// A login that stops at the second factor, after a wrong code, with an SMS.
	b = ask()
	p = v.typeIn(b, noor, secret)
	app := b.Get(p.Link("Usa il codice dell’app"))
	b.Submit(app.FormWith("code"), "code", "000000").Expect(http.StatusUnprocessableEntity)
	sms := b.Get(p.Link("Ricevi un codice via SMS"))
	b.Submit(sms.FormWith("number")).Expect(http.StatusOK, "Abbiamo inviato un codice")
	// Somebody signed in who begins to change things, and stays.
	b = ask()
	p = b.Submit(b.Get(v.url+"/login").FormWith("password"), "code", string(noor), "password", secret, "stay", "on")
	b.Submit(b.Get(p.Link("Usa il codice dell’app")).FormWith("code"), "code", v.code(v.key)).Expect(http.StatusOK, "Il mio account")
	b.Get(v.url + factorsPage + "/app")
	b.Submit(b.Get(v.url+factorsPage+"/sms").FormWith("number"), "number", "333 765 4321").Expect(http.StatusOK)
	b.Submit(b.Get(v.url+suspendPage).FormWith("password"), "do", "suspend", "password", secret).Expect(http.StatusOK, "La 2FA è sospesa")
	b.Submit(b.Get(v.url+factorsPage+"/reset").FormWith("password"), "password", secret).Expect(http.StatusOK, "La richiesta è in corso")
	v.opens(b, "mooc") // the code is not redeemed
	// A clerk whose caller hangs up.
	v.becomes(deskPeople["clerk"])
	clerk := ask()
	clerk.Get(v.start(""))
	person := v.look(clerk, string(noor))
	pass := url.Values{"pass": {webtest.Attr(person.Find("[name=pass]"), "value")}, "send": {"yes"}}
	clerk.Post(v.url+"/helpdesk/caller", pass).Expect(http.StatusOK)
	// Somebody who is asked to declare, and does not.
	b = ask()
	b.Get(v.url + "/eidas/login?country=ES")
	b.Follow(b.Get(v.authorize("tasse")).Expect(http.StatusForbidden), "Dichiara e prosegui senza SPID/CIE")
}
