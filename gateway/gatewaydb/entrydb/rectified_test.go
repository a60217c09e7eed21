package entrydb_test

import (
	"testing"

	"atrio/base/audit"
	"atrio/db"
	"atrio/db/dbtest"
	"atrio/gateway/gatewaydb"
	"atrio/gateway/gatewaydb/gatewaydbtest"
	"atrio/people/person"
)

// Two people had one codice fiscale, and one of them got another (omocodia). The card
// names people by that code alone: it must lead to whom the code belongs now, never into
// the account of who had it before.
func TestACardWithACodeThatWasRectifiedOpensNobodyElsesAccount(t *testing.T) {
	dbtest.Each(t, gatewaydbtest.Modules(), func(t *testing.T, d *db.DB) {
		s, ctx := gatewaydb.NewStore(d, gatewaydbtest.Ring), t.Context()
		shared, own := person.FiscalCode("RSSMRA80A01H501U"), person.FiscalCode("RSSMRA80A01H50MG")
		as := func(door person.Door, subject string, f person.FiscalCode, name string) person.Assertion {
			return person.Assertion{Door: door, Issuer: "https://" + string(door), Subject: subject, FiscalCode: f, Level: person.Level2,
				Attributes: map[string]string{person.GivenName: name, person.FamilyName: "Rossi", person.FiscalNumber: string(f)}}
		}
		card := func(name string) person.Assertion { return as(person.DoorCIE, string(shared), shared, name) }
		first, created, err := s.Register(ctx, gatewaydbtest.Entry(as(person.DoorSPID, "A", shared, "Mario"), "1"))
		if err != nil || !created {
			t.Fatal(created, err)
		}
		for n, a := range map[string]person.Assertion{"2": card("Mario")} {
			if got, known, err := s.Enter(ctx, gatewaydbtest.Visit(a, n)); err != nil || !known || got.ID != first.ID {
				t.Fatal(known, err)
			}
		}
		if _, known, err := s.Enter(ctx, gatewaydbtest.Visit(as(person.DoorSPID, "A", own, "Mario"), "3")); err != nil || !known {
			t.Fatal(known, err)
		}
		if n := gatewaydbtest.Count(t, d, `SELECT count(*) FROM audit WHERE action = $1 AND subject = $2`, audit.IdentityRemoved, first.ID); n != 1 {
			t.Errorf("%d lines about the card", n)
		}
		if _, known, err := s.Enter(ctx, gatewaydbtest.Visit(card("Mara"), "4")); err != nil || known {
			t.Errorf("somebody without an account: known %t, %v", known, err)
		}
		second, created, err := s.Register(ctx, gatewaydbtest.Entry(as(person.DoorSPID, "B", shared, "Mario"), "5"))
		if err != nil || !created || second.ID == first.ID {
			t.Fatal(created, err)
		}
		if got, known, err := s.Enter(ctx, gatewaydbtest.Visit(card("Mario"), "6")); err != nil || !known || got.ID != second.ID {
			t.Errorf("who owns the code now: known %t, own account %t, %v", known, got.ID == second.ID, err)
		}
	})
}
