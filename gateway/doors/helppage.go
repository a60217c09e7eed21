package doors

import (
	"math/rand/v2"
	"net/http"
	"net/url"

	"atrio/web"
)

// notYetView is the view of "doors/notyet".
type notYetView struct {
	Name string
	Ways []Way
	Back string
}

// notYet shows what is not available yet and what to use instead.
func (d *Doors) notYet(n NotYet) web.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) error {
		flow := flowOf(r)
		return d.Site.Page(w, r, http.StatusOK, "doors/notyet",
			notYetView{Name: n.Name, Ways: withAll(n.Ways, flow), Back: with("/login", flow)})
	}
}

// helpView is the view of the help pages.
type helpView struct {
	// Login leads back to the login page, with its journey.
	Login string
	// Flow is added to links between help pages.
	Flow string
	// Providers are named on the page that helps to find one's own; Chosen is the one
	// that the person comes from, nil when nobody knows.
	Providers []providerHelp
	Chosen    *providerHelp
	Links     SPIDLinks
	Support   string
}

// help shows a help page: a long text per language. // G1.2
func (d *Doors) help(page string) web.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) error {
		flow := flowOf(r)
		v := helpView{Login: with("/login", flow), Flow: flow, Links: d.Links, Support: d.SupportMail}
		v.Providers, v.Chosen = d.providerHelps(r, flow)
		return d.Site.Page(w, r, http.StatusOK, "doors/"+page, v)
	}
}

// providerHelp is a provider on the page that helps to find one's own.
type providerHelp struct {
	Name string
	// Site is the provider's own, in the language of the page when it has one; "" when
	// its metadata name none. Enter starts a login there.
	Site, Enter string
}

// providerHelps lists the providers in random order, as the button does, and finds the
// one that the address names. // SPID-RT registro
func (d *Doors) providerHelps(r *http.Request, flow string) (all []providerHelp, chosen *providerHelp) {
	wanted := r.URL.Query().Get("idp")
	for _, p := range d.Providers() {
		h := providerHelp{
			Name: p.Name, Site: p.Sites.In(web.Lang(r)),
			Enter: with("/spid/login?idp="+url.QueryEscape(p.EntityID), flow),
		}
		if p.EntityID == wanted {
			chosen = &h
		}
		all = append(all, h)
	}
	rand.Shuffle(len(all), func(i, k int) { all[i], all[k] = all[k], all[i] })
	return all, chosen
}
