package helpdesk

import (
	"maps"
	"net/http"
	"slices"
	"time"

	"atrio/gateway/account"
)

// Sight is whom a clerk finds. A clerk of a unit finds the people of that unit, and those
// who are of no unit that has a clerk: nobody is without help. What is out of sight and
// what does not exist look the same. // G5.4
type Sight struct {
	// Unit narrows it; "" finds everybody.
	Unit string
	// Units are those that have a clerk.
	Units []string
	// Now is when they look: an affiliation that is over counts no more.
	Now time.Time
}

// Narrow tells whether there is anybody whom it does not find.
func (s Sight) Narrow() bool { return s.Unit != "" }

// units of the members, each once.
func units(members map[account.Code]Member) []string {
	var list []string
	for _, m := range members {
		if m.Unit != "" {
			list = append(list, m.Unit)
		}
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// Sight is whom the clerk of this session finds.
func (h *Helpdesk) Sight(r *http.Request) Sight {
	m, _ := h.Member(r)
	return Sight{Unit: m.Unit, Units: units(h.Members), Now: h.Site.Now()}
}

// Colleagues are the members of the desk, by their Codice Persona.
func (h *Helpdesk) Colleagues() []account.Code { return slices.Sorted(maps.Keys(h.Members)) }

// assign puts a person into a unit, or takes them out of one. It says who may help them,
// so only a supervisor does it, and units are those that have a clerk.
func (h *Helpdesk) assign(w http.ResponseWriter, r *http.Request) error {
	f, pass, id, err := h.about(r)
	if err != nil {
		return err
	}
	if err := h.needs(r, rules[Assign].Role); err != nil {
		return err
	}
	a := h.act(r, f, id)
	a.Deed, a.Other = Assign, f.Choice("unit", units(h.Members)...)
	if f.Value("answer") == "remove" {
		a.Deed = Release
	}
	if !f.OK() {
		return h.showPerson(w, r, http.StatusUnprocessableEntity, pass, id, f.Errors)
	}
	return h.carryOut(w, r, a, rules[a.Deed])
}
