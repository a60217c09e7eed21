package civil

import (
	"regexp"
	"slices"
	"strings"
	"time"
)

// Italy stands for Italy among the states; all others have codes of their own.
const Italy = "IT"

// Town is a municipality of Italy.
type Town struct {
	// Code is its code in the land register (Belfiore), Name as lists show it.
	Code, Name string
	// Other is its name in a second language, "" where it has one only.
	Other string
	// Province are the letters of the province on the day that was asked for.
	Province string
	// Until is the last day of a municipality that was suppressed.
	Until time.Time
}

// Option is an entry of a list: a state, a citizenship, a province.
type Option struct{ Code, Name string }

// Lookup finds municipalities; *Gazetteer does.
type Lookup interface {
	IsProvince(letters string) bool
	// Town is a municipality by its code, if it existed on that day.
	Town(code string, at time.Time) (Town, bool)
	// Towns finds by the whole name, without regard to case and accents, what existed on
	// that day; the province, then or now, narrows the list, "" does not.
	Towns(name, province string, at time.Time) []Town
	// TownsOf lists the municipalities of a province, then or now.
	TownsOf(province string, at time.Time) []Town
	// Suggest lists those whose names begin like that, at most a dozen.
	Suggest(beginning string, at time.Time) []Town
}

// Choose finds the one municipality that is meant: by the code of a list, or by name
// and province, as it was on that day. Today's province is as good as that of then.
// // G3.2
func Choose(p Lookup, code, name, province string, at time.Time) (Town, Wrong) {
	if code != "" { // chosen from a list: it counts more than what was typed before
		if t, ok := p.Town(code, at); ok {
			return t, ""
		}
	}
	if province != "" && !p.IsProvince(province) {
		return Town{}, ProvinceUnknown
	}
	if name == "" {
		return Town{}, TownMissing
	}
	switch found := p.Towns(name, province, at); len(found) {
	case 0:
		return Town{}, TownUnknown
	case 1:
		return found[0], ""
	}
	return Town{}, TownSeveral
}

// Choices are the municipalities that somebody may have meant.
func Choices(p Lookup, name, province string, at time.Time) []Town {
	if name != "" {
		if found := p.Towns(name, province, at); len(found) > 0 {
			return found
		}
		if found := p.Suggest(name, at); len(found) > 0 {
			return found
		}
	}
	if province == "" {
		return nil
	}
	return p.TownsOf(province, at)
}

// Options writes municipalities as list entries, with the province where the list has
// several.
func Options(towns []Town) []Option {
	several := slices.ContainsFunc(towns, func(t Town) bool { return t.Province != towns[0].Province })
	out := make([]Option, 0, len(towns))
	for _, t := range towns {
		out = append(out, Option{Code: t.Code, Name: Label(t, several)})
	}
	return out
}

// italianMonths as the lists of municipalities write them, in both languages: they are
// names of Italian places.
var italianMonths = [...]string{"gen", "feb", "mar", "apr", "mag", "giu", "lug", "ago", "set", "ott", "nov", "dic"}

// Label is the name in a list; a suppressed municipality says until when it existed:
// "BELLAGIO (soppresso il 03/feb/2014)". // G3.2
func Label(t Town, province bool) string {
	name := t.Name
	if province {
		name += " (" + t.Province + ")"
	}
	if !t.Until.IsZero() {
		name += " (soppresso il " + t.Until.Format("02/") + italianMonths[t.Until.Month()-1] + t.Until.Format("/2006") + ")"
	}
	return name
}

// labelled is an entry of the list as Label writes it.
var labelled = regexp.MustCompile(`^(.+?) \(([A-Z]{2})\)(?: \(soppresso il [^)]*\))?$`)

// Picked takes apart what somebody chose: an entry of the list of suggestions stands in
// the field with its province; an entry of the list of the page is a code.
func Picked(town, province, code string) (string, string, string) {
	if m := labelled.FindStringSubmatch(town); m != nil {
		return m[1], m[2], ""
	}
	return town, strings.ToUpper(province), strings.ToUpper(code)
}
