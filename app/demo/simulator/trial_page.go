package simulator

import (
	"net/http"
	"strconv"

	"atrio/base/fault"
	"atrio/federation/spid"
	"atrio/web"
)

// TrialView is the view of "trial/trial": outcomes that a person does not choose and
// whoever tests a gateway needs.
type TrialView struct {
	Words   string
	Service string
	Codes   []CodeView
	Spoilts []SpoiltView
	Manners bool
	Manner  Manner
	// Holder is about whom a spoilt answer speaks.
	Holder                   string
	End, Spoil, MannerAction string
	Back                     string
}

// CodeView is an anomaly to end the login with.
type CodeView struct {
	Code int
	Key  string
}

// SpoiltView is a wrong answer; Off when it cannot be made yet.
type SpoiltView struct {
	ID  string
	Off bool
}

func (p *Provider) trial(w http.ResponseWriter, r *http.Request, v Visit) error {
	view := TrialView{
		Words: p.Words, Service: v.Request.DisplayNames.In(web.Lang(r)), Manners: p.Manners, Manner: v.Manner, Holder: p.subject(v).Written(),
		End: p.page(v, "end"), Spoil: p.page(v, "spoil"), MannerAction: p.page(v, "manner"), Back: p.page(v, p.stand(v)),
	}
	for _, code := range p.Codes {
		row, _ := spid.LookupAnomaly(code) // a test sees to it that all are in the table
		view.Codes = append(view.Codes, CodeView{Code: code, Key: row.Key})
	}
	for _, s := range Spoilts() {
		view.Spoilts = append(view.Spoilts, SpoiltView{ID: s.ID, Off: s.ID == used && p.last(v.Request.Service) == nil})
	}
	return p.Site.Page(w, r, http.StatusOK, "trial/trial", view, web.Plain)
}

// stand is the page at which a login stands.
func (p *Provider) stand(v Visit) string {
	if v.Passed {
		return "consent"
	}
	return ""
}

// subject is the person of the login, or the first one.
func (p *Provider) subject(v Visit) Holder {
	if h, ok := Find(p.People, v.Person); ok {
		return h
	}
	return p.People[0]
}

// end ends a login with an anomaly of the scheme.
func (p *Provider) end(w http.ResponseWriter, r *http.Request, v Visit) error {
	form, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	code, err := strconv.Atoi(form.Value("code"))
	if err != nil || !p.reports(code) {
		return fault.New(fault.Invalid, "error.form").For("demo_code")
	}
	return p.Finish(w, r, v, code)
}

// Finish ends a login with an anomaly, once.
func (p *Provider) Finish(w http.ResponseWriter, r *http.Request, v Visit, code int) error {
	if !p.Visits.End(v.ID) {
		return errEnded
	}
	return p.refuse(w, r, &v.Request, code)
}

// spoil sends a wrong answer.
func (p *Provider) spoil(w http.ResponseWriter, r *http.Request, v Visit) error {
	form, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	s, ok := spoilt(form.Value("kind"))
	if !ok || s.ID == used && p.last(v.Request.Service) == nil {
		return fault.New(fault.Invalid, "error.form").For("demo_spoilt")
	}
	if !v.Passed {
		v.Level = v.Request.Target()
	}
	document, err := p.wrong(v, p.subject(v), s)
	if err != nil {
		return err
	}
	if !p.Visits.End(v.ID) {
		return errEnded
	}
	return p.post(w, r, &v.Request, document)
}

// manner takes the liberties for the answer to come.
func (p *Provider) manner(w http.ResponseWriter, r *http.Request, v Visit) error {
	form, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	if !p.Manners {
		return fault.New(fault.Invalid, "error.form").For("demo_manner")
	}
	v.Manner = Manner{IssuerFormat: form.Value("issuer_format") != "", HighestClass: form.Value("highest_class") != ""}
	p.Visits.Save(v)
	return p.Go(w, r, v, p.stand(v))
}
