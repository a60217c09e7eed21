package gatewaydb_test

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
	"atrio/gateway/oidcop"
	"atrio/people/person"
)

const finti = person.FiscalCode("FNTPRV80A01H501U")

// declaring makes an account by a registration that declares a codice fiscale.
func declaring(t *testing.T, s *gatewaydb.Store, code person.FiscalCode, n string) account.Account {
	t.Helper()
	r, e := row(1), settled(1)
	r.ID, e.Draft, e.Email = []byte(n), []byte(n), n+"@example.org"
	e.Attributes = []account.Attribute{{Name: person.FiscalNumber, Value: string(code), Source: account.Declared, At: start}}
	if err := s.OpenDraft(t.Context(), r, "journey"+n); err != nil {
		t.Fatal(err)
	}
	a, err := s.Settle(t.Context(), e)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// mailed makes a mail whose subject is a word.
func mailed(subject string) func(account.Account) notify.Message {
	return func(a account.Account) notify.Message {
		return notify.Message{Channel: notify.Mail, To: a.Email, Subject: subject, Text: "x", Lang: "it"}
	}
}

// firstEntry is the one of the person who proves a codice fiscale.
func firstEntry(code person.FiscalCode, n string) account.FirstEntry {
	e := entry(asserted("uno", string(code)), n)
	e.Displaced, e.Displacing, e.Email = mailed("frozen"), mailed("proved"), "prova@example.org"
	e.Event.Address, e.Event.Detail = "192.0.2.7", map[string]string{"issuer": "uno"}
	return e
}

// claiming proves the codice fiscale of an account that the session replaced has proved.
func claiming(accountID string, p person.Assertion, replaces, n string) account.Claim {
	v := visit(p, n)
	v.Exchange, v.Replaces, v.Displaced, v.Displacing = nil, replaces, mailed("frozen"), mailed("proved")
	return account.Claim{Visit: v, AccountID: accountID, Tell: mailed("claimed"), Also: func(account.Account) notify.Message {
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
	dbtest.Each(t, modules(), func(t *testing.T, d *db.DB) {
		s, ctx := gatewaydb.NewStore(d, ring), t.Context()
		thief, twice, other := declaring(t, s, finti, "a"), declaring(t, s, finti, "b"), declaring(t, s, "LTRFNT80A01H501X", "c")
		if _, err := s.EnterByPassword(ctx, passwordVisit(thief.ID, start, "thief")); err != nil {
			t.Fatal(err)
		}
		grant := oidcop.Grant{ID: "g", Client: "mooc", Account: thief.ID, Session: "handlethief", RedeemedAt: start, ExpiresAt: start.Add(time.Hour)}
		if err := s.Redeem(ctx, grant, nil, firstEntry(finti, "").Event); err != nil {
			t.Fatal(err)
		}
		// When it registered somebody else had proved the code, whose account is erased by now.
		change(t, d, `INSERT INTO account_task (account_id, kind, detail, due_at, reminded, remind_at, done_at) VALUES ($1, 'merge', 'erased', 1, 0, 0, 0)`, thief.ID)
		if theirs, err := s.Declares(ctx, finti, ""); err != nil || !theirs {
			t.Fatal(theirs, err)
		}
		if _, known, err := s.Enter(ctx, visit(asserted("uno", string(finti)), "1")); err != nil || known {
			t.Fatalf("a declared code let somebody in: %v", err)
		}
		a, created, err := s.Register(ctx, firstEntry(finti, "2"))
		if err != nil || !created || a.FiscalCode != finti || a.State != account.Active {
			t.Fatalf("%+v, %v, %v", a, created, err)
		}
		if got := []account.State{state(t, s, thief.ID), state(t, s, twice.ID), state(t, s, other.ID)}; !slices.Equal(got, []account.State{account.Frozen, account.Frozen, account.Active}) {
			t.Errorf("states %v", got)
		}
		for _, table := range gatewaydb.Voided() {
			if n := count(t, d, `SELECT count(*) FROM `+table+` WHERE account_id <> $1`, other.ID); n != 0 {
				t.Errorf("%s holds %d rows", table, n)
			}
		}
		if n := count(t, d, `SELECT count(*) FROM session WHERE subject <> $1`, a.ID); n != 0 {
			t.Errorf("%d sessions of others", n)
		}
		if _, err := s.Grant(ctx, "g", start); !fault.Is(err, fault.NotFound) {
			t.Errorf("the grant of a service still holds: %v", err)
		}
		if _, err := s.EnterByPassword(ctx, passwordVisit(thief.ID, start, "again")); !errors.Is(err, credential.ErrChanged) {
			t.Errorf("the password still opens: %v", err)
		}
		if err := s.SetPassword(ctx, newPassword(thief.ID, "phc", time.Time{}, start)); !errors.Is(err, gatewaydb.ErrFrozen) {
			t.Errorf("a frozen account gets a password: %v", err)
		}
		for subject, want := range map[string]int{"frozen": 2, "proved": 1} {
			if n := count(t, d, `SELECT count(*) FROM outbox WHERE subject = $1`, subject); n != want {
				t.Errorf("%d mails %q", n, subject)
			}
		}
		if n := count(t, d, `SELECT count(*) FROM outbox WHERE subject = 'proved' AND recipient = 'prova@example.org'`); n != 1 {
			t.Error("the person is not told")
		}
		if n := count(t, d, `SELECT count(*) FROM account_task WHERE kind = 'merge' AND detail = $1 AND done_at = 0 AND due_at > 1`, a.ID); n != 2 {
			t.Errorf("the help desk has %d tasks", n)
		}
		// The history of the frozen account does not tell where the person is.
		if n := count(t, d, `SELECT count(*) FROM audit WHERE action = 'account.frozen' AND address = '' AND detail NOT LIKE '%issuer%' AND subject IN ($1, $2)`, thief.ID, twice.ID); n != 2 {
			t.Errorf("%d lines", n)
		}
		if n := count(t, d, `SELECT count(*) FROM audit WHERE subject = $1 AND address <> '' AND action <> 'account.created' AND action <> 'login.succeeded'`, thief.ID); n != 0 {
			t.Errorf("%d lines with the address of somebody else", n)
		}
	})
}

// An account that has proved another codice fiscale is its holder's, whatever they typed;
// one that is closed or frozen is not asked about.
func TestOnlyOpenAccountsThatProvedNothingCount(t *testing.T) {
	dbtest.Each(t, modules(), func(t *testing.T, d *db.DB) {
		s, ctx := gatewaydb.NewStore(d, ring), t.Context()
		for i, to := range []string{`fiscal_code = 'LTRFNT80A01H501X'`, `state = 'closed'`, `state = 'frozen'`} {
			a := declaring(t, s, finti, string(rune('a'+i)))
			change(t, d, `UPDATE account SET `+to+` WHERE id = '`+a.ID+`'`)
		}
		change(t, d, `UPDATE attribute SET source = 'confirmed' WHERE account_id = '`+declaring(t, s, finti, "z").ID+`'`)
		if theirs, err := s.Declares(ctx, finti, ""); err != nil || theirs {
			t.Errorf("%v, %v", theirs, err)
		}
		if _, created, err := s.Register(ctx, firstEntry(finti, "1")); err != nil || !created {
			t.Fatal(created, err)
		}
		if n := count(t, d, `SELECT count(*) FROM account WHERE state = 'frozen'`); n != 1 {
			t.Errorf("%d frozen accounts", n)
		}
		if n := count(t, d, `SELECT count(*) FROM outbox WHERE subject IN ('frozen', 'proved')`); n != 0 {
			t.Errorf("%d mails", n)
		}
		if n := count(t, d, `SELECT count(*) FROM credential`); n != 4 {
			t.Errorf("%d passwords", n)
		}
	})
}

func TestAProvedAccountIsClaimedOnceAndTheOthersAreFrozen(t *testing.T) {
	dbtest.Each(t, modules(), func(t *testing.T, d *db.DB) {
		s, ctx := gatewaydb.NewStore(d, ring), t.Context()
		mine, thief := declaring(t, s, finti, "a"), declaring(t, s, finti, "b")
		for _, one := range []account.PasswordVisit{passwordVisit(mine.ID, start, "proof"), passwordVisit(mine.ID, start, "old"), passwordVisit(thief.ID, start, "thief")} {
			if _, err := s.EnterByPassword(ctx, one); err != nil {
				t.Fatal(err)
			}
		}
		p := asserted("uno", string(finti))
		if theirs, err := s.Declares(ctx, finti, mine.ID); err != nil || !theirs {
			t.Fatal(theirs, err)
		}
		got, err := s.Claim(ctx, claiming(mine.ID, p, "handleproof", "claim"))
		if err != nil || got.ID != mine.ID || got.FiscalCode != finti || got.GivenName != "Ada" || got.Email != "a@example.org" {
			t.Fatalf("%+v, %v", got, err)
		}
		if n := count(t, d, `SELECT count(*) FROM session`); n != 1 || count(t, d, `SELECT count(*) FROM session WHERE handle = 'handleclaim'`) != 1 {
			t.Errorf("%d sessions; the new one alone stays", n)
		}
		if state(t, s, mine.ID) != account.Active || state(t, s, thief.ID) != account.Frozen {
			t.Error("states")
		}
		if n := count(t, d, `SELECT count(*) FROM credential WHERE account_id = $1`, mine.ID); n != 1 {
			t.Error("the holder's password is gone")
		}
		for subject, to := range map[string]string{"claimed": "a@example.org", "claimed too": "ada@example.it", "frozen": "b@example.org", "proved": "a@example.org"} {
			if n := count(t, d, `SELECT count(*) FROM outbox WHERE subject = $1 AND recipient = $2`, subject, to); n != 1 {
				t.Errorf("%d mails %q to %s", n, subject, to)
			}
		}
		if found, known, err := s.Enter(ctx, visit(p, "next")); err != nil || !known || found.ID != mine.ID {
			t.Errorf("the door does not open the account: %v, %v", known, err)
		}
		if _, err := s.Claim(ctx, claiming(mine.ID, p, "", "claim")); !errors.Is(err, shareddb.ErrUsed) {
			t.Errorf("twice: %v", err)
		}
		if _, err := s.Claim(ctx, claiming(mine.ID, p, "", "more")); !errors.Is(err, gatewaydb.ErrNotClaimed) {
			t.Errorf("proved already: %v", err)
		}
	})
}

func TestAnAccountOfSomebodyElseIsNotClaimed(t *testing.T) {
	dbtest.Each(t, modules(), func(t *testing.T, d *db.DB) {
		s, ctx := gatewaydb.NewStore(d, ring), t.Context()
		p := asserted("uno", string(finti))
		other, frozen := declaring(t, s, "LTRFNT80A01H501X", "a"), declaring(t, s, finti, "b")
		change(t, d, `UPDATE account SET state = 'frozen' WHERE id = '`+frozen.ID+`'`)
		for want, try := range map[error]account.Claim{
			gatewaydb.ErrNotClaimed: claiming(other.ID, p, "", "1"),
			gatewaydb.ErrFrozen:     claiming(frozen.ID, p, "", "2"),
		} {
			if _, err := s.Claim(ctx, try); !errors.Is(err, want) {
				t.Errorf("%v, want %v", err, want)
			}
		}
		nothing := claiming(other.ID, person.Assertion{Door: person.DoorSPID, Issuer: "uno", Subject: "x"}, "", "3")
		if _, err := s.Claim(ctx, nothing); !errors.Is(err, gatewaydb.ErrNotClaimed) {
			t.Errorf("without a codice fiscale: %v", err)
		}
		if _, err := s.Claim(ctx, claiming("nobody", p, "", "4")); !fault.Is(err, fault.NotFound) {
			t.Errorf("of nobody: %v", err)
		}
		// Another person's identifier: an account exists that has proved it. // G3.8
		if _, created, err := s.Register(ctx, firstEntry(finti, "5")); err != nil || !created {
			t.Fatal(err)
		}
		late := declaring(t, s, finti, "c")
		if _, err := s.Claim(ctx, claiming(late.ID, p, "", "6")); !errors.Is(err, gatewaydb.ErrConflict) {
			t.Errorf("an identifier of somebody else: %v", err)
		}
		if n := count(t, d, `SELECT count(*) FROM identity`); n != 1 {
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
	dbtest.Each(t, modules(), func(t *testing.T, d *db.DB) {
		for _, table := range aboutAccounts(t, d) {
			if goes := slices.Contains(gatewaydb.Voided(), table); goes == (kept[table] != "") {
				t.Errorf("%s: voided %v, kept because %q; it must be one of the two", table, goes, kept[table])
			}
		}
	})
}
