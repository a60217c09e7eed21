// Package help is what citizens read about their identity without signing in: how it is
// requested, by which ways somebody is identified, and how the credentials are used and got
// back. Each page ends with "Hai trovato utile questo contenuto?". // I15, E32
//
// The pages are long texts, one file per language; both have the same anchors and links,
// which a test holds together. What the life of an identity brings stands in account/stop,
// beside the acts that it explains.
package help

import (
	"embed"
	"net/http"
	"slices"

	"atrio/idp/account/stop"
	"atrio/idp/enrolment"
	"atrio/idp/useful"
	"atrio/web"
	"atrio/web/ui"
)

//go:embed pages texts
var files embed.FS

// Pages are the pages of this package and their texts.
func Pages() ui.Pages { return ui.Pages{Name: "help", FS: files} }

// Path is the overview.
const Path = "/help"

// topic is one page of help. Name is that of the file and of the counter.
type topic struct{ name, path string }

func topics() []topic {
	return []topic{
		{"help", Path},
		{"request", Path + "/request"},
		{"ways", Path + "/ways"},
		{"credentials", Path + "/credentials"},
	}
}

// Asking are the pages that ask whether they were useful, with those of account/stop.
func Asking() map[string]string {
	asking := map[string]string{stop.GuidePage: stop.GuidePath}
	for _, t := range topics() {
		asking[t.name] = t.path
	}
	return asking
}

// Help serves the pages.
type Help struct {
	Site   *web.Site
	Useful *useful.Counter
	// Offered are the ways of identification that can be chosen here.
	Offered []enrolment.Method
	// Support is the address to write to; may be empty.
	Support string
}

// view is what every page shows.
type view struct {
	useful.Foot
	Support string
	// Other are the ways of which the page says that they cannot be chosen here.
	Other []enrolment.Method
}

// NotHere tells whether a way cannot be chosen here.
func (v view) NotHere(way string) bool { return slices.Contains(v.Other, enrolment.Method(way)) }

// Mount gives the pages their addresses.
func (h *Help) Mount(m *web.Mux) {
	for _, t := range topics() {
		m.Get(t.path, h.page(t.name))
	}
}

func (h *Help) page(name string) web.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) error {
		v := view{Foot: h.Useful.Foot(r, name), Support: h.Support}
		for _, m := range enrolment.Methods() {
			if !slices.Contains(h.Offered, m) {
				v.Other = append(v.Other, m)
			}
		}
		return h.Site.Page(w, r, http.StatusOK, "help/"+name, v)
	}
}
