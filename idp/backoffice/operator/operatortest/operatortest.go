// Package operatortest signs operators in for tests of the pages that they work on.
package operatortest

import (
	"net/http"
	"regexp"
	"testing"

	"atrio/authn/passkey/passkeytest"
	"atrio/db"
	"atrio/db/shareddb/shareddbtest"
	"atrio/idp/backoffice/operator"
	"atrio/web/webtest"
)

// Desk is an operator at a screen, with the key.
type Desk struct {
	*webtest.Client
	Key *passkeytest.Device
	ID  string
}

var invitation = regexp.MustCompile(`http://\S+/operator/invitation\?link=\S+`)

// SignIn invites whoever is missing and leads one of the roster from the mail into the desk
// of the provider at base.
func SignIn(t testing.TB, d *db.DB, by *operator.Inviter, roster *operator.Roster, base, email string) Desk {
	t.Helper()
	if err := by.InviteMissing(t.Context(), roster); err != nil {
		t.Fatal(err)
	}
	who, known := roster.ByEmail(email)
	mails := shareddbtest.To(t, d, email)
	if !known || len(mails) == 0 {
		t.Fatalf("nobody is invited at %s", email)
	}
	k := Desk{webtest.New(t), passkeytest.New(t, base), who.ID}
	p := k.Get(invitation.FindString(mails[len(mails)-1])).Expect(http.StatusOK)
	p = k.Submit(p.FormWith("answer"), "label", "chiave", "answer", k.Key.Create(t, Question(p))).Expect(http.StatusOK, "Accesso operatori")
	k.Answer(p).Expect(http.StatusOK)
	return k
}

// Answer sends what the key says to the question of a page.
func (k Desk) Answer(p *webtest.Page) *webtest.Page {
	k.T.Helper()
	return k.Submit(p.FormWith("answer"), "answer", k.Key.Get(k.T, Question(p)))
}

// Question is what a page asks the key.
func Question(p *webtest.Page) []byte {
	return []byte(webtest.Attr(p.Find("form[data-passkey]"), "data-options"))
}
