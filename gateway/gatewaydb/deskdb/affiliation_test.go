package deskdb_test

import (
	"strings"
	"testing"
	"time"

	"atrio/db"
	"atrio/db/dbtest"
	"atrio/gateway/access"
	"atrio/gateway/account"
	"atrio/gateway/gatewaydb"
	"atrio/gateway/gatewaydb/gatewaydbtest"
	"atrio/gateway/helpdesk"
	"atrio/gateway/registers"
)

// tied lets a register say that people work in units, for so many days; 0: for ever.
func tied(t *testing.T, s *gatewaydb.Store, a account.Account, days int, units ...string) {
	t.Helper()
	p := registers.Person{Line: 2, Code: a.Code}
	for _, unit := range units {
		one := registers.Tie{Line: 2, Affiliation: account.Affiliation{Kind: access.Employment, Unit: unit, From: gatewaydbtest.Start.AddDate(-1, 0, 0)}}
		if days != 0 {
			one.Until = gatewaydbtest.Start.AddDate(0, 0, days)
		}
		p.Ties = append(p.Ties, one)
	}
	i := registers.Import{ID: "i1", Now: gatewaydbtest.Start, Event: event(gatewaydbtest.Start)}
	if out, err := s.ImportPeople(t.Context(), i, []registers.Person{p}); err != nil || out[0].Left != "" {
		t.Fatal(out, err)
	}
}

// The affiliations of two accounts of one person come together, and part again.
func TestAMergeMovesAffiliations(t *testing.T) { // G5.4
	dbtest.Each(t, gatewaydbtest.Modules(), func(t *testing.T, d *db.DB) {
		s, ctx := gatewaydb.NewStore(d, gatewaydbtest.Ring), t.Context()
		into, from := pair(t, s)
		tied(t, s, into, 0, "X")
		tied(t, s, from, 0, "X", "Y")
		gatewaydbtest.Exec(t, d, `INSERT INTO account_unit (account_id, unit, source, at) VALUES ('`+from.ID+`', 'Z', 'desk', 1)`)
		if err := s.Ask(ctx, act(helpdesk.Merge, into, from.ID)); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Decide(ctx, decide("r-merge", "other", true)); err != nil {
			t.Fatal(err)
		}
		units := func(id string) string {
			list, err := s.UnitsOf(ctx, id, gatewaydbtest.Start)
			if err != nil {
				t.Fatal(err)
			}
			return strings.Join(list, "+")
		}
		if units(into.ID) != "X+Y+Z" || units(from.ID) != "X+Z" {
			t.Errorf("merged: %s, %s", units(into.ID), units(from.ID))
		}
		if err := s.Ask(ctx, act(helpdesk.Unmerge, into, "r-merge")); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Decide(ctx, decide("r-unmerge", "other", true)); err != nil {
			t.Fatal(err)
		}
		if units(into.ID) != "X" || units(from.ID) != "X+Y+Z" {
			t.Errorf("parted: %s, %s", units(into.ID), units(from.ID))
		}
	})
}

// G5.4: the clerks of the unit where somebody works find them, and those of another do not.
func TestAnAffiliationIsInSightOfItsUnit(t *testing.T) {
	dbtest.Each(t, gatewaydbtest.Modules(), func(t *testing.T, d *db.DB) {
		s, ctx := gatewaydb.NewStore(d, gatewaydbtest.Ring), t.Context()
		a := gatewaydbtest.Registered(t, s, "uno", "A")
		desk := []string{"Corsi", "Tasse"}
		sees := func(unit string, at time.Time) bool {
			t.Helper()
			ok, err := s.Sees(ctx, a.ID, helpdesk.Sight{Unit: unit, Units: desk, Now: at})
			if err != nil {
				t.Fatal(err)
			}
			return ok
		}
		gatewaydbtest.Exec(t, d, `DELETE FROM account_unit`)
		tied(t, s, a, 5, "Corsi")
		if !sees("Corsi", gatewaydbtest.Start) || sees("Tasse", gatewaydbtest.Start) || !sees("Tasse", gatewaydbtest.Start.AddDate(0, 0, 5)) {
			t.Error("of the unit while it lasts, then of none, which everybody sees")
		}
	})
}
