package registersdb_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"atrio/base/audit"
	"atrio/base/notify"
	"atrio/db"
	"atrio/db/dbtest"
	"atrio/gateway/access"
	"atrio/gateway/account"
	"atrio/gateway/gatewaydb"
	"atrio/gateway/gatewaydb/gatewaydbtest"
	"atrio/gateway/registers"
	"atrio/people/person"
)

// importing is an import at a time; mails say when the citizenship counts.
func importing(now time.Time) registers.Import {
	return registers.Import{ID: "i1", Now: now, Event: audit.Event{At: now, Role: "gateway"}, Tell: func(a account.Account, n registers.Notice) notify.Message {
		return notify.Message{Channel: notify.Mail, To: a.Email, Lang: "it", Subject: n.Citizenships, Text: n.Counts.UTC().Format(time.DateOnly)}
	}}
}

// work is an employment that began a year before start, and ends in so many days; 0: never.
func work(unit string, days int) registers.Tie {
	t := registers.Tie{Line: 2, Affiliation: account.Affiliation{Kind: access.Employment, Unit: unit, From: gatewaydbtest.Start.AddDate(-1, 0, 0)}}
	if days != 0 {
		t.Until = gatewaydbtest.Start.AddDate(0, 0, days)
	}
	return t
}

// imports what a file says, and gives the outcomes.
func imports(t *testing.T, s *gatewaydb.Store, now time.Time, people ...registers.Person) []registers.Outcome {
	t.Helper()
	out, err := s.ImportPeople(t.Context(), importing(now), people)
	if err != nil || len(out) != len(people) {
		t.Fatal(out, err)
	}
	return out
}

func TestAnImportIsReadByTheRulesAndWritesNothingTwice(t *testing.T) { // G2.5
	dbtest.Each(t, gatewaydbtest.Modules(), func(t *testing.T, d *db.DB) {
		s, ctx := gatewaydb.NewStore(d, gatewaydbtest.Ring), t.Context()
		a := gatewaydbtest.Registered(t, s, "uno", "A")
		p := registers.Person{Line: 2, Code: a.Code, Citizenships: "IT", Ties: []registers.Tie{work("Segreteria", 0)}}
		dry := importing(gatewaydbtest.Start)
		dry.DryRun = true
		out, err := s.ImportPeople(ctx, dry, []registers.Person{p})
		if err != nil || len(out[0].Changed) != 2 || gatewaydbtest.Count(t, d, `SELECT count(*) FROM affiliation`) != 0 || gatewaydbtest.Count(t, d, `SELECT count(*) FROM audit WHERE action = 'register.told'`) != 0 {
			t.Fatalf("a dry run: %+v, %v", out, err)
		}
		for n, want := range []int{2, 0} {
			if out := imports(t, s, gatewaydbtest.Start.Add(time.Duration(n)*time.Hour), p); len(out[0].Changed) != want || out[0].Left != "" || len(out[0].Kept) != 1 {
				t.Errorf("time %d: %+v", n+1, out[0])
			}
		}
		if n := gatewaydbtest.Count(t, d, `SELECT count(*) FROM audit WHERE action = 'register.told' AND subject = $1 AND detail LIKE '%citizenship affiliation%' AND detail LIKE '%i1%'`, a.ID); n != 1 {
			t.Errorf("%d audit lines", n)
		}
		facts, err := s.Facts(ctx, a.ID)
		if err != nil || len(facts.Affiliations) != 1 || facts.Affiliations[0].Kind != access.Employment || !facts.Affiliations[0].Until.IsZero() {
			t.Errorf("%+v, %v", facts.Affiliations, err)
		}
		if standing, by, _ := facts.Standing(gatewaydbtest.Start); standing != access.OnlyItalian || !by.At.Equal(gatewaydbtest.Start) {
			t.Errorf("%v said at %v; another import said it later and nobody was told anew", standing, by.At)
		}
		// The same employment with an end, then with another beginning: corrected, not doubled.
		for _, tie := range []registers.Tie{work("Segreteria", 10), {Line: 2, Affiliation: account.Affiliation{Kind: access.Employment, Unit: "Segreteria", From: gatewaydbtest.Start.AddDate(0, -1, 0), Until: gatewaydbtest.Start.AddDate(0, 0, 9)}}} {
			p.Ties = []registers.Tie{tie}
			imports(t, s, gatewaydbtest.Start.Add(3*time.Hour), p)
			list, err := s.Affiliations(ctx, a.ID)
			if err != nil || len(list) != 1 || !list[0].From.Equal(tie.From) || !list[0].Until.Equal(tie.Until) || list[0].Source != account.FromRegister {
				t.Errorf("%+v, %v", list, err)
			}
		}
		for at, want := range map[time.Time]string{gatewaydbtest.Start: "Segreteria", gatewaydbtest.Start.AddDate(0, 0, 9): "", gatewaydbtest.Start.AddDate(0, -2, 0): "Segreteria"} {
			if units, err := s.UnitsOf(ctx, a.ID, at); err != nil || strings.Join(units, "+") != want {
				t.Errorf("%v: %v %v", at, units, err)
			}
		}
	})
}

// G2.8: a register contradicts a declaration: told in the same commit, thirty days of
// grace; a relief counts at once; without an address to tell it nothing counts.
func TestARegisterOverridesADeclarationWithNotice(t *testing.T) {
	dbtest.Each(t, gatewaydbtest.Modules(), func(t *testing.T, d *db.DB) {
		s, ctx := gatewaydb.NewStore(d, gatewaydbtest.Ring), t.Context()
		a := gatewaydbtest.Registered(t, s, "uno", "A")
		if err := s.DeclareCitizenship(ctx, a.ID, "IT XX", gatewaydbtest.Start.Add(-time.Hour), gatewaydbtest.ByHolder(a, "", gatewaydbtest.Start).Event); err != nil {
			t.Fatal(err)
		}
		mute := registers.Person{Line: 2, Code: a.Code, Citizenships: "IT", Ties: []registers.Tie{work("", 0)}}
		gatewaydbtest.Exec(t, d, `UPDATE account SET email = '' WHERE id = $1`, a.ID)
		if out := imports(t, s, gatewaydbtest.Start, mute); out[0].Left == "" || gatewaydbtest.Count(t, d, `SELECT count(*) FROM affiliation`) != 0 {
			t.Errorf("who cannot be told: %+v", out)
		}
		gatewaydbtest.Exec(t, d, `UPDATE account SET email = 'ada@example.org' WHERE id = $1`, a.ID)
		for range 2 {
			imports(t, s, gatewaydbtest.Start, mute)
		}
		if n := gatewaydbtest.Count(t, d, `SELECT count(*) FROM outbox WHERE subject = 'IT' AND recipient = 'ada@example.org'`); n != 1 {
			t.Errorf("%d mails", n)
		}
		standing := func(at time.Time) access.Standing {
			facts, err := s.Facts(ctx, a.ID)
			if err != nil {
				t.Fatal(err)
			}
			got, _, _ := facts.Standing(at)
			return got
		}
		if standing(gatewaydbtest.Start.Add(access.Grace-time.Second)) != access.Free || standing(gatewaydbtest.Start.Add(access.Grace)) != access.OnlyItalian {
			t.Error("thirty days from when the person was told")
		}
		imports(t, s, gatewaydbtest.Start.AddDate(0, 0, 5), registers.Person{Line: 2, Code: a.Code, Citizenships: "IT BR"})
		if standing(gatewaydbtest.Start.Add(access.Grace)) != access.Free || gatewaydbtest.Count(t, d, `SELECT count(*) FROM outbox WHERE subject = 'IT BR'`) != 1 {
			t.Error("a relief counts at once, and undoes what was announced")
		}
		// The same by another register's word: nothing changes for the person.
		imports(t, s, gatewaydbtest.Start.AddDate(0, 0, 6), registers.Person{Line: 2, Code: a.Code, Citizenships: "IT CA"})
		if n := gatewaydbtest.Count(t, d, `SELECT count(*) FROM outbox WHERE subject = 'IT CA'`); n != 0 {
			t.Error("a mail about nothing")
		}
	})
}

func TestAPersonIsNamedByWhatIsProved(t *testing.T) { // G2.5, G3.8
	dbtest.Each(t, gatewaydbtest.Modules(), func(t *testing.T, d *db.DB) {
		s := gatewaydb.NewStore(d, gatewaydbtest.Ring)
		proved, _, err := s.Register(t.Context(), gatewaydbtest.FirstEntry(gatewaydbtest.Finti, "1"))
		if err != nil {
			t.Fatal(err)
		}
		claims := gatewaydbtest.Declaring(t, s, "LTRFNT80A01H501X", "b")
		ties := []registers.Tie{work("", 0)}
		born := registers.Person{Line: 9, Code: proved.Code, BirthDate: "1999-09-09", Ties: ties}
		gatewaydbtest.Exec(t, d, `INSERT INTO attribute (account_id, name, source, issuer, value, at) VALUES ($1, $2, 'cie', '', '1980-01-01', 1)`, proved.ID, person.BirthDate)
		for _, c := range []struct {
			p    registers.Person
			want string
		}{
			{registers.Person{Line: 2, FiscalCode: gatewaydbtest.Finti, Ties: ties}, ""},
			{registers.Person{Line: 3, FiscalCode: "LTRFNT80A01H501X", Ties: ties}, "no such account"},
			{registers.Person{Line: 4, Code: claims.Code, FiscalCode: "LTRFNT80A01H501X", Ties: ties}, "not proved"},
			{registers.Person{Line: 5, Code: proved.Code, FiscalCode: "LTRFNT80A01H501X", Ties: ties}, "two people"},
			{registers.Person{Line: 6, Code: "000000000", Ties: ties}, "no such account"},
			{born, "is it this person"},
		} {
			if out := imports(t, s, gatewaydbtest.Start, c.p); (c.want == "") != (out[0].Left == "") || !strings.Contains(out[0].Left, c.want) {
				t.Errorf("line %d: %q, want %q", c.p.Line, out[0].Left, c.want)
			}
		}
		twice := imports(t, s, gatewaydbtest.Start, registers.Person{Line: 2, FiscalCode: gatewaydbtest.Finti, Ties: ties}, registers.Person{Line: 3, Code: proved.Code, Citizenships: "IT"})
		if !strings.Contains(twice[1].Left, "line 2 names the same account") {
			t.Errorf("%+v", twice)
		}
		gatewaydbtest.Exec(t, d, `UPDATE account SET state = 'frozen' WHERE id = $1`, claims.ID)
		if out := imports(t, s, gatewaydbtest.Start, registers.Person{Line: 2, Code: claims.Code, Ties: ties}); !strings.Contains(out[0].Left, "frozen") || out[0].Account != claims.ID {
			t.Errorf("%+v", out)
		}
		if n := gatewaydbtest.Count(t, d, `SELECT count(*) FROM affiliation WHERE account_id <> $1`, proved.ID); n != 0 {
			t.Errorf("%d affiliations of others", n)
		}
	})
}

func TestWhatAFullFileDoesNotNameEnds(t *testing.T) {
	dbtest.Each(t, gatewaydbtest.Modules(), func(t *testing.T, d *db.DB) {
		s, ctx := gatewaydb.NewStore(d, gatewaydbtest.Ring), t.Context()
		a := gatewaydbtest.Registered(t, s, "uno", "A")
		b, _, err := s.Register(ctx, gatewaydbtest.Entry(gatewaydbtest.Asserted("due", "B"), "3"))
		if err != nil {
			t.Fatal(err)
		}
		late := registers.Tie{Line: 4, Affiliation: account.Affiliation{Kind: access.Employment, Unit: "Da domani", From: gatewaydbtest.Start.AddDate(0, 0, 1)}}
		imports(t, s, gatewaydbtest.Start, registers.Person{Line: 2, Code: a.Code, Ties: []registers.Tie{work("X", 0), work("Y", 5)}},
			registers.Person{Line: 3, Code: b.Code, Ties: []registers.Tie{work("Z", -5), late}})
		i := importing(gatewaydbtest.Start.Add(time.Hour))
		list, err := s.OpenAffiliations(ctx, access.Employment, i)
		if err != nil || len(list) != 3 {
			t.Fatalf("%+v, %v: what is over needs no end", list, err)
		}
		for range 2 {
			if err := s.EndAffiliations(ctx, i, list); err != nil {
				t.Fatal(err)
			}
		}
		if left, err := s.OpenAffiliations(ctx, access.Employment, i); err != nil || len(left) != 0 {
			t.Errorf("%+v, %v", left, err)
		}
		if n := gatewaydbtest.Count(t, d, `SELECT count(*) FROM audit WHERE action = 'register.told' AND detail LIKE '%[affiliation]%'`); n != 2+3 {
			t.Errorf("%d audit lines", n)
		}
		if facts, err := s.Facts(ctx, b.ID); err != nil || slices.ContainsFunc(facts.Affiliations, func(f access.Affiliation) bool { return f.Until.IsZero() }) {
			t.Errorf("%+v, %v", facts, err)
		}
	})
}
