package cieprovider_test

import (
	"testing"

	"atrio/app/demo/cieprovider"
	"atrio/app/demo/simulator"
	"atrio/web/ui"
	"atrio/web/webtest"
)

func TestPagesRenderWithZeroAndFullViews(t *testing.T) {
	wrong := func(fields ...string) ui.Errors {
		var e ui.Errors
		for _, f := range fields {
			e = append(e, ui.FieldError{Field: f, Key: "form.required"})
		}
		return e
	}
	webtest.Pages(t, cieprovider.Pages(), map[string][]any{
		"choose": {cieprovider.ChooseView{}, cieprovider.ChooseView{
			Errors: wrong("person", "way"), Service: "Ente <Prova>", Asked: 2, Person: "nora", Way: "2", Ways: []int{1, 2, 3},
			People: []cieprovider.PersonView{{Login: "nora", Name: "Nora Fittizia", Story: "demo.story.nora"}},
			Action: "/x", End: "/x/end", Trial: "/x/trial",
		}},
		"credentials": {
			cieprovider.CredentialsView{},
			cieprovider.CredentialsView{Level: 1, Name: "Nora", Login: "nora", Password: "x", Errors: wrong("username", "password"), Action: "/x", End: "/x/end", Trial: "/x/trial", Other: "/x"},
			cieprovider.CredentialsView{Level: 2, Name: "Nora", Login: "nora", Password: "x", Code: "123456", Errors: wrong("code"), Action: "/x", End: "/x/end", Trial: "/x/trial", Other: "/x"},
			cieprovider.CredentialsView{Level: 3, Name: "Nora", PIN: "4711", Errors: wrong("pin"), Action: "/x", End: "/x/end", Trial: "/x/trial", Other: "/x"},
		},
		"expired": {cieprovider.ExpiredView{}, cieprovider.ExpiredView{Name: "Sandra Scaduta", End: "/x/end"}},
		"logout":  {cieprovider.LogoutView{}, cieprovider.LogoutView{Had: true}},
	}, simulator.Pages()...)
}
