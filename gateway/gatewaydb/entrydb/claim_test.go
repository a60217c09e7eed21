package entrydb_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"atrio/base/fault"
	"atrio/base/notify"
	"atrio/db"
	"atrio/db/dbtest"
	"atrio/db/shareddb"
	"atrio/gateway/account"
	"atrio/gateway/credential"
	"atrio/gateway/gatewaydb"
	"atrio/gateway/gatewaydb/accountdb"
	"atrio/gateway/gatewaydb/entrydb"
	"atrio/gateway/gatewaydb/gatewaydbtest"
	"atrio/gateway/oidcop"
	"atrio/people/person"
)

// claiming proves the codice fiscale of an account that the session replaced has proved.
func claiming(accountID string, p person.Assertion, replaces, n string) account.Claim {
	v := gatewaydbtest.Visit(p, n)
	v.Exchange, v.Replaces, v.Displaced, v.Displacing = nil, replaces, gatewaydbtest.Mailed("frozen"), gatewaydbtest.Mailed("proved")
	return account.Claim{Visit: v, AccountID: accountID, Tell: gatewaydbtest.Mailed("claimed"), Also: func(account.Account) notify.Message {
		return notify.Message{Channel: notify.Mail, To: p.Attribute(person.Email), Subject: "claimed too", Text: "x", Lang: "it"}
	}}
}

func state(t *testing.T, s *gatewaydb.Store, id string) account.State {
	t.Helper()
	a, err := s.Account(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	return a.State
}

// G3.8: whoever registered first with somebody's codice fiscale has nothing left when the
// person comes.
func TestWhoeverDeclaredACodeIsFrozenWhenThePersonProvesIt(t *testing.T) {
	dbtest.Each(t, gatewaydbtest.Modules(), func(t *testing.T, d *db.DB) {
		s, ctx := gatewaydb.NewStore(d, gatewaydbtest.Ring), t.Context()
		thief, twice, other := gatewaydbtest.Declaring(t, s, gatewaydbtest.Finti, "a"), gatewaydbtest.Declaring(t, s, gatewaydbtest.Finti, "b"), gatewaydbtest.Declaring(t, s, "LTRFNT80A01H501X", "c")
		if _, err := s.EnterByPassword(ctx, gatewaydbtest.PasswordVisit(thief.ID, gatewaydbtest.Start, "thief")); err != nil {
			t.Fatal(err)
		}
		grant := oidcop.Grant{ID: "g", Client: "mooc", Account: thief.ID, Session: "handlethief", RedeemedAt: gatewaydbtest.Start, ExpiresAt: gatewaydbtest.Start.Add(time.Hour)}
		if err := s.Redeem(ctx, grant, nil, gatewaydbtest.FirstEntry(gatewaydbtest.Finti, "").Event); err != nil {
			t.Fatal(err)
		}
		// When it registered somebody else had proved the code, whose account is erased by now.
		gatewaydbtest.Exec(t, d, `INSERT INTO account_task (account_id, kind, detail, due_at, reminded, remind_at, done_at) VALUES ($1, 'merge', 'erased', 1, 0, 0, 0)`, thief.ID)
		if theirs, err := s.Declares(ctx, gatewaydbtest.Finti, ""); err != nil || !theirs {
			t.Fatal(theirs, err)
		}
		if _, known, err := s.Enter(ctx, gatewaydbtest.Visit(gatewaydbtest.Asserted("uno", string(gatewaydbtest.Finti)), "1")); err != nil || known {
			t.Fatalf("a declared code let somebody in: %v", err)
		}
		a, created, err := s.Register(ctx, gatewaydbtest.FirstEntry(gatewaydbtest.Finti, "2"))
		if err != nil || !created || a.FiscalCode != gatewaydbtest.Finti || a.State != account.Active {
			t.Fatalf("%+v, %v, %v", a, created, err)
		}
		if got := []account.State{state(t, s, thief.ID), state(t, s, twice.ID), state(t, s, other.ID)}; !slices.Equal(got, []account.State{account.Frozen, account.Frozen, account.Active}) {
			t.Errorf("states %v", got)
		}
		for _, table := range entrydb.Voided() {
			if n := gatewaydbtest.Count(t, d, `SELECT count(*) FROM `+table+` WHERE account_id <> $1`, other.ID); n != 0 {
				t.Errorf("%s holds %d rows", table, n)
			}
		}
		if n := gatewaydbtest.Count(t, d, `SELECT count(*) FROM session WHERE subject <> $1`, a.ID); n != 0 {
			t.Errorf("%d sessions of others", n)
		}
		if _, err := s.Grant(ctx, "g", gatewaydbtest.Start); !fault.Is(err, fault.NotFound) {
			t.Errorf("the grant of a service still holds: %v", err)
		}
		if _, err := s.EnterByPassword(ctx, gatewaydbtest.PasswordVisit(thief.ID, gatewaydbtest.Start, "again")); !errors.Is(err, credential.ErrChanged) {
			t.Errorf("the password still opens: %v", err)
		}
		if err := s.SetPassword(ctx, gatewaydbtest.NewPassword(thief.ID, "phc", time.Time{}, gatewaydbtest.Start)); !errors.Is(err, accountdb.ErrFrozen) {
			t.Errorf("a frozen account gets a password: %v", err)
		}
		for subject, want := range map[string]int{"frozen": 2, "proved": 1} {
			if n := gatewaydbtest.Count(t, d, `SELECT count(*) FROM outbox WHERE subject = $1`, subject); n != want {
				t.Errorf("%d mails %q", n, subject)
			}
		}
		if n := gatewaydbtest.Count(t, d, `SELECT count(*) FROM outbox WHERE subject = 'proved' AND recipient = 'prova@example.org'`); n != 1 {
			t.Error("the person is not told")
		}
		if n := gatewaydbtest.Count(t, d, `SELECT count(*) FROM account_task WHERE kind = 'merge' AND detail = $1 AND done_at = 0 AND due_at > 1`, a.ID); n != 2 {
			t.Errorf("the help desk has %d tasks", n)
		}
		// The history of the frozen account does not tell where the person is.
		if n := gatewaydbtest.Count(t, d, `SELECT count(*) FROM audit WHERE action = 'account.frozen' AND address = '' AND detail NOT LIKE '%issuer%' AND subject IN ($1, $2)`, thief.ID, twice.ID); n != 2 {
			t.Errorf("%d lines", n)
		}
		if n := gatewaydbtest.Count(t, d, `SELECT count(*) FROM audit WHERE subject = $1 AND address <> '' AND action <> 'account.created' AND action <> 'login.succeeded'`, thief.ID); n != 0 {
			t.Errorf("%d lines with the address of somebody else", n)
		}
	})
}

// An account that has proved another codice fiscale is its holder's, whatever they typed;
// one that is closed or frozen is not asked about.
func TestOnlyOpenAccountsThatProvedNothingCount(t *testing.T) {
	dbtest.Each(t, gatewaydbtest.Modules(), func(t *testing.T, d *db.DB) {
		s, ctx := gatewaydb.NewStore(d, gatewaydbtest.Ring), t.Context()
		for i, to := range []string{`fiscal_code = 'LTRFNT80A01H501X'`, `state = 'closed'`, `state = 'frozen'`} {
			a := gatewaydbtest.Declaring(t, s, gatewaydbtest.Finti, string(rune('a'+i)))
			gatewaydbtest.Exec(t, d, `UPDATE account SET `+to+` WHERE id = '`+a.ID+`'`)
		}
		gatewaydbtest.Exec(t, d, `UPDATE attribute SET source = 'confirmed' WHERE account_id = '`+gatewaydbtest.Declaring(t, s, gatewaydbtest.Finti, "z").ID+`'`)
		if theirs, err := s.Declares(ctx, gatewaydbtest.Finti, ""); err != nil || theirs {
			t.Errorf("%v, %v", theirs, err)
		}
		if _, created, err := s.Register(ctx, gatewaydbtest.FirstEntry(gatewaydbtest.Finti, "1")); err != nil || !created {
			t.Fatal(created, err)
		}
		if n := gatewaydbtest.Count(t, d, `SELECT count(*) FROM account WHERE state = 'frozen'`); n != 1 {
			t.Errorf("%d frozen accounts", n)
		}
		if n := gatewaydbtest.Count(t, d, `SELECT count(*) FROM outbox WHERE subject IN ('frozen', 'proved')`); n != 0 {
			t.Errorf("%d mails", n)
		}
		if n := gatewaydbtest.Count(t, d, `SELECT count(*) FROM credential`); n != 4 {
			t.Errorf("%d passwords", n)
		}
	})
}

func TestAProvedAccountIsClaimedOnceAndTheOthersAreFrozen(t *testing.T) {
	dbtest.Each(t, gatewaydbtest.Modules(), func(t *testing.T, d *db.DB) {
		s, ctx := gatewaydb.NewStore(d, gatewaydbtest.Ring), t.Context()
		mine, thief := gatewaydbtest.Declaring(t, s, gatewaydbtest.Finti, "a"), gatewaydbtest.Declaring(t, s, gatewaydbtest.Finti, "b")
		for _, one := range []account.PasswordVisit{gatewaydbtest.PasswordVisit(mine.ID, gatewaydbtest.Start, "proof"), gatewaydbtest.PasswordVisit(mine.ID, gatewaydbtest.Start, "old"), gatewaydbtest.PasswordVisit(thief.ID, gatewaydbtest.Start, "thief")} {
			if _, err := s.EnterByPassword(ctx, one); err != nil {
				t.Fatal(err)
			}
		}
		p := gatewaydbtest.Asserted("uno", string(gatewaydbtest.Finti))
		if theirs, err := s.Declares(ctx, gatewaydbtest.Finti, mine.ID); err != nil || !theirs {
			t.Fatal(theirs, err)
		}
		got, err := s.Claim(ctx, claiming(mine.ID, p, "handleproof", "claim"))
		if err != nil || got.ID != mine.ID || got.FiscalCode != gatewaydbtest.Finti || got.GivenName != "Ada" || got.Email != "a@example.org" {
			t.Fatalf("%+v, %v", got, err)
		}
		if n := gatewaydbtest.Count(t, d, `SELECT count(*) FROM session`); n != 1 || gatewaydbtest.Count(t, d, `SELECT count(*) FROM session WHERE handle = 'handleclaim'`) != 1 {
			t.Errorf("%d sessions; the new one alone stays", n)
		}
		if state(t, s, mine.ID) != account.Active || state(t, s, thief.ID) != account.Frozen {
			t.Error("states")
		}
		if n := gatewaydbtest.Count(t, d, `SELECT count(*) FROM credential WHERE account_id = $1`, mine.ID); n != 1 {
			t.Error("the holder's password is gone")
		}
		for subject, to := range map[string]string{"claimed": "a@example.org", "claimed too": "ada@example.it", "frozen": "b@example.org", "proved": "a@example.org"} {
			if n := gatewaydbtest.Count(t, d, `SELECT count(*) FROM outbox WHERE subject = $1 AND recipient = $2`, subject, to); n != 1 {
				t.Errorf("%d mails %q to %s", n, subject, to)
			}
		}
		if found, known, err := s.Enter(ctx, gatewaydbtest.Visit(p, "next")); err != nil || !known || found.ID != mine.ID {
			t.Errorf("the door does not open the account: %v, %v", known, err)
		}
		if _, err := s.Claim(ctx, claiming(mine.ID, p, "", "claim")); !errors.Is(err, shareddb.ErrUsed) {
			t.Errorf("twice: %v", err)
		}
		if _, err := s.Claim(ctx, claiming(mine.ID, p, "", "more")); !errors.Is(err, entrydb.ErrNotClaimed) {
			t.Errorf("proved already: %v", err)
		}
	})
}

func TestAnAccountOfSomebodyElseIsNotClaimed(t *testing.T) {
	dbtest.Each(t, gatewaydbtest.Modules(), func(t *testing.T, d *db.DB) {
		s, ctx := gatewaydb.NewStore(d, gatewaydbtest.Ring), t.Context()
		p := gatewaydbtest.Asserted("uno", string(gatewaydbtest.Finti))
		other, frozen := gatewaydbtest.Declaring(t, s, "LTRFNT80A01H501X", "a"), gatewaydbtest.Declaring(t, s, gatewaydbtest.Finti, "b")
		gatewaydbtest.Exec(t, d, `UPDATE account SET state = 'frozen' WHERE id = '`+frozen.ID+`'`)
		for want, try := range map[error]account.Claim{
			entrydb.ErrNotClaimed: claiming(other.ID, p, "", "1"),
			accountdb.ErrFrozen:   claiming(frozen.ID, p, "", "2"),
		} {
			if _, err := s.Claim(ctx, try); !errors.Is(err, want) {
				t.Errorf("%v, want %v", err, want)
			}
		}
		nothing := claiming(other.ID, person.Assertion{Door: person.DoorSPID, Issuer: "uno", Subject: "x"}, "", "3")
		if _, err := s.Claim(ctx, nothing); !errors.Is(err, entrydb.ErrNotClaimed) {
			t.Errorf("without a codice fiscale: %v", err)
		}
		if _, err := s.Claim(ctx, claiming("nobody", p, "", "4")); !fault.Is(err, fault.NotFound) {
			t.Errorf("of nobody: %v", err)
		}
		// Another person's identifier: an account exists that has proved it. // G3.8
		if _, created, err := s.Register(ctx, gatewaydbtest.FirstEntry(gatewaydbtest.Finti, "5")); err != nil || !created {
			t.Fatal(err)
		}
		late := gatewaydbtest.Declaring(t, s, gatewaydbtest.Finti, "c")
		if _, err := s.Claim(ctx, claiming(late.ID, p, "", "6")); !errors.Is(err, accountdb.ErrConflict) {
			t.Errorf("an identifier of somebody else: %v", err)
		}
		if n := gatewaydbtest.Count(t, d, `SELECT count(*) FROM account_task WHERE kind = 'conflict' AND account_id = $1 AND detail <> ''`, late.ID); n != 1 {
			t.Errorf("the help desk has %d tasks", n)
		}
		if n := gatewaydbtest.Count(t, d, `SELECT count(*) FROM identity`); n != 1 {
			t.Errorf("%d identities", n)
		}
	})
}

// Every table about an account is emptied when it is frozen, or kept for a reason.
func TestWhatFreezingKeepsHasAReason(t *testing.T) {
	kept := map[string]string{
		"person_code": "given for ever", "identity": "the state shuts it; the help desk may merge", "attribute": "the help desk compares",
		"acknowledgement": "was said", "account_task": "reminders look at the state", "account_unit": "who may help", "desk_ticket": "what the person wrote", "door_session": "goes with each session",
		"oidc_grant": "is revoked with each session", "ledger": "the law wants it", "token_issue": "the law wants it",
		"stay": "ends with the sessions", "desk_request": "what the help desk decided",
		"declaration": "was said; counts only with a login, and the state shuts those",
		"affiliation": "a register or a desk said so, whoever set the password", "parental_authorisation": "the desk saw the document",
	}
	dbtest.Each(t, gatewaydbtest.Modules(), func(t *testing.T, d *db.DB) {
		for _, table := range gatewaydbtest.AboutAccounts(t, d) {
			if goes := slices.Contains(entrydb.Voided(), table); goes == (kept[table] != "") {
				t.Errorf("%s: voided %v, kept because %q; it must be one of the two", table, goes, kept[table])
			}
		}
	})
}
