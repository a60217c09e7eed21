package gateway

import (
	"net/http"

	"atrio/base/fault"
	"atrio/base/notify"
	"atrio/federation/eidas"
	"atrio/gateway/account"
	"atrio/gateway/journey"
	"atrio/gateway/registration"
	"atrio/gateway/relink"
	"atrio/gateway/selfcare"
	"atrio/people/person"
	"atrio/web"
)

// unknown leads a person without an account to the first entry. An identifier of
// eIDAS may have changed, and somebody may have registered before and declared the
// codice fiscale that is proved now: if there are such accounts, the person is asked
// first. // G3.8, G6.2
func (f *Flow) unknown(w http.ResponseWriter, r *http.Request, j journey.Journey, a person.Assertion) error {
	same, err := f.mayBe(r, a, "")
	if err != nil {
		return err
	}
	if !same {
		return f.firstEntry(w, r, j, a)
	}
	return f.hold(w, r, j, a, journey.Recognized, relink.KnownPath)
}

// mayBe tells whether an account, or any (""), may be that of an asserted person who is
// not known by identifier.
func (f *Flow) mayBe(r *http.Request, a person.Assertion, accountID string) (bool, error) {
	if a.Door == person.DoorEIDAS {
		return f.Entrance.Namesake(r.Context(), a, accountID)
	}
	return f.Entrance.Declares(r.Context(), a.FiscalCode, accountID)
}

// asNew goes on with the first entry: "Sono una persona nuova".
func (f *Flow) asNew(w http.ResponseWriter, r *http.Request, j journey.Journey) error {
	j.Step = journey.Entering // Passed stays: the assertion does not get younger
	if err := f.Journeys.Save(w, r, &j); err != nil {
		return journey.Explain(err, j.Handle)
	}
	return web.Redirect(w, r, registration.WelcomePath+"?flow="+j.Handle)
}

// enterAgain sends the person to the choice of a door, to prove their account there.
// A session that this browser may have is not enough: the proof is fresh. // ASVS 7.5.1
func (f *Flow) enterAgain(w http.ResponseWriter, r *http.Request, j journey.Journey) error {
	j.Link, j.LinkLogin, j.Asserted, j.Step = linkOf(*j.Asserted), j.Correlation, nil, journey.Choosing
	if err := f.Journeys.Save(w, r, &j); err != nil {
		return journey.Explain(err, j.Handle)
	}
	return web.Redirect(w, r, journey.LoginURL(j.Handle))
}

// linkOf leaves of an assertion what a link needs: the identity, and who it is of.
func linkOf(a person.Assertion) *person.Assertion {
	if claims(&a) {
		return claimOf(a)
	}
	kept := map[string]string{}
	for _, name := range []string{person.GivenName, person.FamilyName, person.BirthDate} {
		kept[name] = a.Attribute(name)
	}
	return &person.Assertion{Door: a.Door, Issuer: a.Issuer, Subject: a.Subject, Level: a.Level, Attributes: kept}
}

// offerLink asks whether to link the identity that waits to the account that was just
// entered. Whoever entered another person's account goes on without, and at level 1,
// unless it is an account of ours that its password proves.
func (f *Flow) offerLink(w http.ResponseWriter, r *http.Request, j journey.Journey, by person.Assertion, a account.Account, proved string) error {
	same, err := f.mayBe(r, *j.Link, a.ID)
	if err != nil {
		return err
	}
	enough, err := f.proves(r.Context(), by, j, a.ID)
	if err != nil {
		return err
	}
	if !enough || !same {
		notice := "relink.notice.other"
		if claims(j.Link) {
			notice = "relink.notice.undeclared"
		}
		f.Site.Notice(w, notice)
		return f.arrive(w, r, j)
	}
	ask := journey.Journey{Handle: j.Handle, Step: journey.Linking, To: j.To, Asserted: j.Link, LinkLogin: j.LinkLogin, Passed: j.Passed, Proved: proved}
	if err := f.Journeys.Save(w, r, &ask); err != nil {
		return journey.Explain(err, j.Handle)
	}
	return web.Redirect(w, r, relink.LinkPath+"?flow="+j.Handle)
}

// link links the identity: only while the very session lasts by which the account was
// proved in this journey. // G6.2
func (f *Flow) link(w http.ResponseWriter, r *http.Request, j journey.Journey) error {
	s := web.CurrentSession(r)
	if s == nil || j.Proved == "" || s.Handle != j.Proved {
		return fault.New(fault.Denied, "error.relink.proof").For("relink_without_proof").
			Offer("gateway.action.restart", journey.LoginURL(j.Handle)).Offer("gateway.action.help", "/help")
	}
	if claims(j.Asserted) {
		return f.claim(w, r, j, s)
	}
	now := f.Now()
	err := f.Entrance.Relink(r.Context(), account.Relink{
		AccountID: s.Subject, Asserted: *j.Asserted, Login: j.LinkLogin, Now: now,
		Once: account.Once{Kind: "relink", ID: j.Handle, Until: now.Add(2 * f.Journeys.Life)},
		Event: eventOf(now, f.Site.Role, r, map[string]string{
			"door": string(j.Asserted.Door), "issuer": j.Asserted.Issuer, "method": s.Method, "session": s.Handle,
		}),
		Tell: f.linkedMail(web.Lang(r), *j.Asserted),
	})
	if err != nil {
		return refused(err, j)
	}
	f.Site.Notice(w, "relink.notice.linked")
	return f.arrive(w, r, j)
}

// linkedMail tells the holder of an account about a new identity. // ASVS 6.3.7
func (f *Flow) linkedMail(lang string, linked person.Assertion) func(account.Account) notify.Message {
	return func(a account.Account) notify.Message {
		texts, country := f.Site.Pages.Catalog(), ""
		if id, err := eidas.ParseIdentifier(linked.Subject); err == nil {
			c, _ := eidas.LookupCountry(id.From)
			country = c.Name(lang)
		}
		return notify.Message{
			Channel: notify.Mail, To: a.Email, Lang: lang, Subject: texts.Text(lang, "relink.mail.subject"),
			Text: texts.Text(lang, "relink.mail.text", "name", a.Called(), "country", country, "account", f.Site.BaseURL+selfcare.AccountPath),
		}
	}
}

// handleOf notes the public handle of the session that a visit opens.
func handleOf(v *account.Visit) *string {
	handle, open := new(string), v.Session
	v.Session = func(a account.Account) web.Session {
		s := open(a)
		*handle = s.Handle
		return s
	}
	return handle
}
