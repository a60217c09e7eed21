package office

import (
	"testing"
	"time"

	"atrio/assets"
	"atrio/idp/backoffice/operator"
	"atrio/idp/enrolment/form"
	"atrio/idp/enrolment/way"
	"atrio/idp/proofing/point/console"
	"atrio/people/civil"
	"atrio/people/places"
	"atrio/web/ui"
	"atrio/web/webtest"
)

func TestThePagesAreSoundInBothLanguages(t *testing.T) {
	directory, err := places.Open(assets.FS())
	if err != nil {
		t.Fatal("the assets are not built: run `make assets`: ", err)
	}
	day := time.Date(2026, time.March, 10, 9, 30, 0, 0, time.UTC)
	sheet := form.NewSheet(civil.New(func() *places.Directory { return directory }, func() time.Time { return day }, "it", "en"), "it")
	sheet.States, sheet.Citizenships, sheet.Countries = sheet.States[:2], sheet.Citizenships[:2], sheet.Countries[:2]
	wrong := formView{Sheet: sheet, Point: "<b>", Body: "<i>", Email: "<x>", Untrained: true, Ticks: tickList(func(string) bool { return true })}
	wrong.BirthTowns, wrong.Residences = []civil.Option{{Code: "A", Name: "B"}}, []civil.Option{{Code: "C", Name: "D"}}
	for _, name := range append(form.SheetFields(), "email", "phone") {
		wrong.Errors = append(wrong.Errors, ui.FieldError{Field: name, Key: "form.required"})
	}
	for _, tick := range wrong.Ticks {
		wrong.Errors = append(wrong.Errors, ui.FieldError{Field: tick.Name, Key: "office.tick.missing"})
	}
	webtest.Pages(t, Pages(), map[string][]any{
		"form": {formView{Sheet: sheet, Ticks: tickList(func(string) bool { return false })}, wrong},
		"done": {doneView{Body: "<b>", Name: "Amira Prova", Number: "1", Half: "Abc234", Email: "amira@example.org", Phone: "101", Until: day}},
	}, form.Pages(), way.Pages(), operator.Pages(), console.Pages())
}
