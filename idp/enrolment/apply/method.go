package apply

import (
	"net/http"
	"slices"

	"atrio/idp/enrolment"
	"atrio/idp/useful"
	"atrio/web"
	"atrio/web/ui"
)

// methodView is the view of "apply/method".
type methodView struct {
	ui.Errors
	useful.Foot
	Cards []card
	// None: this installation offers no way at present.
	None     bool
	Method   enrolment.Method
	Circuits []circuitView
	Circuit  string
	Limits   lifeView
	Support  string
}

// card is one way of identification. // I1
type card struct {
	Method enrolment.Method
	// Offered ways can be chosen; Why ends the key that tells why another cannot.
	Offered bool
	Why     string
	// Price and Hours are the installation's, "" for free and for always.
	Price, Hours string
}

type circuitView struct{ ID, Name, Note string }

// lifeView is what a request costs and how it ends. // I17
type lifeView struct{ Renewal, Support string }

func (h *Handler) life() lifeView {
	return lifeView{Renewal: h.Config.Renewal, Support: h.Config.SupportMail}
}

// why tells why a way cannot be chosen here; "" when it can.
func (h *Handler) why(m enrolment.Method) string {
	for _, o := range h.Config.Methods {
		switch {
		case o.Method != m:
		case m == enrolment.Point && len(h.Circuits) == 0:
			return "circuits"
		default:
			return ""
		}
	}
	return "installation"
}

// offers tells whether a way, and for a Point its partner, can be chosen. // E07
func (h *Handler) offers(m enrolment.Method, circuit string) bool {
	if !m.Known() || h.why(m) != "" {
		return false
	}
	if m != enrolment.Point {
		return circuit == ""
	}
	for _, c := range h.Circuits {
		if c.ID == circuit {
			return true
		}
	}
	return false
}

// cards describe the five ways in the order of the guide, those that can be chosen first.
func (h *Handler) cards(lang string) (list []card) {
	for _, m := range enrolment.Methods() {
		c := card{Method: m, Why: h.why(m)}
		c.Offered = c.Why == ""
		for _, o := range h.Config.Methods {
			if o.Method == m {
				c.Price, c.Hours = o.Price, o.Hours.in(lang)
			}
		}
		list = append(list, c)
	}
	slices.SortStableFunc(list, func(a, b card) int {
		switch {
		case a.Offered == b.Offered:
			return 0
		case a.Offered:
			return -1
		}
		return 1
	})
	return list
}

// method asks how the applicant wants to be identified, before any datum. // E03
func (h *Handler) method(w http.ResponseWriter, r *http.Request) error {
	d := h.find(r)
	if !d.ready() || !d.Area.Personal() {
		return web.Redirect(w, r, d.next())
	}
	return h.methodPage(w, r, http.StatusOK, d, nil)
}

func (h *Handler) methodPage(w http.ResponseWriter, r *http.Request, status int, d draft, errs ui.Errors) error {
	lang := web.Lang(r)
	v := methodView{
		Errors: errs, Foot: h.Useful.Foot(r, "method"), Cards: h.cards(lang), None: true, Method: d.Method, Circuit: d.Circuit,
		Limits: h.life(), Support: h.Config.SupportMail,
	}
	for _, c := range v.Cards {
		v.None = v.None && !c.Offered
	}
	for _, c := range h.Circuits {
		v.Circuits = append(v.Circuits, circuitView{ID: c.ID, Name: c.Name, Note: c.Note.In(lang)})
	}
	return h.Site.Page(w, r, status, "apply/method", v)
}

// saveMethod takes the way, and the partner with a Point.
func (h *Handler) saveMethod(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	d := h.find(r)
	if !d.ready() || !d.Area.Personal() {
		return web.Redirect(w, r, d.next())
	}
	d.Method, d.Circuit = enrolment.Method(f.Value("method")), ""
	if d.Method == enrolment.Point {
		d.Circuit = f.Value("circuit")
	}
	switch {
	case !d.Method.Known() || h.why(d.Method) != "":
		d.Method = ""
		f.Fail("method", "enrol.method.choose")
	case !h.offers(d.Method, d.Circuit):
		d.Circuit = ""
		f.Fail("circuit", "enrol.circuit.choose")
	}
	if !f.OK() {
		return h.methodPage(w, r, http.StatusUnprocessableEntity, d, f.Errors)
	}
	if err := h.keep(w, d); err != nil {
		return err
	}
	return web.Redirect(w, r, accountPath)
}
