package course

import (
	"embed"
	"net/http"
	"time"

	"atrio/web"
	"atrio/web/ui"
)

//go:embed pages texts
var files embed.FS

// Pages are the pages of this package.
func Pages() ui.Pages { return ui.Pages{Name: "course", FS: files} }

// Handler serves the catalogue, the course page and the dashboard.
type Handler struct {
	Site  *web.Site
	Store Store
	Now   func() time.Time
	// Complete is the guard of pages for learners: signed in, first entry finished.
	Complete web.Guard
}

// Mount names the addresses.
func (h *Handler) Mount(m *web.Mux) {
	m.Get("/{$}", h.home)
	m.Get("/courses", h.catalogue)
	m.Get("/courses/{id}", h.course)
	m.Post("/courses/{id}/enrol", h.enrol, h.Complete)
	m.Get("/courses/{id}/unenrol", h.askUnenrol, h.Complete)
	m.Post("/courses/{id}/unenrol", h.unenrol, h.Complete)
	// Who presses "Iscriviti" without a session is led to the login and back to
	// the course: a GET of the same address must not be a dead end.
	m.Get("/courses/{id}/enrol", h.backToCourse)
	m.Get("/dashboard", h.dashboard, h.Complete)
}

// card is a course as lists show it.
type card struct {
	Course
	State    State
	Enrolled bool
	Lang     string // of the page
}

func (h *Handler) cards(r *http.Request, list []Course, enrolled map[string]time.Time) []card {
	var out []card
	for _, c := range list {
		_, in := enrolled[c.ID]
		out = append(out, card{Course: c, State: c.StateOn(h.Now()), Enrolled: in, Lang: web.Lang(r)})
	}
	return out
}

// enrolledIn maps course to enrolment date for the signed-in person.
func (h *Handler) enrolledIn(r *http.Request) (map[string]time.Time, error) {
	in := map[string]time.Time{}
	session := web.CurrentSession(r)
	if session == nil {
		return in, nil
	}
	list, err := h.Store.Enrolments(r.Context(), session.Subject)
	for _, e := range list {
		in[e.CourseID] = e.EnrolledAt
	}
	return in, err
}

// homeView is the page "course/home".
type homeView struct {
	Courses  []card
	SignedIn bool
}

func (h *Handler) home(w http.ResponseWriter, r *http.Request) error {
	all, err := h.Store.Courses(r.Context())
	if err != nil {
		return err
	}
	open := Search(all, Query{State: string(Open)}, h.Now())
	return h.Site.Page(w, r, http.StatusOK, "course/home",
		homeView{Courses: h.cards(r, open[:min(3, len(open))], nil), SignedIn: web.CurrentSession(r) != nil})
}

// dashboardView is the page "course/dashboard".
type dashboardView struct{ Courses []card }

func (h *Handler) dashboard(w http.ResponseWriter, r *http.Request) error {
	enrolled, err := h.enrolledIn(r)
	if err != nil {
		return err
	}
	all, err := h.Store.Courses(r.Context())
	if err != nil {
		return err
	}
	var mine []Course
	for _, c := range all {
		if _, in := enrolled[c.ID]; in {
			mine = append(mine, c)
		}
	}
	return h.Site.Page(w, r, http.StatusOK, "course/dashboard", dashboardView{h.cards(r, mine, enrolled)})
}
