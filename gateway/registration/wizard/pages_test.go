package wizard

import (
	"atrio/people/civil"
	"testing"

	"atrio/authn/proofofwork"
	"atrio/gateway/registration"
	"atrio/gateway/registration/draft"
	"atrio/web/ui"
	"atrio/web/webtest"
)

func errorsOf(fields ...string) (errs ui.Errors) {
	for _, f := range fields {
		errs = append(errs, ui.FieldError{Field: f, Key: "form.required"})
	}
	return errs
}

func TestEveryPageIsSoundInBothLanguages(t *testing.T) {
	list := []civil.Option{{Code: "Z100", Name: "ALBANIA"}, {Code: "IT", Name: "ITALIA"}}
	identity := draft.Identity{
		FamilyName: "王", LatinFamilyName: "Wang", GivenName: "D'<b>Prova", Sex: "X", Day: "1", Month: "2", Year: "1983", State: "IT", Province: "CO", Town: "Bellagio",
		TownUnlisted: "Borgo", Citizenship: "IT", Other: "Z100", HasFiscalCode: "have", FiscalCode: "FNTPRV80A01H501U", Email: "a@example.org",
	}
	residence := draft.Residence{State: "IT", Province: "CO", Town: "Bellagio", Postal: "22021", Street: "Via di Prova 1", Phone: "+393331234567", ChosenName: "Pi", Language: "it"}
	z := &Wizard{Places: fakePlaces{}}
	webtest.Pages(t, Pages(), map[string][]any{
		"start": {startView{}, startView{Flow: "x", Service: "Open <b>", User: "Ada", Open: "/register/email", Name: "Ada <b>", Lost: true, Login: "/login"}},
		"identity": {identityView{}, identityView{
			Errors: errorsOf("family_name", "no_given_name", "sex", "birth_day", "birth_state", "birth_town", "birth_town_unlisted", "citizenship", "fiscal_code", "email"),
			I:      identity, LatinFamily: true, LatinGiven: true, States: list, Citizenships: list, Provinces: list, Towns: list, Doubts: true, Confirmed: true,
			Work: proofofwork.Challenge{Token: "t", Puzzle: "p:", Bits: 17}, Italy: "IT", MaxName: 80,
		}},
		"code":    {codeView{}, codeView{Errors: errorsOf("code"), Email: "a@example.org", Minutes: 10}},
		"mailbox": {mailboxView{}, mailboxView{Email: "a@example.org", Support: "aiuto@example.org"}},
		"link": {
			linkView{}, linkView{Case: linkConfirms, Token: "t", Email: "a@example.org"}, linkView{Case: linkContinues, Email: "a@example.org"},
			linkView{Case: linkElsewhere, Code: "123456"}, linkView{Case: linkElsewhere},
		},
		"residence": {residenceView{}, residenceView{
			Errors: errorsOf("state", "town", "postal", "street", "phone", "language"), R: residence, Countries: list, Provinces: list, Towns: list, Email: "a@example.org", Italy: "IT",
		}},
		"consents": {consentsView{}, consentsView{Errors: errorsOf("notice", "truthful"), C: draft.Consents{Notice: "1", Truthful: true, News: true}, Version: "1"}},
		"review": {reviewView{}, reviewView{
			Errors: errorsOf("password", "repeat"), Identity: z.identityLines(identity, "it"), Residence: z.residenceLines(draft.Draft{Residence: residence}, "en"),
			Doubts: []string{"sex"}, Owes: true, Days: 30, News: true, Version: 3, Email: "a@example.org",
		}},
		"leave": {leaveView{}, leaveView{Back: "/register/email"}},
		"done":  {doneView{}, doneView{Name: "Ada", Code: "123456789", Service: "Open", Login: "/login"}},
	}, registration.Pages())
}

// fakePlaces is a gazetteer of nothing: names stand for themselves.
type fakePlaces struct{ draft.Places }

func (fakePlaces) BirthStates(string) []civil.Option { return nil }
func (fakePlaces) Citizenships(string) []civil.Option {
	return []civil.Option{{Code: "IT", Name: "ITALIA"}}
}
func (fakePlaces) Countries(string) []civil.Option { return nil }
