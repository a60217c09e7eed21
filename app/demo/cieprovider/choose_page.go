package cieprovider

import (
	"net/http"
	"strconv"

	"atrio/app/demo/simulator"
	"atrio/federation/spid"
	"atrio/web"
	"atrio/web/ui"
)

// ChooseView is the view of "cie/choose".
type ChooseView struct {
	Errors ui.Errors
	// Service is who asks, Asked the level that it asks for or higher.
	Service            string
	Asked              spid.Level
	People             []PersonView
	Person, Way        string
	Ways               []int
	Action, End, Trial string
}

// PersonView is one of the invented people.
type PersonView struct {
	Login, Name, Story string
}

func (c *CIE) choose(w http.ResponseWriter, r *http.Request, v simulator.Visit) error {
	if v.Passed {
		return c.Go(w, r, v, "consent")
	}
	return c.showChoice(w, r, v, http.StatusOK, "", strconv.Itoa(int(v.Request.Target())), nil)
}

func (c *CIE) showChoice(w http.ResponseWriter, r *http.Request, v simulator.Visit, status int, person, way string, errs ui.Errors) error {
	view := ChooseView{
		Errors: errs, Service: v.Request.DisplayNames.In(web.Lang(r)), Asked: v.Request.Target(), Person: person, Way: way, Ways: []int{1, 2, 3},
		Action: loginPath + v.ID, End: loginPath + v.ID + "/end", Trial: loginPath + v.ID + "/trial",
	}
	for _, h := range c.People {
		view.People = append(view.People, PersonView{Login: h.Login, Name: h.Name, Story: "demo.story." + h.Story})
	}
	return c.Site.Page(w, r, status, "cie/choose", view, web.Plain)
}

// chosen takes the person and the way. A way below the level that the service asks
// for is not offered by the real provider; here it may be tried, and is refused.
func (c *CIE) chosen(w http.ResponseWriter, r *http.Request, v simulator.Visit) error {
	form, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	login, way := form.Text("person", web.Max(64)), form.Text("way", web.Max(1))
	h, known := simulator.Find(c.People, login)
	if !known {
		form.Fail("person", "demo.cie.person.error")
	}
	number, err := strconv.Atoi(way)
	level := spid.Level(number)
	switch {
	case err != nil || !level.Valid():
		form.Fail("way", "demo.cie.way.error")
	case level < v.Request.Target():
		form.Fail("way", "demo.cie.way.low", "level", int(v.Request.Target()))
	case known && level > h.Level:
		form.Fail("way", "demo.cie.way.missing", "name", h.Name, "level", int(h.Level))
	}
	if !form.OK() {
		return c.showChoice(w, r, v, http.StatusUnprocessableEntity, login, way, form.Errors)
	}
	v.Person, v.Level, v.Passed = login, level, false
	c.Visits.Save(v)
	return c.Go(w, r, v, "credentials")
}
