package help

import (
	"math/rand/v2"
	"net/http"
	"net/url"

	"atrio/web"
)

// pageView is the view of every page of help.
type pageView struct {
	// Topic is the name of the page, Flow the journey of who reads it.
	Topic, Flow string
	// Providers are named on the page that helps to find one's own; Chosen is the one
	// that the person comes from, nil when nobody knows.
	Providers []providerView
	Chosen    *providerView
	SPID      string
	Support   string
	// Found is how many people found the page useful.
	Found int
}

// To is the address of another page, with the journey.
func (v pageView) To(path string) string { return Way(path, v.Flow) }

// page shows a page of help: a long text per language. // G1.2
func (h *Help) page(t Topic) web.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) error {
		flow := flowOf(r.URL.Query().Get("flow"))
		v := pageView{Topic: t.Name, Flow: flow, SPID: h.Links.Get, Support: h.SupportMail}
		v.Providers, v.Chosen = h.providers(r, flow)
		// Help is read when something is wrong: without its number it is a page all the same.
		v.Found, _ = h.Votes.FoundUseful(r.Context(), t.Name)
		return h.Site.Page(w, r, http.StatusOK, "help/"+t.Name, v)
	}
}

// providerView is a provider on the page that helps to find one's own.
type providerView struct {
	Name string
	// Site is the provider's own, in the language of the page when it has one; "" when
	// its metadata name none. Enter starts a login there.
	Site, Enter string
}

// providers lists the providers in random order, as the button does, and finds the one
// that the address names. // SPID-RT registro
func (h *Help) providers(r *http.Request, flow string) (all []providerView, chosen *providerView) {
	wanted := r.URL.Query().Get("idp")
	for _, p := range h.Providers() {
		enter := url.Values{"idp": {p.EntityID}}
		if flow != "" {
			enter.Set("flow", flow)
		}
		one := providerView{Name: p.Name, Site: p.Sites.In(web.Lang(r)), Enter: "/spid/login?" + enter.Encode()}
		if p.EntityID == wanted {
			chosen = &one
		}
		all = append(all, one)
	}
	rand.Shuffle(len(all), func(i, k int) { all[i], all[k] = all[k], all[i] })
	return all, chosen
}
