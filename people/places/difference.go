package places

import (
	"cmp"
	"slices"
	"strings"
)

// Disagreement is a municipality of which directory and archive tell otherwise.
type Disagreement struct {
	Code string
	// What is "missing", "name", "province", "first" or "last".
	What string
	// Here is what the directory says, There what the archive says.
	Here, There string
}

// Disagreements compares the directory with an archive: for every code of the
// archive the last name and province, the first and the last day. Capitals,
// accents and a second name behind a hyphen or slash make no difference.
func (d *Directory) Disagreements(a *Archive) []Disagreement {
	var list []Disagreement
	for _, theirs := range a.municipalities {
		i, known := d.position(theirs.code)
		if !known {
			list = append(list, Disagreement{Code: theirs.code, What: "missing", There: theirs.periods[0].name})
			continue
		}
		ours := d.municipalities[i]
		a, b := ours.periods[len(ours.periods)-1], theirs.periods[len(theirs.periods)-1]
		for _, f := range []struct {
			what, here, there string
			same              bool
		}{
			{"name", a.name, b.name, fold(a.name) == fold(b.name) || fold(a.name) == fold(italian(b.name))},
			{"province", a.province, b.province, a.province == b.province},
			{"first", ours.first().String(), theirs.first().String(), ours.first() == theirs.first()},
			{"last", ours.last().String(), theirs.last().String(), ours.last() == theirs.last()},
		} {
			if !f.same {
				list = append(list, Disagreement{theirs.code, f.what, f.here, f.there})
			}
		}
	}
	slices.SortStableFunc(list, func(a, b Disagreement) int { return strings.Compare(a.Code, b.Code) })
	return list
}

// italian cuts off the second name that the archive puts behind some names.
func italian(name string) string {
	if i := strings.IndexAny(name, "-/"); i > 0 {
		return name[:i]
	}
	return name
}

// OtherProvinces compares the provinces over time: the days, at most one for each
// code, on which directory and archive name different ones.
func (d *Directory) OtherProvinces(a *Archive) []Disagreement {
	var list []Disagreement
	for _, theirs := range a.municipalities {
		i, known := d.position(theirs.code)
		if !known {
			continue
		}
		ours := &d.municipalities[i]
		for _, p := range theirs.periods {
			n, _ := ours.period(p.first)
			m, _ := ours.period(p.last)
			if here := cmp.Or(wrong(ours.periods[n].province, p.province), wrong(ours.periods[m].province, p.province)); here != "" {
				list = append(list, Disagreement{theirs.code, "province on " + p.first.String(), here, p.province})
				break
			}
		}
	}
	return list
}

func wrong(here, there string) string {
	if here == there {
		return ""
	}
	return here
}

// Newer gives the municipalities of which the directory knows something that
// happened after the newest line of the archive: then the archive is the older one.
func (d *Directory) Newer(a *Archive) []Place {
	var list []Place
	if a.Newest.IsZero() {
		return nil
	}
	newest := dayOf(a.Newest)
	for i := range d.municipalities {
		m := &d.municipalities[i]
		if m.first() > newest || m.last() != still && m.last() > newest {
			list = append(list, m.at(len(m.periods)-1))
		}
	}
	return list
}
