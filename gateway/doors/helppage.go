package doors

import (
	"net/http"

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
	// Providers are named on the page that helps to find one's own, each with the
	// address to try it.
	Providers []providerView
	Links     SPIDLinks
	Support   string
}

// help shows a help page: a long text per language. // G1.2
func (d *Doors) help(page string) web.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) error {
		flow := flowOf(r)
		providers, _ := d.providers(r, flow)
		return d.Site.Page(w, r, http.StatusOK, "doors/"+page, helpView{
			Login: with("/login", flow), Flow: flow, Providers: providers, Links: d.Links, Support: d.SupportMail,
		})
	}
}
