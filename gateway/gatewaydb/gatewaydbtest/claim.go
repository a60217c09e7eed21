package gatewaydbtest

import (
	"testing"

	"atrio/base/notify"
	"atrio/gateway/account"
	"atrio/gateway/gatewaydb"
	"atrio/people/person"
)

// Finti is the codice fiscale of somebody invented.
const Finti = person.FiscalCode("FNTPRV80A01H501U")

// Declaring makes an account by a registration that declares a codice fiscale.
func Declaring(t *testing.T, s *gatewaydb.Store, code person.FiscalCode, n string) account.Account {
	t.Helper()
	r, e := Draft(1), Settled(1)
	r.ID, e.Draft, e.Email = []byte(n), []byte(n), n+"@example.org"
	e.Attributes = []account.Attribute{{Name: person.FiscalNumber, Value: string(code), Source: account.Declared, At: Start}}
	if err := s.OpenDraft(t.Context(), r, "journey"+n); err != nil {
		t.Fatal(err)
	}
	a, err := s.Settle(t.Context(), e)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// Mailed makes a mail whose subject is a word.
func Mailed(subject string) func(account.Account) notify.Message {
	return func(a account.Account) notify.Message {
		return notify.Message{Channel: notify.Mail, To: a.Email, Subject: subject, Text: "x", Lang: "it"}
	}
}

// FirstEntry is the one of the person who proves a codice fiscale.
func FirstEntry(code person.FiscalCode, n string) account.FirstEntry {
	e := Entry(Asserted("uno", string(code)), n)
	e.Displaced, e.Displacing, e.Email = Mailed("frozen"), Mailed("proved"), "prova@example.org"
	e.Event.Address, e.Event.Detail = "192.0.2.7", map[string]string{"issuer": "uno"}
	return e
}
