package gateway_test

import (
	"net/http"
	"strings"
	"testing"

	"atrio/db"
	"atrio/db/dbtest"
	"atrio/gateway"
	"atrio/gateway/account"
	"atrio/gateway/codeimport"
)

// imported brings somebody of a register who was never here.
func (s *stage) imported(code account.Code, line codeimport.Line) {
	s.t.Helper()
	line.Number, line.Code, line.GivenName, line.FamilyName = 2, code, "Tullio", "Finti"
	got, err := s.store.ImportCodes(s.t.Context(), codeimport.Batch{Lines: []codeimport.Line{line}, Register: "Segreteria", Now: s.clock.Now()})
	if err != nil || got[0].Outcome != codeimport.Created {
		s.t.Fatalf("%+v %v", got, err)
	}
}

const (
	tullio      = account.Code("202400013")
	tullioEmail = "tullio@posta.example.it"
)

// G3.5, G1.2: "È il tuo primo accesso?" of somebody who had a Codice Persona before: the
// mailbox that the register knows gives the account its first password.
func TestTheFirstAccessOfAnImportedPersonIsByTheMailbox(t *testing.T) {
	dbtest.Each(t, modules(), func(t *testing.T, d *db.DB) {
		s := newStageOn(t, d)
		s.imported(tullio, codeimport.Line{Email: tullioEmail, Language: "it"})
		b := s.browser()
		s.typeIn(b, tullio, secret).Expect(http.StatusUnprocessableEntity, "Codice Persona o password non corretti")
		help := b.Get(b.Get(s.url+"/login").Link("È il tuo primo accesso?")).Expect(http.StatusOK, "Hai già un Codice Persona, ma qui non sei mai entrato")
		p := b.Get(help.Link("Recupero credenziali"))
		b.Submit(p.FormWith("email"), "email", tullioEmail).Expect(http.StatusOK, "Guarda la tua posta")
		body := s.mail(tullioEmail)
		if !strings.Contains(body, "Per entrare la prima volta") || !strings.Contains(body, string(tullio)) {
			t.Errorf("the mail: %s", body)
		}
		link := linkIn.FindString(body)
		p = b.Get(link).Expect(http.StatusOK, "Scegli la tua password", "È il tuo primo accesso")
		b.Submit(p.FormWith("again"), "password", another, "again", another).Expect(http.StatusOK, "La nuova password è impostata")
		b.Get(link).Expect(http.StatusGone)
		s.typeIn(b, tullio, another).Expect(http.StatusOK, "Il mio account", "dal registro Segreteria", "confermato con un codice")
		// From now on it is an account as any other.
		s.lost(b, tullioEmail)
		if body := s.mail(tullioEmail); strings.Contains(body, "la prima volta") {
			t.Errorf("a second first access: %s", body)
		}
	})
}

func TestTheFirstAccessOfAnImportedPersonBySPIDFindsTheAccount(t *testing.T) {
	s := newStage(t)
	s.imported(tullio, codeimport.Line{FiscalCode: "DMCDAA80A41H501U"})
	b := s.browser()
	p := b.Get(s.start("")).Expect(http.StatusOK, "Scegli una password")
	b.Submit(p.FormWith("again"), "password", another, "again", another).Expect(http.StatusOK, "Il mio account")
	if code := s.codeOf(b); code != string(tullio) {
		t.Errorf("another account was made: %s", code)
	}
	if n := s.count(`SELECT count(*) FROM account`); n != 1 {
		t.Errorf("%d accounts", n)
	}
}

// Who entered over the mailbox that a register knows need not be the person: SPID opens
// that account only after it was proved too. // G3.8
func TestAnOldMailboxDoesNotKeepTheAccountFromItsOwner(t *testing.T) {
	s := newStage(t)
	s.imported(tullio, codeimport.Line{FiscalCode: "DMCDAA80A41H501U", Email: tullioEmail})
	stranger := s.browser()
	s.lost(stranger, tullioEmail)
	p := stranger.Get(linkIn.FindString(s.mail(tullioEmail)))
	stranger.Submit(p.FormWith("again"), "password", another, "again", another).Expect(http.StatusOK)
	s.typeIn(stranger, tullio, another).Expect(http.StatusOK, "Il mio account")
	ada := s.browser()
	ada.Get(s.start("")).Expect(http.StatusOK, "account")
	if s.codeOf(stranger) != string(tullio) || s.count(`SELECT count(*) FROM account WHERE fiscal_code IS NOT NULL`) != 0 {
		t.Error("the accounts are one before anybody proved the old one")
	}
}

// Known, unknown and mistyped codes are answered alike where codes have no check digit.
func TestACodeWithoutACheckDigitEntersWhereTheOperatorSaysSo(t *testing.T) {
	const old = account.Code("10000001")
	strict := newStage(t)
	strict.imported(old, codeimport.Line{Email: tullioEmail})
	strict.typeIn(strict.browser(), old, another).Expect(http.StatusUnprocessableEntity, "Questo non è un Codice Persona")

	s := newStageConfigured(t, func(c *gateway.Config) { c.CodesWithoutCheckDigit = true })
	s.imported(old, codeimport.Line{Email: tullioEmail})
	var answers []string
	for _, code := range []account.Code{old, "10000002"} {
		p := s.typeIn(s.browser(), code, secret).Expect(http.StatusUnprocessableEntity, "Codice Persona o password non corretti")
		answers = append(answers, strings.ReplaceAll(p.Body, string(code), ""))
	}
	if answers[0] != answers[1] {
		t.Error("the answer tells which codes were imported")
	}
	b := s.browser()
	s.typeIn(b, "1234567", secret).Expect(http.StatusUnprocessableEntity, "Questo non è un Codice Persona")
	s.lost(b, tullioEmail)
	p := b.Get(linkIn.FindString(s.mail(tullioEmail)))
	b.Submit(p.FormWith("again"), "password", another, "again", another).Expect(http.StatusOK)
	s.typeIn(b, old, another).Expect(http.StatusOK, "Il mio account")
}
