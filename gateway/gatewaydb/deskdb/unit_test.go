package deskdb_test

import (
	"testing"

	"atrio/db"
	"atrio/db/dbtest"
	"atrio/gateway/account"
	"atrio/gateway/gatewaydb"
	"atrio/gateway/gatewaydb/gatewaydbtest"
	"atrio/gateway/helpdesk"
)

// G5.4: by unit. Nobody is out of everybody's sight.
func TestAClerkFindsThePeopleOfTheUnitAndThoseOfNone(t *testing.T) {
	dbtest.Each(t, gatewaydbtest.Modules(), func(t *testing.T, d *db.DB) {
		s, ctx := gatewaydb.NewStore(d, gatewaydbtest.Ring), t.Context()
		var people []account.Account
		for i, unit := range []string{"Corsi", "Tasse", "Mensa", ""} {
			e := gatewaydbtest.Entry(gatewaydbtest.Asserted("uno", string(rune('A'+i))), string(rune('2'+i)))
			e.Unit = unit
			a, _, err := s.Register(ctx, e)
			if err != nil {
				t.Fatal(err)
			}
			people = append(people, a)
		}
		ask := act(helpdesk.Unlink, people[1], "x")
		if err := s.Ask(ctx, ask); err != nil {
			t.Fatal(err)
		}
		desk := []string{"Corsi", "Tasse"} // nobody works for the canteen
		for name, c := range map[string]struct {
			sight helpdesk.Sight
			want  [4]bool
		}{
			"Corsi": {helpdesk.Sight{Unit: "Corsi", Units: desk}, [4]bool{true, false, true, true}},
			"Tasse": {helpdesk.Sight{Unit: "Tasse", Units: desk}, [4]bool{false, true, true, true}},
			"all":   {helpdesk.Sight{Units: desk}, [4]bool{true, true, true, true}},
			"alone": {helpdesk.Sight{Unit: "Mensa"}, [4]bool{true, true, true, true}},
		} {
			for i, a := range people {
				found, err := s.FindAccounts(ctx, helpdesk.Key{Code: a.Code}, c.sight)
				sees, err2 := s.Sees(ctx, a.ID, c.sight)
				if err != nil || err2 != nil || (len(found) == 1) != c.want[i] || sees != c.want[i] {
					t.Errorf("%s, person %d: %d found, %v, %v, %v", name, i, len(found), sees, err, err2)
				}
			}
			for _, of := range []string{"", people[1].ID} {
				if list, err := s.Requests(ctx, of, c.sight); err != nil || (len(list) == 1) != c.want[1] {
					t.Errorf("%s: %d requests of %q, %v", name, len(list), of, err)
				}
			}
		}
		if sees, err := s.Sees(ctx, "nobody", all); err != nil || sees {
			t.Errorf("sees who is not there: %v, %v", sees, err)
		}
	})
}

func TestASupervisorPutsAPersonIntoAUnitAndTakesThemOut(t *testing.T) {
	dbtest.Each(t, gatewaydbtest.Modules(), func(t *testing.T, d *db.DB) {
		s, ctx := gatewaydb.NewStore(d, gatewaydbtest.Ring), t.Context()
		a := gatewaydbtest.Registered(t, s, "uno", "A")
		for range 2 { // twice is once
			if err := s.Do(ctx, act(helpdesk.Assign, a, "Corsi")); err != nil {
				t.Fatal(err)
			}
		}
		if got, err := s.UnitsOf(ctx, a.ID, gatewaydbtest.Start); err != nil || len(got) != 1 || got[0] != "Corsi" {
			t.Errorf("%v, %v", got, err)
		}
		if err := s.Do(ctx, act(helpdesk.Release, a, "Corsi")); err != nil {
			t.Fatal(err)
		}
		if got, err := s.UnitsOf(ctx, a.ID, gatewaydbtest.Start); err != nil || len(got) != 0 {
			t.Errorf("%v, %v", got, err)
		}
	})
}
