package simulator

import (
	"cmp"
	"net/http"

	"atrio/federation/spid"
	"atrio/web"
	"atrio/web/ui"
)

// ConsentView is the view of "simulator/consent".
type ConsentView struct {
	// Words begins the keys of the scheme's texts.
	Words string
	// Service is who asked, Holder who signed in.
	Service, Holder string
	Data            []Datum
	// Action takes the decision, End the cancellation, Trial leads to other outcomes.
	Action, End, Trial string
}

// Datum is one attribute with the very value that will be sent.
type Datum struct{ Key, Kind, Value string }

// kinds are the attributes whose values are codes.
var kinds = map[string]string{
	"fiscalNumber": ui.FiscalCodeDatum, "dateOfBirth": ui.DateDatum, "gender": ui.SexDatum,
}

// consent shows what will be sent. The page stays good for two days, so that an
// answer can be held: the clock of the demonstration moves, and then it is sent.
func (p *Provider) consent(w http.ResponseWriter, r *http.Request, v Visit) error {
	h, ok := Find(p.People, v.Person)
	if !ok || !v.Passed {
		return p.Go(w, r, v, "")
	}
	view := ConsentView{
		Words: p.Words, Service: v.Request.DisplayNames.In(web.Lang(r)), Holder: h.Written(),
		Action: p.page(v, "consent"), End: p.page(v, "end"), Trial: p.page(v, "trial"),
	}
	for _, row := range spid.Attributes() {
		if value := h.Attributes[row.Name]; value != "" && asks(v, row.Name) {
			view.Data = append(view.Data, Datum{Key: cmp.Or(p.Labels[row.Name], row.Key), Kind: kinds[row.Name], Value: value})
		}
	}
	return p.Site.Page(w, r, http.StatusOK, "simulator/consent", view, web.Plain)
}

func asks(v Visit, name string) bool {
	for _, wanted := range v.Request.Attributes {
		if wanted == name {
			return true
		}
	}
	return false
}

// decide takes "yes" or "no"; anything else is no decision.
func (p *Provider) decide(w http.ResponseWriter, r *http.Request, v Visit) error {
	form, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	h, ok := Find(p.People, v.Person)
	if !ok || !v.Passed {
		return p.Go(w, r, v, "")
	}
	switch form.Value("consent") {
	case "yes":
		return p.agree(w, r, v, h)
	case "no":
		return p.Finish(w, r, v, 22)
	}
	return p.Go(w, r, v, "consent")
}
