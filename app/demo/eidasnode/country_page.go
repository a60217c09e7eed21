package eidasnode

import (
	"net/http"
	"net/url"

	"atrio/app/demo/simulator"
	"atrio/web"
)

// CountriesView is the view of "eidas/countries".
type CountriesView struct {
	// Service is who asks, Asked the word of the level that it asks for.
	Service, Asked string
	Countries      []CountryView
	End, Trial     string
}

// CountryView is a country with the address of its page.
type CountryView struct {
	Country
	URL string
}

func (n *Node) countries(w http.ResponseWriter, r *http.Request, v simulator.Visit) error {
	if v.Passed {
		return n.Go(w, r, v, "consent")
	}
	at := loginPath + v.ID
	view := CountriesView{
		Service: v.Request.DisplayNames.In(web.Lang(r)), Asked: words[v.Request.Target()], End: at + "/end", Trial: at + "/trial",
	}
	for _, c := range Countries() {
		view.Countries = append(view.Countries, CountryView{c, at + "/person?" + url.Values{"country": {c.Code}}.Encode()})
	}
	return n.Site.Page(w, r, http.StatusOK, "eidas/countries", view, web.Plain)
}
