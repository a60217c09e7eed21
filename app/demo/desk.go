package demo

import (
	"context"
	"embed"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"time"

	"atrio/app/demo/cardoffice"
	"atrio/app/demo/cieprovider"
	"atrio/app/demo/eidasnode"
	"atrio/app/demo/shop"
	"atrio/app/demo/signer"
	"atrio/app/demo/simulator"
	"atrio/authn/otp"
	"atrio/base/fault"
	"atrio/base/setting"
	"atrio/web"
	"atrio/web/ui"
)

//go:embed pages texts
var files embed.FS

// Pages are the pages of the desk and of the simulators that stand beside it.
func Pages() []ui.Pages {
	return append(simulator.Pages(), ui.Pages{Name: "demo", FS: files}, cieprovider.Pages(), eidasnode.Pages(), shop.Pages(), signer.Pages(), cardoffice.Pages())
}

// CrossOriginPOST lists the paths that other origins may post to.
func CrossOriginPOST() []string {
	return append(cieprovider.CrossOriginPOST(), eidasnode.CrossOriginPOST()...)
}

// Desk explains the tour and shows what the world outside would see.
type Desk struct {
	Site      *web.Site
	Addresses Addresses
	Clock     *Clock
	Inbox     *Inbox
	// RunDue runs every job that is due in all roles, after the clock moved.
	RunDue func(ctx context.Context) error
}

// Mount names the addresses.
func (d *Desk) Mount(m *web.Mux) {
	m.Get("/{$}", d.tour)
	m.Get("/people", d.people)
	m.Get("/people.json", d.peopleJSON)
	m.Get("/inbox", d.inbox)
	m.Get("/inbox.json", d.inboxJSON)
	m.Get("/clock", d.clock)
	m.Post("/clock", d.advance)
}

// Layout is the navigation of the desk.
func Layout(r *http.Request) ui.Layout {
	var nav []ui.NavItem
	for _, n := range []struct{ key, url string }{
		{"demo.nav.tour", "/"}, {"demo.nav.people", "/people"}, {"demo.nav.inbox", "/inbox"}, {"demo.nav.clock", "/clock"}, {"demo.nav.service", "/service"}, {"demo.nav.sign", signer.Path}, {"demo.nav.card", cardoffice.Path},
		{"demo.nav.phone", phonePath},
	} {
		nav = append(nav, ui.NavItem{Key: n.key, URL: n.url, Current: r.URL.Path == n.url})
	}
	return ui.Layout{Nav: nav}
}

// tourView is the page "demo/tour".
type tourView struct {
	Gateway, IdP, Portal, Operations string
	// CIE and EIDAS are the metadata of the simulated providers.
	CIE, EIDAS string
	Now        time.Time
}

func (d *Desk) tour(w http.ResponseWriter, r *http.Request) error {
	a := d.Addresses
	return d.Site.Page(w, r, http.StatusOK, "demo/tour", tourView{
		Gateway: a.Gateway(), IdP: a.IdP(), Portal: a.Portal(), Operations: a.Operations(),
		CIE: a.Desk() + cieprovider.MetadataPath, EIDAS: a.Desk() + eidasnode.MetadataPath, Now: d.Clock.Now(),
	})
}

// shown is a person with the code that an authenticator app would show now.
type shown struct {
	Person
	Code string
}

// door is a place to sign in with the people who do.
type door struct {
	Key    string // "idp", "gateway", "cie", "eidas"
	People []shown
}

// peopleView is the page "demo/people".
type peopleView struct{ Doors []door }

func (d *Desk) people(w http.ResponseWriter, r *http.Request) error {
	var v peopleView
	for _, p := range People() {
		s := shown{Person: p}
		if len(p.secret) > 0 {
			s.Code = otp.Generate(p.secret, d.Clock.Now())
		}
		if n := len(v.Doors); n == 0 || v.Doors[n-1].Key != p.Role {
			v.Doors = append(v.Doors, door{Key: p.Role})
		}
		last := &v.Doors[len(v.Doors)-1]
		last.People = append(last.People, s)
	}
	return d.Site.Page(w, r, http.StatusOK, "demo/people", v)
}

func (d *Desk) peopleJSON(w http.ResponseWriter, _ *http.Request) error {
	return d.Site.JSON(w, http.StatusOK, People())
}

// inboxView is the page "demo/inbox".
type inboxView struct{ Items []Item }

func (d *Desk) inbox(w http.ResponseWriter, r *http.Request) error {
	return d.Site.Page(w, r, http.StatusOK, "demo/inbox", inboxView{d.Inbox.Items()})
}

func (d *Desk) inboxJSON(w http.ResponseWriter, _ *http.Request) error {
	return d.Site.JSON(w, http.StatusOK, d.Inbox.Items())
}

// clockView is the page "demo/clock".
type clockView struct {
	Now    time.Time
	Offset string
	Errors ui.Errors
	Steps  []string
}

func clockSteps() []string { return []string{"5m", "1h", "12h", "23h", "1d", "30d", "181d", "730d"} }

func (d *Desk) clockView() clockView {
	return clockView{Now: d.Clock.Now(), Offset: setting.Duration(d.Clock.Offset()).String(), Steps: clockSteps()}
}

func (d *Desk) clock(w http.ResponseWriter, r *http.Request) error {
	return d.Site.Page(w, r, http.StatusOK, "demo/clock", d.clockView())
}

// advance moves the clock, runs what is due, and answers as it was asked: JSON
// {"advance":"181d"} gets {"now":…}, the form goes back to its page.
func (d *Desk) advance(w http.ResponseWriter, r *http.Request) error {
	if kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); kind == "application/json" {
		var want struct {
			Advance setting.Duration `json:"advance"`
		}
		body := json.NewDecoder(io.LimitReader(r.Body, 1<<10))
		body.DisallowUnknownFields()
		if err := body.Decode(&want); err != nil {
			return fault.New(fault.Invalid, "demo.clock.error").For("clock").Because(err)
		}
		now, err := d.move(r.Context(), want.Advance)
		if err != nil {
			return err
		}
		return d.Site.JSON(w, http.StatusOK, map[string]time.Time{"now": now})
	}
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	by, err := setting.ParseDuration(f.Text("advance", web.Required, web.Max(10)))
	if err != nil {
		f.Fail("advance", "demo.clock.error")
	}
	if !f.OK() {
		v := d.clockView()
		v.Errors = f.Errors
		return d.Site.Page(w, r, http.StatusUnprocessableEntity, "demo/clock", v)
	}
	if _, err := d.move(r.Context(), by); err != nil {
		return err
	}
	d.Site.Notice(w, "demo.notice.moved")
	return web.Redirect(w, r, "/clock")
}

func (d *Desk) move(ctx context.Context, by setting.Duration) (time.Time, error) {
	now, err := d.Clock.Advance(by.Std())
	if err != nil {
		return now, fault.New(fault.Invalid, "demo.clock.error").For("clock").Because(err)
	}
	if err := d.RunDue(ctx); err != nil {
		return now, errors.Join(fault.New(fault.Internal, "error.internal").For("jobs"), err)
	}
	return now, nil
}
