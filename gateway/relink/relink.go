// Package relink is for the person whom a door does not know by identifier but may
// have an account all the same: identifiers of eIDAS change, and who comes by SPID or
// CIE may have declared their codice fiscale in a registration. It asks, and lets them
// prove the account by another road.
//
// A name and a birth date open nothing, and neither does a codice fiscale that somebody
// typed, or a mailbox: the new identifier is linked only after the account was entered
// anew, in this browser, in this journey. gateway/flow.go decides, gatewaydb links in one
// commit. // G3.8, G6.2
package relink

import (
	"embed"
	"net/http"
	"strings"

	"atrio/federation/eidas"
	"atrio/gateway/journey"
	"atrio/people/person"
	"atrio/web"
	"atrio/web/ui"
)

//go:embed pages texts
var files embed.FS

// Pages are the pages of this package and their texts.
func Pages() ui.Pages { return ui.Pages{Name: "relink", FS: files} }

// Addresses.
const (
	KnownPath = "/welcome/known"
	LinkPath  = "/welcome/link"
)

// Relink serves the two questions.
type Relink struct {
	Site     *web.Site
	Journeys *journey.Keeper
	// Limit guards form posts against floods.
	Limit web.Guard
	// AsNew goes on with a first entry, Enter lets the person prove the account,
	// Link links, Leave goes on without linking: gateway/flow.go.
	AsNew, Enter, Link, Leave func(w http.ResponseWriter, r *http.Request, j journey.Journey) error
}

// Mount gives the pages their addresses.
func (l *Relink) Mount(m *web.Mux) {
	m.Get(KnownPath, l.known)
	m.Post(KnownPath, l.decide, l.Limit)
	m.Get(LinkPath, l.ask)
	m.Post(LinkPath, l.confirm, l.Limit)
}

// view is the view of both pages.
type view struct {
	Flow, Name string
	// Country issued the new identifier.
	Country string
	// Declared tells that it is not eIDAS: an account declared the codice fiscale. // G3.8
	Declared bool
	Login    string
}

func viewOf(r *http.Request, j journey.Journey) view {
	v := view{
		Flow: j.Handle, Login: journey.LoginURL(j.Handle), Declared: j.Asserted.Door != person.DoorEIDAS,
		Name: strings.TrimSpace(j.Asserted.Attribute(person.GivenName) + " " + j.Asserted.Attribute(person.FamilyName)),
	}
	if id, err := eidas.ParseIdentifier(j.Asserted.Subject); err == nil {
		c, _ := eidas.LookupCountry(id.From)
		v.Country = c.Name(web.Lang(r))
	}
	return v
}

// known asks whether one of the accounts of this name, or with this codice fiscale, is the
// person's own. It shows nothing of them, not even how many there are.
func (l *Relink) known(w http.ResponseWriter, r *http.Request) error {
	j, err := l.find(r, r.URL.Query().Get("flow"), journey.Recognized)
	if err != nil {
		return err
	}
	return l.Site.Page(w, r, http.StatusOK, "relink/known", viewOf(r, j), web.Plain)
}

func (l *Relink) decide(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	j, err := l.find(r, f.Value("flow"), journey.Recognized)
	if err != nil {
		return err
	}
	if f.Value("answer") == "mine" {
		return l.Enter(w, r, j)
	}
	if f.Value("answer") == "new" {
		return l.AsNew(w, r, j)
	}
	return l.Site.Page(w, r, http.StatusUnprocessableEntity, "relink/known", viewOf(r, j), web.Plain)
}

// ask shows which identity would be linked to the account that was just entered.
func (l *Relink) ask(w http.ResponseWriter, r *http.Request) error {
	j, err := l.find(r, r.URL.Query().Get("flow"), journey.Linking)
	if err != nil {
		return err
	}
	return l.Site.Page(w, r, http.StatusOK, "relink/link", viewOf(r, j), web.Plain, web.NoFormAction) // it leads on to the service, which is another origin
}

func (l *Relink) confirm(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	j, err := l.find(r, f.Value("flow"), journey.Linking)
	if err != nil {
		return err
	}
	if f.Value("answer") == "yes" {
		return l.Link(w, r, j)
	}
	return l.Leave(w, r, j)
}

func (l *Relink) find(r *http.Request, flow string, step journey.Step) (journey.Journey, error) {
	j, err := l.Journeys.Find(r, flow, step)
	if err != nil {
		return j, journey.Explain(err, flow)
	}
	if j.Asserted == nil {
		return j, journey.Explain(journey.ErrWrongStep, flow)
	}
	return j, nil
}
