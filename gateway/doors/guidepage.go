package doors

import (
	"net/http"
	"net/url"
	"slices"

	"atrio/web"
	"atrio/web/ui"
)

// guideView is the view of "doors/guide": one question.
type guideView struct {
	ui.Errors
	Question     string
	Choices      []string
	Place, Total int
	// Given are the answers so far, carried as hidden fields.
	Given []Given
	// Back is the question before; empty at the first.
	Back, Login, Flow string
}

// Given is one answer of the guide.
type Given struct{ Name, Value string }

// outcomeView is the view of "doors/outcome".
type outcomeView struct {
	Name         string
	First        bool
	Doors        []Way
	Steps        []string
	Given        []Given
	Again, Login string
}

// guide asks the next question or shows the outcome. Its whole state is the query
// string: it can be reloaded, gone back in, and bookmarked. // G1.5
func (d *Doors) guide(w http.ResponseWriter, r *http.Request) error {
	query, err := web.ReadQuery(r)
	if err != nil {
		return err
	}
	answers, flow := ReadAnswers(r.URL.Query()), flowOf(r)
	q, place, open := answers.Next()
	if !open {
		o := Decide(answers, d.Declaring == nil || d.Declaring())
		return d.Site.Page(w, r, http.StatusOK, "doors/outcome", outcomeView{
			Name: o.Name, First: o.First, Doors: withAll(d.opened(o.Doors), flow), Steps: o.Steps, Given: answers.list(),
			Again: with("/guide", flow), Login: with("/login", flow),
		})
	}
	v := guideView{
		Question: q.Name, Choices: q.Choices, Place: place, Total: len(Questions()),
		Given: answers.list(), Flow: flow, Login: with("/login", flow),
	}
	if place > 1 {
		v.Back = with("/guide?"+answers.before(place-1), flow)
	}
	if query.Value("asked") == q.Name {
		v.Errors = ui.Errors{{Field: q.Name, Key: "doors.guide.missing"}}
	}
	return d.Site.Page(w, r, http.StatusOK, "doors/guide", v)
}

// opened leaves the ways whose doors are open here; that of SPID always is.
func (d *Doors) opened(ways []Way) []Way {
	return slices.DeleteFunc(ways, func(w Way) bool { return w == wayCIE() && !d.CIE.Open || w == wayEIDAS() && !d.EIDAS.Open })
}

// list gives the answers in the order of the questions.
func (a Answers) list() []Given {
	var out []Given
	for _, q := range Questions() {
		if v := a[q.Name]; v != "" {
			out = append(out, Given{q.Name, v})
		}
	}
	return out
}

// before is the query with the answers to the questions before a place.
func (a Answers) before(place int) string {
	q := url.Values{}
	for i, question := range Questions() {
		if v := a[question.Name]; v != "" && i+1 < place {
			q.Set(question.Name, v)
		}
	}
	return q.Encode()
}
