package eidasnode

import (
	"net/http"
	"net/url"

	"atrio/app/demo/simulator"
	"atrio/base/fault"
	"atrio/federation/spid"
	"atrio/web"
	"atrio/web/ui"
)

// PeopleView is the view of "eidas/person": the page of the other country.
type PeopleView struct {
	Errors                   ui.Errors
	Country                  Country
	Asked                    string
	People                   []PersonView
	Levels                   []string
	Person, Level            string
	Action, Back, End, Trial string
}

// PersonView is one of the people of the country.
type PersonView struct {
	Login, Name, Latin, Lang, Story, Level string
}

func (n *Node) people(w http.ResponseWriter, r *http.Request, v simulator.Visit) error {
	query, err := web.ReadQuery(r)
	if err != nil {
		return err
	}
	country, ok := lookup(query.Value("country"))
	switch {
	case !ok:
		return fault.New(fault.NotFound, "error.not_found").For("demo_country").Offer("demo.eidas.other", loginPath+v.ID)
	case v.Passed:
		return n.Go(w, r, v, "consent")
	}
	return n.showPeople(w, r, v, http.StatusOK, PeopleView{Country: country, Level: words[v.Request.Target()]})
}

func (n *Node) showPeople(w http.ResponseWriter, r *http.Request, v simulator.Visit, status int, view PeopleView) error {
	at := loginPath + v.ID
	view.Asked, view.Levels = words[v.Request.Target()], []string{words[spid.L1], words[spid.L2], words[spid.L3]}
	view.Action = at + "/person?" + url.Values{"country": {view.Country.Code}}.Encode()
	view.Back, view.End, view.Trial = at, at+"/end", at+"/trial"
	for _, h := range n.People {
		if h.Country == view.Country.Code {
			view.People = append(view.People, PersonView{h.Login, h.Name, h.Latin, h.Lang, "demo.story." + h.Story, words[h.Level]})
		}
	}
	return n.Site.Page(w, r, status, "eidas/person", view, web.Plain)
}

// chosen takes the person and the level that the other country states.
func (n *Node) chosen(w http.ResponseWriter, r *http.Request, v simulator.Visit) error {
	query, err := web.ReadQuery(r)
	if err != nil {
		return err
	}
	form, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	country, ok := lookup(query.Value("country"))
	if !ok {
		return fault.New(fault.NotFound, "error.not_found").For("demo_country").Offer("demo.eidas.other", loginPath+v.ID)
	}
	view := PeopleView{Country: country, Person: form.Text("person", web.Max(64)), Level: form.Text("level", web.Max(16))}
	h, known := simulator.Find(n.People, view.Person)
	known = known && h.Country == country.Code
	if !known {
		form.Fail("person", "demo.eidas.person.error")
	}
	level := ofWord(view.Level)
	switch {
	case level == 0:
		form.Fail("level", "demo.eidas.level.error")
	case known && level > h.Level:
		form.Fail("level", "demo.eidas.level.missing", "name", h.Written())
	case level < v.Request.Target():
		form.Fail("level", "demo.eidas.level.below")
	}
	if !form.OK() {
		view.Errors = form.Errors
		return n.showPeople(w, r, v, http.StatusUnprocessableEntity, view)
	}
	v.Person, v.Level, v.Passed = view.Person, level, true
	n.Visits.Save(v)
	return n.Go(w, r, v, "consent")
}
