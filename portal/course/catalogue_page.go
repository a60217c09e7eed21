package course

import (
	"net/http"

	"atrio/web"
)

// catalogueView is the page "course/catalogue".
type catalogueView struct {
	Query
	Courses   []card
	Total     int
	Areas     []string
	Languages []string
	States    []State
}

func (h *Handler) catalogue(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ReadQuery(r)
	if err != nil {
		return err
	}
	// A search never fails: what cannot be searched for finds nothing.
	v := catalogueView{Areas: Areas(), Languages: Languages(), States: States(), Query: Query{
		Text: f.Text("q", web.Max(100)), Area: f.Text("area"), Language: f.Text("language"), State: f.Text("state"),
	}}
	all, err := h.Store.Courses(r.Context())
	if err != nil {
		return err
	}
	enrolled, err := h.enrolledIn(r)
	if err != nil {
		return err
	}
	v.Total = len(all)
	v.Courses = h.cards(r, Search(all, v.Query, h.Now()), enrolled)
	return h.Site.Page(w, r, http.StatusOK, "course/catalogue", v)
}
