package course

import (
	"net/http"
	"net/url"
	"strings"
	"time"

	"atrio/base/fault"
	"atrio/web"
)

// courseView is the pages "course/course" and "course/unenrol".
type courseView struct {
	card
	Paragraphs []string
	EnrolledAt time.Time
	SignedIn   bool
}

func (h *Handler) load(r *http.Request) (courseView, error) {
	notFound := fault.New(fault.NotFound, "course.not_found").For("course_unknown").Offer("course.not_found.catalogue", "/courses")
	id := r.PathValue("id")
	if !validID(id) { // not every database can be asked for any bytes
		return courseView{}, notFound
	}
	c, err := h.Store.Course(r.Context(), id)
	switch {
	case fault.Is(err, fault.NotFound):
		return courseView{}, notFound.Because(err)
	case err != nil:
		return courseView{}, err
	}
	enrolled, err := h.enrolledIn(r)
	if err != nil {
		return courseView{}, err
	}
	v := courseView{card: h.cards(r, []Course{c}, enrolled)[0], EnrolledAt: enrolled[c.ID], SignedIn: web.CurrentSession(r) != nil}
	v.Paragraphs = strings.Split(strings.TrimSpace(c.About.In(v.Lang)), "\n\n")
	return v, nil
}

func (h *Handler) course(w http.ResponseWriter, r *http.Request) error {
	v, err := h.load(r)
	if err != nil {
		return err
	}
	return h.Site.Page(w, r, http.StatusOK, "course/course", v)
}

func (h *Handler) backToCourse(w http.ResponseWriter, r *http.Request) error {
	return web.Redirect(w, r, "/courses/"+url.PathEscape(r.PathValue("id")))
}

func (h *Handler) enrol(w http.ResponseWriter, r *http.Request) error {
	v, err := h.load(r)
	if err != nil {
		return err
	}
	if v.State == Ended {
		return fault.New(fault.Conflict, "course.ended").For("course_ended").Offer("course.not_found.catalogue", "/courses")
	}
	if err := h.Store.Enrol(r.Context(), web.CurrentSession(r).Subject, v.ID, h.Now()); err != nil {
		return err
	}
	h.Site.Notice(w, "course.notice.enrolled")
	return h.backToCourse(w, r)
}

func (h *Handler) askUnenrol(w http.ResponseWriter, r *http.Request) error {
	v, err := h.load(r)
	if err != nil {
		return err
	}
	if !v.Enrolled {
		return h.backToCourse(w, r)
	}
	return h.Site.Page(w, r, http.StatusOK, "course/unenrol", v)
}

func (h *Handler) unenrol(w http.ResponseWriter, r *http.Request) error {
	v, err := h.load(r)
	if err != nil {
		return err
	}
	if err := h.Store.Unenrol(r.Context(), web.CurrentSession(r).Subject, v.ID, h.Now()); err != nil {
		return err
	}
	h.Site.Notice(w, "course.notice.unenrolled")
	return web.Redirect(w, r, "/dashboard")
}
