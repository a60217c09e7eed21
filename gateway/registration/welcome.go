package registration

import (
	"net/http"
	"strings"

	"atrio/gateway/account"
	"atrio/gateway/journey"
	"atrio/people/person"
	"atrio/web"
	"atrio/web/ui"
)

// welcomeView is the view of "registration/welcome".
type welcomeView struct {
	ui.Errors
	Flow string
	// Name is who the door says is here, Provider who says so.
	Name, Provider string
	// Service is where the person is going; may be empty.
	Service string
	// Known are the verified attributes, not editable.
	Known []account.Attribute
	// AskEmail is set when the door gave no address.
	AskEmail bool
	Email    string
	Accepted bool
}

// welcome shows "Stai entrando come … Sei tu?". // G3.7
func (g *Registration) welcome(w http.ResponseWriter, r *http.Request) error {
	j, err := g.find(r, flowOf(r), journey.Entering)
	if err != nil {
		return err
	}
	return g.showWelcome(w, r, http.StatusOK, j, welcomeView{Email: j.Email, Accepted: j.Notice != ""})
}

func (g *Registration) showWelcome(w http.ResponseWriter, r *http.Request, status int, j journey.Journey, v welcomeView) error {
	v.Flow, v.Service, v.AskEmail = j.Handle, g.ServiceName(j.To.Service, web.Lang(r)), asksEmail(j)
	v.Name = strings.TrimSpace(j.Asserted.Attribute(person.GivenName) + " " + j.Asserted.Attribute(person.FamilyName))
	v.Provider = g.ProviderName(j.Asserted.Issuer)
	v.Known = account.InOrder(account.FromAssertion(*j.Asserted, g.Now()))
	return g.Site.Page(w, r, status, "registration/welcome", v, web.Plain)
}

// asksEmail tells whether the contact address is missing.
func asksEmail(j journey.Journey) bool { return j.Asserted.Attribute(person.Email) == "" }

// confirm takes "Sì, sono io": the notice is acknowledged, and a missing address
// gets a code before anything is made.
func (g *Registration) confirm(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	j, err := g.find(r, f.Value("flow"), journey.Entering)
	if err != nil {
		return err
	}
	if f.Value("no") != "" {
		return g.notMe(w, r, j)
	}
	v := welcomeView{Accepted: f.Bool("notice")}
	if asksEmail(j) {
		v.Email = f.Email("email", web.Required)
		if f.Errors.Err("email") == nil && g.own(v.Email) {
			f.Fail("email", "registration.email.own")
		}
	}
	if !v.Accepted {
		f.Fail("notice", "registration.notice.required")
	}
	if !f.OK() {
		v.Errors = f.Errors
		return g.showWelcome(w, r, http.StatusUnprocessableEntity, j, v)
	}
	j.Notice, j.Email = g.NoticeVersion, v.Email
	if !asksEmail(j) {
		return g.Finish(w, r, j)
	}
	if err := g.Journeys.Save(w, r, &j); err != nil {
		return journey.Explain(err, j.Handle)
	}
	if err := g.send(r, j); err != nil {
		return again(err, j)
	}
	return web.Redirect(w, r, at(codePath, j))
}

// notMe forgets who was asserted and goes back to the choice, with the destination.
func (g *Registration) notMe(w http.ResponseWriter, r *http.Request, j journey.Journey) error {
	fresh := journey.Journey{Handle: j.Handle, Step: journey.Choosing, To: j.To}
	if err := g.Journeys.Save(w, r, &fresh); err != nil {
		return journey.Explain(err, j.Handle)
	}
	return web.Redirect(w, r, journey.LoginURL(j.Handle))
}

// own tells whether an address belongs to the institution.
func (g *Registration) own(email string) bool { return OwnAddress(g.OwnDomains, email) }

// OwnAddress tells whether an address belongs to one of the domains of the institution:
// it would be lost with the affiliation. // G3.4
func OwnAddress(domains []string, email string) bool {
	_, domain, _ := strings.Cut(strings.ToLower(email), "@")
	for _, own := range domains {
		own = strings.ToLower(own)
		if domain == own || strings.HasSuffix(domain, "."+own) {
			return true
		}
	}
	return false
}
