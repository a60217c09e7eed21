package eidasdoor

import (
	"net/http"
	"slices"
	"strings"

	"atrio/base/fault"
	"atrio/federation/eidas"
	"atrio/gateway/doors/samldoor"
	"atrio/web"
)

// countryView is the view of "eidasdoor/country".
type countryView struct {
	Countries []countryLink
	// Back leads to the login page, Switch shows this page in the other language.
	Back string
}

type countryLink struct{ Name, URL string }

// login shows the countries, or starts for the one that was chosen. The node asks for
// the country again on a page of its own: what is chosen here only tells people early
// whether their country takes part.
func (d *Door) login(w http.ResponseWriter, r *http.Request) error {
	query, err := web.ReadQuery(r)
	if err != nil {
		return err
	}
	d.Site.SuggestLanguage(w, r, "en") // G6.2
	flow, code := query.Value("flow"), query.Value("country")
	node, ok := samldoor.First(d.Directory)
	if !ok {
		return fault.New(fault.Unavailable, "error.eidas.provider_unknown").For("eidas_provider_unknown").
			Offer("gateway.action.other", samldoor.LoginURL(flow))
	}
	if code == "" {
		return d.choose(w, r, flow)
	}
	if !slices.ContainsFunc(d.countries, func(c eidas.Country) bool { return c.Code == code }) {
		return fault.New(fault.NotFound, "error.eidas.country").For("eidas_country_unknown").
			Offer("gateway.action.retry", d.Again("", flow)).Offer("gateway.action.other", samldoor.LoginURL(flow))
	}
	return d.Start(w, r, node, flow)
}

func (d *Door) choose(w http.ResponseWriter, r *http.Request, flow string) error {
	lang := web.Lang(r)
	v := countryView{Back: samldoor.LoginURL(flow)}
	for _, c := range d.countries {
		v.Countries = append(v.Countries, countryLink{Name: c.Name(lang), URL: d.Again("", flow) + "&country=" + c.Code})
	}
	slices.SortFunc(v.Countries, func(a, b countryLink) int { return strings.Compare(a.Name, b.Name) })
	return d.Site.Page(w, r, http.StatusOK, "eidasdoor/country", v)
}
