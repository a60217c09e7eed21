// Package help is the help box of the login page ("Assistenza autenticazione"): the pages
// that it leads to, one of frequent questions on credentials and one on the second
// factor, and the counter "Hai trovato utile questa informazione?". // G1.2
//
// The pages need no login and no script. A page of long text stands in one file per
// language; both have the same anchors, which a test holds together. The counter keeps
// numbers of a page and a day, nothing about who answered.
package help

import (
	"embed"
	"strings"
	"time"

	"atrio/base/ratelimit"
	"atrio/gateway/doors"
	"atrio/gateway/journey"
	"atrio/web"
	"atrio/web/ui"
)

//go:embed pages texts
var files embed.FS

// Pages are the pages of this package and their texts.
func Pages() ui.Pages { return ui.Pages{Name: "help", FS: files} }

// Help serves the pages.
type Help struct {
	Site *web.Site
	// Providers lists the SPID providers, Links are the official pages about SPID.
	Providers func() []doors.Provider
	Links     doors.SPIDLinks
	Votes     Votes
	// Keep is how many months the numbers of the counter are kept.
	Keep int
	// Limiter bounds how often one address may answer.
	Limiter *ratelimit.Limiter
	// Limit guards form posts against floods.
	Limit web.Guard
	// SupportMail is where people write who found no answer; may be empty.
	SupportMail string
	Now         func() time.Time
}

// Topic is one page of help.
type Topic struct {
	// Name is that of the page file and of the counter.
	Name, Path string
}

// Topics are all of them, in the order of the overview.
func Topics() []Topic {
	return []Topic{
		{"help", "/help"},
		{"firstaccess", "/help/first-access"},
		{"suspend", SuspendPath},
		{"credentials", "/help/credentials"},
		{"secondfactor", "/help/second-factor"},
		{"provider", "/help/provider"},
	}
}

// SuspendPath explains how to do without the second factor for a day; it is a link of the
// login page. // G4.6
const SuspendPath = "/second-factor/suspend"

// Mount gives the pages their addresses.
func (h *Help) Mount(m *web.Mux) {
	for _, t := range Topics() {
		m.Get(t.Path, h.page(t))
	}
	m.Post(votePath, h.vote, h.Limit)
	m.Get(thanksPath, h.thanks)
}

// topicOf finds a page by the name that a form sent.
func topicOf(name string) (Topic, bool) {
	for _, t := range Topics() {
		if t.Name == name {
			return t, true
		}
	}
	return Topic{}, false
}

// flowOf reads the handle of the journey from an address; one that cannot be a handle is
// dropped, so that it never comes back in a link.
func flowOf(handle string) string {
	if !journey.IsHandle(handle) {
		return ""
	}
	return handle
}

// Way adds the journey to the address of a page of ours: help never loses where somebody
// was going. // G1.4
func Way(path, flow string) string {
	if flow == "" {
		return path
	}
	path, anchor, found := strings.Cut(path, "#")
	if found {
		anchor = "#" + anchor
	}
	return path + "?flow=" + flow + anchor
}
