// Package places knows where people are born: the municipalities of Italy with
// the times of their codes, names and provinces, the suppressed ones too, and the
// states of the world, past and present, with their cadastral codes.
//
// The municipalities come from the file that assets builds (places.tsv), corrected
// by the small table of facts here; an operator's newer archive of the national
// register (ANPR) takes their place. The states are a table of this package. It
// opens no file by itself and knows no page.
package places

import (
	"io/fs"
	"slices"
	"strings"
	"time"
)

// Place is a municipality or a state, as it was on one day.
type Place struct {
	// Code is the cadastral code: "A744", "Z404". It, not the name, is what to keep.
	Code string
	// Name in Italian, on the day asked for or, without one, the last.
	Name string
	// Other is the name in the second language of a municipality; of a state, in English.
	Other string
	// Province is the two letters on that day; empty for a state.
	Province string
	// First and Last are the days between which there was such a place, both of them
	// included. Zero means: for as long as anybody can have been born, and still.
	First, Last time.Time
}

// Abroad tells a state from a municipality.
func (p Place) Abroad() bool { return p.Code != "" && p.Code[0] == abroad }

// Label is the name with the province, by which Italians tell homonyms apart.
func (p Place) Label() string {
	if p.Province == "" {
		return p.Name
	}
	return p.Name + " (" + p.Province + ")"
}

// In gives the name in a language, "it" or "en".
func (p Place) In(lang string) string {
	if lang != "it" && p.Abroad() && p.Other != "" {
		return p.Other
	}
	return p.Name
}

// abroad is the letter by which the codes of states begin.
const abroad = 'Z'

// Directory finds places. It does not change and is safe for use by many. One that
// was not opened knows the states alone.
type Directory struct {
	municipalities []municipality // in the order of their codes
	index          index
	source         Source
}

// Source says where the municipalities come from, for the pages of operators.
type Source struct {
	// Imported tells an operator's archive from what comes with the program.
	Imported bool
	// Newest is the day of the newest change in the archive; zero when unknown.
	Newest time.Time
	Codes  int
}

// Built is the name of the file in the file system given to Open.
const Built = "places.tsv"

// Open reads the municipalities that come with the program; assets.FS() has them.
// Before the assets are built the error is fs.ErrNotExist.
func Open(fsys fs.FS) (*Directory, error) {
	list, err := built(fsys)
	if err != nil {
		return nil, err
	}
	return newDirectory(list, Source{}), nil
}

func newDirectory(list []municipality, source Source) *Directory {
	d := &Directory{municipalities: list, source: source}
	d.source.Codes = len(list)
	d.index = newIndex(list, stateList)
	return d
}

// Source says where the municipalities come from.
func (d *Directory) Source() Source { return d.source }

// position finds a code in municipalities.
func (d *Directory) position(code string) (i int, known bool) {
	return slices.BinarySearchFunc(d.municipalities, code, func(m municipality, code string) int { return strings.Compare(m.code, code) })
}

// Known tells whether some place has or had the code. A code that is not known
// may still be right: tables age.
func (d *Directory) Known(code string) bool {
	_, italian := d.position(code)
	return italian || stateByCode[code] != nil
}

// Find gives the place of a code as it was on a day. there is false when it was
// not there on that day; then the place is as it was last before, or first after.
// Without a day it is as it is now, or was last. An unknown code gives no Place.
func (d *Directory) Find(code string, on time.Time) (p Place, there bool) {
	if s := stateByCode[code]; s != nil {
		return s.place(), on.IsZero() || s.on(dayOf(on))
	}
	i, known := d.position(code)
	if !known {
		return Place{}, false
	}
	m := &d.municipalities[i]
	if on.IsZero() {
		return m.at(len(m.periods) - 1), true
	}
	n, there := m.period(dayOf(on))
	return m.at(n), there
}
