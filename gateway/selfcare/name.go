package selfcare

import (
	"atrio/people/civil"
	"net/http"

	"atrio/gateway/registration/draft"
	"atrio/web"
	"atrio/web/ui"
)

// nameView is the view of "selfcare/name".
type nameView struct {
	ui.Errors
	// Legal is the name of the documents, Chosen the other one.
	Legal, Chosen string
	Longest       int
}

// chosenName shows how the person is called. // G3.9
func (s *Selfcare) chosenName(w http.ResponseWriter, r *http.Request) error {
	a, err := s.accountOf(r)
	if err != nil {
		return err
	}
	return s.Site.Page(w, r, http.StatusOK, "selfcare/name", nameView{Legal: a.Name(), Chosen: a.ChosenName, Longest: civil.MaxName})
}

// chooseName takes another name, or takes it back when the field is empty. The frame of
// pages shows it from the next login on.
func (s *Selfcare) chooseName(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	a, err := s.accountOf(r)
	if err != nil {
		return err
	}
	name := civil.CleanName(f.Text("chosen_name", web.Max(civil.MaxName)))
	if key := draft.WrongName(name); f.OK() && name != "" && key != "" {
		f.Fail("chosen_name", key, "max", civil.MaxName)
	}
	if !f.OK() {
		return s.Site.Page(w, r, http.StatusUnprocessableEntity, "selfcare/name",
			nameView{Errors: f.Errors, Legal: a.Name(), Chosen: f.Value("chosen_name"), Longest: civil.MaxName})
	}
	change := s.change(r, "")
	change.Tell, change.Event.Detail = nil, map[string]string{"fields": "chosen_name", "source": "declared"}
	if err := s.Changes.ChooseName(r.Context(), change, name); err != nil {
		return err
	}
	s.Site.Notice(w, "selfcare.notice.name")
	return web.Redirect(w, r, AccountPath)
}
