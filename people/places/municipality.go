package places

import "time"

// municipality is one code and what it stood for over time.
type municipality struct {
	code    string
	periods []period // in the order of time, without overlap, at least one
}

// period is a time in which nothing changed that matters to a person.
type period struct {
	first, last day
	name        string
	other       string // in the second language
	province    string
}

func (m *municipality) first() day { return m.periods[0].first }
func (m *municipality) last() day  { return m.periods[len(m.periods)-1].last }

// period is the index of the period in which the day falls. there is false when
// it falls in none; the index is then that of the period before, or the first.
// Many municipalities were abolished around 1928 and came back after the war.
func (m *municipality) period(on day) (n int, there bool) {
	for i, p := range m.periods {
		if on < p.first {
			return n, false
		}
		if n = i; on <= p.last {
			return n, true
		}
	}
	return n, false
}

func (m *municipality) at(n int) Place {
	p := m.periods[n]
	return Place{Code: m.code, Name: p.name, Other: p.other, Province: p.province, First: m.first().time(), Last: m.last().time()}
}

// everIn tells whether the municipality belonged to the province at any time:
// people name today's province, or the one of their birth.
func (m *municipality) everIn(province string) bool {
	for _, p := range m.periods {
		if p.province == province {
			return true
		}
	}
	return false
}

// Municipalities lists those of a province, by name, that were there on a day:
// the list of choices after a province was chosen. Its province of that day counts,
// and its last. Without a day, those of now.
func (d *Directory) Municipalities(province string, on time.Time) []Place {
	var list []Place
	for i := range d.municipalities {
		m := &d.municipalities[i]
		last := len(m.periods) - 1
		n, there := last, m.last() == still
		if !on.IsZero() {
			n, there = m.period(dayOf(on))
		}
		if there && (m.periods[n].province == province || m.periods[last].province == province) {
			list = append(list, m.at(n))
		}
	}
	sortByName(list)
	return list
}
