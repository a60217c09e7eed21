package wizard

import (
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"

	"atrio/gateway/registration/draft"
	"atrio/web"
)

// choices are the municipalities that somebody may have meant.
func (z *Wizard) choices(name, province string, at time.Time) []draft.Town {
	if name != "" {
		if found := z.Places.Towns(name, province, at); len(found) > 0 {
			return found
		}
		if found := z.Places.Suggest(name, at); len(found) > 0 {
			return found
		}
	}
	if province == "" {
		return nil
	}
	return z.Places.TownsOf(province, at)
}

// options writes municipalities as list entries, with the province where the list has
// several.
func options(towns []draft.Town) []draft.Option {
	several := slices.ContainsFunc(towns, func(t draft.Town) bool { return t.Province != towns[0].Province })
	out := make([]draft.Option, 0, len(towns))
	for _, t := range towns {
		out = append(out, draft.Option{Code: t.Code, Name: label(t, several)})
	}
	return out
}

// italianMonths as the lists of municipalities write them, in both languages: they are
// names of Italian places.
var italianMonths = [...]string{"gen", "feb", "mar", "apr", "mag", "giu", "lug", "ago", "set", "ott", "nov", "dic"}

// label is the name in a list; a suppressed municipality says until when it existed:
// "BELLAGIO (soppresso il 03/feb/2014)". // G3.2
func label(t draft.Town, province bool) string {
	name := t.Name
	if province {
		name += " (" + t.Province + ")"
	}
	if !t.Until.IsZero() {
		name += " (soppresso il " + t.Until.Format("02/") + italianMonths[t.Until.Month()-1] + t.Until.Format("/2006") + ")"
	}
	return name
}

// labelled is an entry of the list as label writes it.
var labelled = regexp.MustCompile(`^(.+?) \(([A-Z]{2})\)(?: \(soppresso il [^)]*\))?$`)

// picked takes apart what somebody chose: an entry of the list of suggestions stands in
// the field with its province; an entry of the list of the page is a code.
func picked(town, province, code string) (string, string, string) {
	if m := labelled.FindStringSubmatch(town); m != nil {
		return m[1], m[2], ""
	}
	return town, strings.ToUpper(province), strings.ToUpper(code)
}

// towns suggests municipalities to the script of the field. Everything is public.
func (z *Wizard) towns(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ReadQuery(r)
	if err != nil {
		return err
	}
	at := z.Now()
	if birth, ok := (draft.Identity{Day: f.Text("d"), Month: f.Text("m"), Year: f.Text("y")}).Birth(); ok {
		at = birth
	}
	beginning := f.Text("q", web.Max(draft.MaxName))
	names := []string{}
	if f.OK() && len([]rune(beginning)) >= 2 {
		for _, t := range z.Places.Suggest(beginning, at) {
			names = append(names, label(t, true))
		}
	}
	return z.Site.JSON(w, http.StatusOK, names)
}
