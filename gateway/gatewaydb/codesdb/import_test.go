package codesdb_test

import (
	"testing"
	"time"

	"atrio/db"
	"atrio/db/dbtest"
	"atrio/gateway/account"
	"atrio/gateway/codeimport"
	"atrio/gateway/gatewaydb"
	"atrio/gateway/gatewaydb/gatewaydbtest"
	"atrio/people/person"
)

const oldCode = account.Code("10000001") // has no check digit

// importing writes lines and gives what became of each.
func importing(t *testing.T, s *gatewaydb.Store, dry bool, lines ...codeimport.Line) []codeimport.Result {
	t.Helper()
	for i := range lines {
		lines[i].Number = i + 2
	}
	got, err := s.ImportCodes(t.Context(), codeimport.Batch{Lines: lines, Register: "Segreteria", Now: gatewaydbtest.Start, DryRun: dry})
	if err != nil {
		t.Fatal(err)
	}
	if len(got) != len(lines) {
		t.Fatalf("%d results of %d lines", len(got), len(lines))
	}
	return got
}

func finto(code account.Code, fiscal person.FiscalCode, email string) codeimport.Line {
	return codeimport.Line{Code: code, GivenName: "Prova", FamilyName: "Finti", FiscalCode: fiscal, Email: email, BirthDate: "1980-01-01"}
}

func TestImportedCodesAreReservedOrMakeAccountsThatWait(t *testing.T) {
	dbtest.Each(t, gatewaydbtest.Modules(), func(t *testing.T, d *db.DB) {
		s := gatewaydb.NewStore(d, gatewaydbtest.Ring)
		count := func(query string) (n int) {
			t.Helper()
			if err := d.Read().QueryRowContext(t.Context(), query).Scan(&n); err != nil {
				t.Fatal(err)
			}
			return n
		}
		lines := []codeimport.Line{{Code: "202400013"}, finto(oldCode, gatewaydbtest.Finti, "prova@posta.example.it")}
		want := func(results []codeimport.Result, outcomes ...codeimport.Outcome) {
			t.Helper()
			for i, r := range results {
				if r.Outcome != outcomes[i] || r.Line != lines[i] {
					t.Errorf("line %d: %+v, want %s", r.Line.Number, r, outcomes[i])
				}
			}
		}
		want(importing(t, s, true, lines...), codeimport.Reserved, codeimport.Created)
		if count(`SELECT count(*) FROM person_code`)+count(`SELECT count(*) FROM account`)+count(`SELECT count(*) FROM audit`) != 0 {
			t.Fatal("a dry run wrote something")
		}
		want(importing(t, s, false, lines...), codeimport.Reserved, codeimport.Created)
		want(importing(t, s, false, lines...), codeimport.Unchanged, codeimport.Unchanged)
		if a, p, e := count(`SELECT count(*) FROM account`), count(`SELECT count(*) FROM person_code`), count(`SELECT count(*) FROM audit WHERE action = 'account.created'`); a != 1 || p != 2 || e != 1 {
			t.Errorf("%d accounts, %d codes, %d audit lines", a, p, e)
		}
		if n := count(`SELECT count(*) FROM attribute WHERE source = 'register' AND issuer = 'Segreteria'`); n != 5 {
			t.Errorf("%d attributes of the register", n)
		}
		if n := count(`SELECT count(*) FROM account WHERE fiscal_code IS NOT NULL`) + count(`SELECT count(*) FROM outbox`); n != 0 {
			t.Error("what a register says counts as proved, or somebody was written to")
		}
		// A reserved code becomes somebody's later, and a register corrects itself.
		lines[0] = codeimport.Line{Code: "202400013", FamilyName: "Altri", Email: "altri@posta.example.it"}
		lines[1].Email = "nuova@posta.example.it"
		want(importing(t, s, false, lines...), codeimport.Created, codeimport.Updated)
		c, err := s.CredentialByCode(t.Context(), oldCode)
		if err != nil || !c.First || c.Account.Email != "nuova@posta.example.it" {
			t.Errorf("%+v, %v", c, err)
		}
	})
}

func TestALineThatClashesIsRefusedAndTheOthersAreNot(t *testing.T) {
	dbtest.Each(t, gatewaydbtest.Modules(), func(t *testing.T, d *db.DB) {
		s := gatewaydb.NewStore(d, gatewaydbtest.Ring)
		mine, _, err := s.Register(t.Context(), gatewaydbtest.FirstEntry(gatewaydbtest.Finti, "1"))
		if err != nil {
			t.Fatal(err)
		}
		declared := gatewaydbtest.Declaring(t, s, "DMCDAA80A41H501U", "2")
		got := importing(t, s, false,
			finto(mine.Code, "", "x@posta.example.it"), codeimport.Line{Code: declared.Code},
			finto("202400013", gatewaydbtest.Finti, "prova@posta.example.it"), // the same person has an account
			finto("572400000", "DMCDAA80A41H501U", "ada@posta.example.it"),
			finto(oldCode, "DMCDAA80A41H501U", "altra@posta.example.it"),
		)
		for i, want := range []codeimport.Result{
			{Outcome: codeimport.Refused, Why: codeimport.TakenCode, Other: mine.Code}, {Outcome: codeimport.Refused, Why: codeimport.TakenCode, Other: declared.Code},
			{Outcome: codeimport.Linked, Other: mine.Code}, {Outcome: codeimport.Created},
			{Outcome: codeimport.Refused, Why: codeimport.TakenFiscalCode, Other: "572400000"},
		} {
			got[i].Line = codeimport.Line{}
			if got[i] != want {
				t.Errorf("line %d: %+v, want %+v", i, got[i], want)
			}
		}
		c, err := s.CredentialByCode(t.Context(), "202400013")
		if err != nil || c.Account.ID != mine.ID || c.First {
			t.Errorf("the old code does not lead to the account: %+v, %v", c, err)
		}
		if again := importing(t, s, false, finto("202400013", gatewaydbtest.Finti, "prova@posta.example.it")); again[0].Outcome != codeimport.Unchanged {
			t.Errorf("again: %+v", again[0])
		}
	})
}

// G3.5, G3.8: the proof of the codice fiscale opens an account that nobody has entered.
// One that was entered by the mailbox alone has to be proved too.
func TestSPIDOpensAnImportedAccountThatNobodyHasEntered(t *testing.T) {
	dbtest.Each(t, gatewaydbtest.Modules(), func(t *testing.T, d *db.DB) {
		s := gatewaydb.NewStore(d, gatewaydbtest.Ring)
		importing(t, s, false, finto(oldCode, gatewaydbtest.Finti, "prova@posta.example.it"), finto("202400013", "DMCDAA80A41H501U", "ada@posta.example.it"))
		a, known, err := s.Enter(t.Context(), gatewaydbtest.Visit(gatewaydbtest.Asserted("uno", string(gatewaydbtest.Finti)), "1"))
		if err != nil || !known || a.Code != oldCode || a.FiscalCode != gatewaydbtest.Finti {
			t.Fatalf("%+v %v %v", a, known, err)
		}
		ada, err := s.CredentialByCode(t.Context(), "202400013")
		if err != nil || !ada.First {
			t.Fatalf("%+v %v", ada, err)
		}
		chosen := gatewaydbtest.NewPassword(ada.Account.ID, "x", time.Time{}, gatewaydbtest.Start.Add(time.Minute))
		chosen.By = "mail"
		if err := s.SetPassword(t.Context(), chosen); err != nil {
			t.Fatal(err)
		}
		if _, known, err := s.Enter(t.Context(), gatewaydbtest.Visit(gatewaydbtest.Asserted("uno", "DMCDAA80A41H501U"), "2")); known || err != nil {
			t.Errorf("entered over the mailbox: %v %v", known, err)
		}
		if may, err := s.Declares(t.Context(), "DMCDAA80A41H501U", ada.Account.ID); !may || err != nil {
			t.Errorf("it cannot be proved: %v %v", may, err)
		}
		if got := importing(t, s, false, finto("202400013", "DMCDAA80A41H501U", "nuova@posta.example.it")); got[0].Outcome != codeimport.Updated {
			t.Errorf("%+v", got[0])
		}
		after, err := s.Account(t.Context(), ada.Account.ID)
		if err != nil || after.Email != "ada@posta.example.it" {
			t.Errorf("the register changes the address of who has entered: %s, %v", after.Email, err)
		}
	})
}
