package wizard

import (
	"atrio/people/civil"
	"net/http"

	"atrio/gateway/registration/draft"
	"atrio/web"
)

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
	beginning := f.Text("q", web.Max(civil.MaxName))
	names := []string{}
	if f.OK() && len([]rune(beginning)) >= 2 {
		for _, t := range z.Places.Suggest(beginning, at) {
			names = append(names, civil.Label(t, true))
		}
	}
	return z.Site.JSON(w, http.StatusOK, names)
}
