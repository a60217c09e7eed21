// Package operator is what those who run the program see in a browser: the page about
// the providers, on the operations listener.
//
// It shows what federation/registry knows and decides nothing; figures for machines are
// the metrics of the roof. The listener is not for the internet: nobody signs in here.
package operator

import (
	"embed"
	"net/http"
	"time"

	"atrio/federation/registry"
	"atrio/web"
	"atrio/web/ui"
)

//go:embed pages texts
var files embed.FS

// Pages are the pages of the operator.
func Pages() ui.Pages { return ui.Pages{Name: "operator", FS: files} }

// ProvidersPath is the page about the providers.
const ProvidersPath = "/providers"

// Console serves the pages of the operator.
type Console struct {
	Site *web.Site
	// States gives what each registry of this process knows.
	States func(now time.Time) []registry.State
	// Recent tells how logins with a provider ended lately, on this node.
	Recent func(entityID string, now time.Time) Recent
	// Window is the time that Recent looks back.
	Window time.Duration
	Now    func() time.Time
}

// Recent counts how logins ended.
type Recent struct {
	// OK came in; Refused are answers that did not pass our checks or errors of the
	// provider; User are those that the person ended, by cancelling for example.
	OK, Refused, User int
}

// enough is how many logins say something about a provider.
const enough = 10

// Troubled reports whether a provider fails so often that its button should say so.
func (r Recent) Troubled() bool { return r.OK+r.Refused >= enough && r.Refused > r.OK }

// Mount gives the pages their addresses.
func (c *Console) Mount(m *web.Mux) {
	m.Get("/", func(w http.ResponseWriter, r *http.Request) error { return web.Redirect(w, r, ProvidersPath) })
	m.Get(ProvidersPath, c.providers)
}

// providersView is the page "operator/providers".
type providersView struct {
	Now    time.Time
	Window int // minutes
	Worlds []worldView
}

type worldView struct {
	registry.State
	Entities []entityView
	// Alarms are failing sources and warnings that cannot wait.
	Alarms int
	// Logins: people log in with those who are described.
	Logins bool
}

type entityView struct {
	registry.EntityState
	Recent Recent
	// Suggest: the button should say that there are problems, and does not.
	Suggest bool
}

// providers shows sources and providers of every world.
func (c *Console) providers(w http.ResponseWriter, r *http.Request) error {
	now := c.Now()
	v := providersView{Now: now, Window: int(c.Window / time.Minute)}
	for _, s := range c.States(now) {
		v.Worlds = append(v.Worlds, c.world(s, now))
	}
	return c.Site.Page(w, r, http.StatusOK, "operator/providers", v)
}

// servicesWorld is the registry of services: nobody logs in with them.
const servicesWorld = "services"

// urgent is the stage of a warning from which somebody must act today or tomorrow.
const urgent = 3

func (c *Console) world(s registry.State, now time.Time) worldView {
	out := worldView{State: s, Logins: s.World != servicesWorld}
	count := func(list []registry.Warning) {
		for _, w := range list {
			if w.Stage >= urgent || w.Code == registry.WarnRefused || w.Code == registry.WarnKept {
				out.Alarms++
			}
		}
	}
	for _, source := range s.Sources {
		if source.Code != "" {
			out.Alarms++
		}
		count(source.Warnings)
	}
	for _, e := range s.Entities {
		count(e.Warnings)
		recent := c.Recent(e.EntityID, now)
		out.Entities = append(out.Entities, entityView{e, recent, recent.Troubled() && !e.Outage})
	}
	return out
}
