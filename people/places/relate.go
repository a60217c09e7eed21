package places

import (
	"slices"
	"time"

	"atrio/people/codicefiscale"
)

var _ codicefiscale.Places = (*Directory)(nil)

// Relate tells how the place in a codice fiscale stands to the one that a person
// states; it makes a Directory codicefiscale.Places. Issued codes are known to
// carry the other code of a state, a state that came before or after, and the
// code that a municipality had at another time.
func (d *Directory) Relate(stated, coded string, born time.Time) codicefiscale.Kind {
	switch {
	case stated == coded:
		return ""
	case !d.Known(coded):
		return codicefiscale.Unknown
	}
	from, to := stateByCode[stated], stateByCode[coded]
	switch {
	case from != nil && to != nil:
		return relateStates(from.current(), to.current())
	case to != nil:
		return d.relateLost(stated, to.current())
	case from == nil && d.sameElsewhen(stated, coded):
		return codicefiscale.OtherPeriod
	}
	return codicefiscale.Differs
}

func relateStates(a, b *state) codicefiscale.Kind {
	switch {
	case a == b:
		return ""
	case slices.Contains(a.successors, b.Code), slices.Contains(b.successors, a.Code):
		return codicefiscale.Successor
	}
	return codicefiscale.Differs
}

// current is the state under the code that is used today.
func (s *state) current() *state {
	if s.sameAs == "" {
		return s
	}
	return stateByCode[s.sameAs]
}

// Days after which municipalities belonged to other states: the treaty of Paris,
// and the one of Osimo.
const (
	paris day = 19470915
	osimo day = 19770403
)

// relateLost is about municipalities that Italy lost after the war: somebody born
// there may have the code of the state that it fell to, or of one after that.
func (d *Directory) relateLost(stated string, coded *state) codicefiscale.Kind {
	i, known := d.position(stated)
	if !known {
		return codicefiscale.Differs
	}
	m := &d.municipalities[i]
	if m.last() != paris && m.last() != osimo {
		return codicefiscale.Differs
	}
	heirs := []string{"Z118", "Z149", "Z150"} // Yugoslavia, Croatia, Slovenia
	switch m.periods[len(m.periods)-1].province {
	case "CN", "TO", "IM":
		heirs = []string{"Z110"} // France: Briga and Tenda
	}
	if slices.Contains(heirs, coded.Code) {
		return codicefiscale.Successor
	}
	return codicefiscale.Differs
}

// sameElsewhen tells whether two codes stand for municipalities of one name in
// one province, at different times: Bellagio before and after 2014.
func (d *Directory) sameElsewhen(a, b string) bool {
	i, known := d.position(a)
	j, too := d.position(b)
	if !known || !too {
		return false
	}
	m, n := &d.municipalities[i], &d.municipalities[j]
	if m.first() <= n.last() && n.first() <= m.last() {
		return false
	}
	for _, p := range m.periods {
		for _, q := range n.periods {
			if fold(p.name) == fold(q.name) && n.everIn(p.province) {
				return true
			}
		}
	}
	return false
}
