package apply

import (
	"net/http"

	"atrio/idp/enrolment/way"
	"atrio/idp/useful"
	"atrio/web"
	"atrio/web/ui"
)

// questions are what a request needs, each asked before anything else. // E02
func questions() []string { return []string{"mailbox", "phone", "document"} }

// needsView is the view of "apply/needs".
type needsView struct {
	ui.Errors
	useful.Foot
	Questions []string
	Has       map[string]string
	// Missing are the questions that were answered with no.
	Missing []string
}

func (h *Handler) needs(w http.ResponseWriter, r *http.Request) error {
	d := h.find(r)
	if !d.Area.Personal() {
		return web.Redirect(w, r, way.Start)
	}
	return h.needsPage(w, r, http.StatusOK, d, nil)
}

func (h *Handler) needsPage(w http.ResponseWriter, r *http.Request, status int, d draft, errs ui.Errors) error {
	v := needsView{Errors: errs, Foot: h.Useful.Foot(r, "needs"), Questions: questions(), Has: d.Has}
	for _, q := range questions() {
		if d.Has[q] == "no" {
			v.Missing = append(v.Missing, q)
		}
	}
	return h.Site.Page(w, r, status, "apply/needs", v)
}

// saveNeeds takes the answers. A no is an answer: the page then names what to get and
// which other road there is.
func (h *Handler) saveNeeds(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	d := h.find(r)
	if !d.Area.Personal() {
		return web.Redirect(w, r, way.Start)
	}
	d.Has = map[string]string{}
	for _, q := range questions() {
		switch answer := f.Value(q); answer {
		case "yes", "no":
			d.Has[q] = answer
		default:
			f.Fail(q, "enrol.needs.answer")
		}
	}
	if !f.OK() {
		return h.needsPage(w, r, http.StatusUnprocessableEntity, d, f.Errors)
	}
	if err := h.keep(w, d); err != nil {
		return err
	}
	if d.ready() {
		return web.Redirect(w, r, methodPath)
	}
	return web.Redirect(w, r, needsPath)
}
