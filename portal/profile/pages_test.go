package profile

import (
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"atrio/web/ui"
	"atrio/web/webtest"
)

func TestThePagesAreSoundInBothLanguages(t *testing.T) {
	l := Learner{Name: "Bianca <b>Esempio</b>", Email: "bianca@example.test", Details: Details{
		Gender: "undisclosed", BirthDate: "1998-03-27", Education: "master", Occupation: "teacher", OtherNames: "Bi", Interests: "ponti, \"archi\"", City: "Trieste",
	}}
	first := newProfileView(l, "/courses?q=a&area=design")
	known := l
	known.BirthSource, known.CompletedAt = "gateway", time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)
	wrong := first
	wrong.Picture = true
	for _, field := range []string{"gender", "birth_day", "birth_month", "birth_year", "education", "occupation", "picture", "other_names", "interests", "city"} {
		wrong.Errors = append(wrong.Errors, ui.FieldError{Field: field, Key: "form.too_long", Args: []any{"max", 9}})
	}
	refused := newTermsView("/dashboard")
	refused.Errors = ui.Errors{{Field: "privacy", Key: "profile.error.privacy"}, {Field: "terms", Key: "profile.error.terms"}}
	webtest.Pages(t, Pages(), map[string][]any{
		"profile": {profileView{}, first, newProfileView(known, "/"), wrong},
		"accept":  {termsView{}, refused, termsView{Return: "/", PrivacyVersion: "1", TermsVersion: "2", Privacy: true, Terms: true}},
		"privacy": {documentView{}, documentView{"2026-11"}},
		"terms":   {documentView{}, documentView{"2026-11"}},
	})
}

func TestThePageOffersExactlyTheChoicesThatAreAccepted(t *testing.T) {
	page, err := os.ReadFile("pages/profile.html")
	if err != nil {
		t.Fatal(err)
	}
	offered := map[string][]string{}
	for part := range strings.SplitSeq(string(page), `(dict "value" "`) {
		value, rest, _ := strings.Cut(part, `" "label" (t "profile.`)
		if group, key, ok := strings.Cut(strings.Split(rest, `"`)[0], "."); ok && key == value {
			offered[group] = append(offered[group], value)
		}
	}
	for group, accepted := range map[string][]string{"gender": Genders(), "education": Educations(), "occupation": Occupations()} {
		if !slices.Equal(offered[group], accepted) {
			t.Errorf("%s: the page offers %v, the form accepts %v", group, offered[group], accepted)
		}
	}
}
