package apply

import (
	"net/http"

	"atrio/idp/enrolment"
	"atrio/idp/enrolment/way"
	"atrio/idp/useful"
	"atrio/web"
	"atrio/web/ui"
)

// startView is the view of "apply/start".
type startView struct {
	ui.Errors
	useful.Foot
	Areas []enrolment.Area
	Area  enrolment.Area
	// Elsewhere: the identity of this area does not come from here.
	Elsewhere bool
	// Open is where what this browser began goes on, Signed tells that somebody is
	// signed in, Method where a request goes on then.
	Open, Signed string
	Limits       lifeView
}

// start asks for the field of work. // E01
func (h *Handler) start(w http.ResponseWriter, r *http.Request) error {
	area := enrolment.Area(r.URL.Query().Get("area"))
	d := h.find(r)
	if !known(area) {
		area = d.Area
	}
	return h.startPage(w, r, http.StatusOK, d, area, nil)
}

func (h *Handler) startPage(w http.ResponseWriter, r *http.Request, status int, d draft, area enrolment.Area, errs ui.Errors) error {
	v := startView{Errors: errs, Foot: h.Useful.Foot(r, "start"), Areas: enrolment.Areas(), Area: area, Limits: h.life()}
	v.Elsewhere = known(area) && !area.Personal()
	if next := d.next(); next != way.Start {
		v.Open = next
	}
	if s := web.CurrentSession(r); s != nil {
		v.Signed = way.Request
	}
	return h.Site.Page(w, r, status, "apply/start", v)
}

// chooseArea goes on with what is for a person; other areas are told where their
// identity comes from. A new choice begins anew.
func (h *Handler) chooseArea(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	area := enrolment.Area(f.Value("area"))
	if !known(area) {
		f.Fail("area", "enrol.area.choose")
		return h.startPage(w, r, http.StatusUnprocessableEntity, h.find(r), "", f.Errors)
	}
	if !area.Personal() {
		return web.Redirect(w, r, way.Start+"?area="+string(area)+"#elsewhere")
	}
	d := h.find(r)
	d = draft{Area: area, Has: d.Has, Method: d.Method, Circuit: d.Circuit}
	if err := h.keep(w, d); err != nil {
		return err
	}
	return web.Redirect(w, r, needsPath)
}

func known(area enrolment.Area) bool {
	for _, a := range enrolment.Areas() {
		if a == area {
			return true
		}
	}
	return false
}
