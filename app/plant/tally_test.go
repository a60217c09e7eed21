package plant

import (
	"context"
	"fmt"
	"testing"
	"time"

	"atrio/app/operator"
	"atrio/base/audit"
	"atrio/db/dbtest"
	"atrio/db/shareddb"
	"atrio/gateway/account"
	"atrio/gateway/gatewaydb"
	"atrio/people/person"
	"atrio/saml/samltest"
)

const knownProvider = "https://idp.example.it"

func TestLoginsAreCountedByProviderAndOutcome(t *testing.T) {
	clock, m := samltest.NewClock(), newMetrics("test")
	tally := newTally(m, clock.Now)
	refused := func(action, reason string) {
		tally.refusal(audit.Event{Action: action, Reason: reason, Detail: map[string]string{"issuer": knownProvider}})
	}
	tally.note(knownProvider, "ok")
	refused(audit.ResponseRefused, "assertion-signature")
	refused(audit.ResponseRefused, "status-success.nr25") // cancelled by the person
	refused(audit.ResponseRefused, "status-success.nr11") // a mistake between the two of us
	refused(audit.RequestFailed, "cross_origin")
	tally.refusal(audit.Event{Action: audit.ResponseRefused, Reason: "in-response-to"})
	want := operator.Recent{OK: 1, Refused: 2, User: 1}
	if got := tally.recent(knownProvider, clock.Now()); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
	if got := loginsOf(t, m); fmt.Sprint(got) != "map[ok:1 refused:2 user:1]" {
		t.Errorf("metrics: %v", got)
	}
	clock.Advance(14 * time.Minute)
	tally.note(knownProvider, "ok")
	want.OK = 2
	if got := tally.recent(knownProvider, clock.Now()); got != want {
		t.Errorf("after 14 minutes: %+v", got)
	}
	clock.Advance(time.Minute)
	if got := tally.recent(knownProvider, clock.Now()); got != (operator.Recent{OK: 1}) {
		t.Errorf("after 15 minutes: %+v", got)
	}
	clock.Advance(time.Hour)
	tally.note(knownProvider, "refused")
	if got := tally.recent(knownProvider, clock.Now()); got != (operator.Recent{Refused: 1}) {
		t.Errorf("an hour later: %+v", got)
	}
	if got := tally.recent("https://other.example.it", clock.Now()); got != (operator.Recent{}) {
		t.Errorf("a provider without logins: %+v", got)
	}
}

// loginsOf reads atrio_provider_logins_total by outcome.
func loginsOf(t *testing.T, m *metrics) map[string]float64 {
	t.Helper()
	families, err := m.registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]float64{}
	for _, f := range families {
		if f.GetName() != "atrio_provider_logins_total" {
			continue
		}
		for _, one := range f.GetMetric() {
			for _, l := range one.GetLabel() {
				if l.GetName() == "outcome" {
					out[l.GetValue()] += one.GetCounter().GetValue()
				}
			}
		}
	}
	return out
}

func TestWhoeverComesInIsCountedForTheirProvider(t *testing.T) {
	clock, m := samltest.NewClock(), newMetrics("test")
	store := counted{gatewaydb.NewStore(dbtest.SQLite(t, shareddb.Module(), gatewaydb.Module()), nil), newTally(m, clock.Now)}
	v := account.Visit{
		Asserted: person.Assertion{Door: person.DoorSPID, Issuer: knownProvider, Subject: "PROV1", Level: 2, Expires: clock.Now().Add(time.Minute)},
		Once:     []account.Once{{Kind: "spid.assertion", ID: "one", Until: clock.Now().Add(time.Hour)}},
		Event:    audit.Event{At: clock.Now(), Role: "gateway", Reference: "R"}, Now: clock.Now(),
	}
	if _, known, err := store.Enter(t.Context(), v); known || err != nil {
		t.Fatalf("%v, %v", known, err)
	}
	if got := loginsOf(t, m); fmt.Sprint(got) != "map[ok:1]" {
		t.Errorf("metrics: %v", got)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, _, err := store.Enter(ctx, v); err == nil {
		t.Fatal("a cancelled entry succeeded")
	}
	if got := loginsOf(t, m); fmt.Sprint(got) != "map[ok:1]" {
		t.Errorf("an entry that failed is counted: %v", got)
	}
}
