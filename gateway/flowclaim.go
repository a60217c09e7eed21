package gateway

import (
	"context"
	"net/http"

	"atrio/base/notify"
	"atrio/gateway/account"
	"atrio/gateway/journey"
	"atrio/gateway/secondfactor"
	"atrio/gateway/selfcare"
	"atrio/gateway/sso"
	"atrio/people/person"
	"atrio/web"
)

// Who registers may declare any codice fiscale: it proves nothing. The first entry by
// SPID or CIE that proves it opens such an account only after the account was proved too,
// as a changed identifier of eIDAS does (flowrelink.go). Otherwise a new account is made,
// and the one that declares is frozen in the same commit (gatewaydb/entrydb/displace.go). // G3.8

// claims tells whether an identity that waits proves a codice fiscale.
func claims(link *person.Assertion) bool { return link != nil && link.FiscalCode != "" }

// proves tells whether a login proves an account well enough for the identity that waits
// in the journey. For a codice fiscale that the account declared its own password is
// enough, with the second factor where it has one, since the door that proves the code has
// been passed in the same journey. It was typed after that: else a browser in which a
// stranger stays signed in would prove for them.
func (f *Flow) proves(ctx context.Context, by person.Assertion, j journey.Journey, accountID string) (bool, error) {
	switch {
	case by.Level >= person.Level2:
		return true, nil
	case !claims(j.Link) || by.AuthnAt.Before(j.Passed):
		return false, nil
	case by.ACR == secondfactor.ACR:
		return true, nil
	case by.ACR != sso.SingleFactor:
		return false, nil
	}
	status, err := f.Factors(ctx, accountID)
	return len(status.Kinds()) == 0, err
}

// longNames is what a provider's names of a session may take in the cookie of a journey
// that waits; those with which the providers of the federation answer are shorter.
const longNames = 256

// claimOf leaves of an assertion what a claim needs: who it is of, and what the session
// of that login is made of. The next login brings the rest.
func claimOf(a person.Assertion) *person.Assertion {
	kept := map[string]string{}
	for _, name := range []string{person.GivenName, person.FamilyName, person.BirthDate, person.FiscalNumber, person.Email} {
		if v := a.Attribute(name); v != "" {
			kept[name] = v
		}
	}
	a.Attributes, a.AssertionID = kept, "" // used up already
	if len(a.NameID)+len(a.SessionIndex) > longNames {
		a.NameID, a.SessionIndex = "", ""
	}
	return &a
}

// claim links SPID or CIE to the account that was proved in this journey: the login by
// that door goes on, in a session of its own, so that a service gets the level that it
// asked for. // G3.8
func (f *Flow) claim(w http.ResponseWriter, r *http.Request, j journey.Journey, s *web.Session) error {
	j.Replaces, j.Correlation = s.Handle, j.LinkLogin
	visit, secret := f.visit(r, j, *j.Asserted)
	visit.Once = []account.Once{{Kind: "relink", ID: j.Handle, Until: visit.Now.Add(2 * f.Journeys.Life)}}
	lang := web.Lang(r)
	_, err := f.Entrance.Claim(r.Context(), account.Claim{
		Visit: visit, AccountID: s.Subject,
		Tell: func(a account.Account) notify.Message { return f.claimedMail(a.Email, a.Language, a) },
		Also: func(a account.Account) notify.Message {
			return f.claimedMail(j.Asserted.Attribute(person.Email), lang, a)
		},
	})
	if err != nil {
		return refused(err, j)
	}
	f.Site.Sessions.SetCookie(w, *secret)
	f.Site.Notice(w, "relink.notice.linked")
	return f.arrive(w, r, j)
}

// claimedMail tells that SPID or CIE is linked to an account that declared the code. // ASVS 6.3.7
func (f *Flow) claimedMail(to, lang string, a account.Account) notify.Message {
	texts := f.Site.Pages.Catalog()
	return notify.Message{
		Channel: notify.Mail, To: to, Lang: lang, Subject: texts.Text(lang, "relink.mail.subject"),
		Text: texts.Text(lang, "relink.mail.proved", "name", a.Called(), "account", f.Site.BaseURL+selfcare.AccountPath),
	}
}
