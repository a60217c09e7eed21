package form

import (
	"net/http"
	"slices"
	"strings"

	"atrio/idp/enrolment"
	"atrio/idp/enrolment/way"
	"atrio/idp/identity"
	"atrio/people/civil"
	"atrio/web"
	"atrio/web/ui"
)

// adult is the age from which somebody asks alone; younger ones are asked for by a
// parent, which this provider does not offer. AgID Det. 51/2022
const adult = 18

// oldest is the age beyond which a date of birth is a slip of the pen.
const oldest = 125

// typed are the personal data as they stand in the fields.
type typed struct {
	FamilyName, GivenName, Gender          string
	Day, Month, Year                       string
	State, Province, Town, TownCode        string
	Citizenship, FiscalCode, CertifiedMail string
	Residence, Domicile                    address
	// Elsewhere: the domicile is not the residence.
	Elsewhere bool
}

// address is a residence or domicile as typed.
type address struct{ Country, Province, Town, TownCode, PostalCode, Street string }

// personFields in the order of the page.
var personFields = []string{
	"family_name", "given_name", "gender", "birth_day", "birth_state", "birth_province", "birth_town", "citizenship", "fiscal_code",
	"residence_country", "residence_province", "residence_town", "residence_street", "residence_postal",
	"elsewhere", "domicile_country", "domicile_province", "domicile_town", "domicile_street", "domicile_postal", "certified_mail",
}

// personView is the view of "form/person".
type personView struct {
	ui.Errors
	// Step is the place among the forms.
	Step                             int
	T                                typed
	States, Citizenships, Provinces  []civil.Option
	Countries                        []civil.Option
	BirthTowns, Residences, Domicile []civil.Option
	// Doubts: a fact does not fit the codice fiscale, and an operator may check it.
	Doubts bool
	// Wanted is what an operator asked for again.
	Wanted []enrolment.Item
	Italy  string
	Max    int
}

// person shows the personal data.
func (f *Forms) person(w http.ResponseWriter, r *http.Request, request enrolment.Request) error {
	return f.showPerson(w, r, http.StatusOK, request, written(request.Data.Person), nil)
}

func (f *Forms) showPerson(w http.ResponseWriter, r *http.Request, status int, request enrolment.Request, t typed, errs ui.Errors) error {
	lang := web.Lang(r)
	v := personView{
		Errors: errs, T: t, States: f.Places.BirthStates(lang), Citizenships: f.Places.Citizenships(lang), Provinces: f.Places.Provinces(),
		Countries: f.Places.Countries(lang), Wanted: wantedOf(request, enrolment.WantedPerson), Italy: civil.Italy, Max: civil.MaxName,
	}
	if v.Step = 2; request.Data.DocumentsFirst {
		v.Step = 3
	}
	if birth, ok := civil.Date(t.Day, t.Month, t.Year); ok && errs.Err("birth_town") != nil {
		v.BirthTowns = civil.Options(civil.Choices(f.Places, t.Town, t.Province, birth))
	}
	if errs.Err("residence_town") != nil {
		v.Residences = civil.Options(civil.Choices(f.Places, t.Residence.Town, t.Residence.Province, f.Now()))
	}
	if errs.Err("domicile_town") != nil {
		v.Domicile = civil.Options(civil.Choices(f.Places, t.Domicile.Town, t.Domicile.Province, f.Now()))
	}
	for _, e := range errs {
		v.Doubts = v.Doubts || strings.HasPrefix(e.Key, differs)
	}
	return f.Site.Page(w, r, status, "form/person", v)
}

// written gives the fields of what was saved.
func written(p enrolment.Person) typed {
	t := typed{
		FamilyName: p.FamilyName, GivenName: p.GivenName, Gender: p.Gender, Citizenship: p.Citizenship, FiscalCode: p.FiscalCode,
		CertifiedMail: p.DigitalAddress, Residence: writtenAddress(p.Residence), Domicile: writtenAddress(p.Domicile), Elsewhere: p.Domicile != identity.Domicile{},
	}
	if p.BirthDate.IsZero() {
		t.Residence.Country = civil.Italy
		return t
	}
	t.Day, t.Month, t.Year = p.BirthDate.Format("2"), p.BirthDate.Format("1"), p.BirthDate.Format("2006")
	if p.BirthCounty == abroad {
		t.State = p.BirthPlace
	} else {
		t.State, t.Province, t.Town, t.TownCode = civil.Italy, p.BirthCounty, p.BirthName, p.BirthPlace
	}
	return t
}

// abroad is what stands for a province of somebody who was born abroad. SPID-RT attributi
const abroad = "EE"

func writtenAddress(d identity.Domicile) address {
	return address{Country: d.Nation, Province: d.Province, Town: d.Municipality, PostalCode: d.PostalCode, Street: d.Street}
}

// readPerson reads the form.
func readPerson(f *web.Form) typed {
	name := func(field string) string { return civil.CleanName(f.Text(field, web.Max(civil.MaxName))) }
	short := func(field string) string { return f.Text(field, web.Max(10)) }
	place := func(of string) address {
		a := address{
			Country: short(of + "_country"), Province: short(of + "_province"), Town: f.Text(of+"_town", web.Max(civil.MaxName)), TownCode: short(of + "_town_code"),
			PostalCode: strings.ToUpper(f.Text(of+"_postal", web.Max(12))), Street: civil.CleanName(f.Text(of+"_street", web.Max(maxStreet))),
		}
		a.Town, a.Province, a.TownCode = civil.Picked(civil.CleanName(a.Town), a.Province, a.TownCode)
		return a
	}
	t := typed{
		FamilyName: name("family_name"), GivenName: name("given_name"), Gender: short("gender"),
		Day: short("birth_day"), Month: short("birth_month"), Year: short("birth_year"),
		State: short("birth_state"), Province: short("birth_province"), Town: f.Text("birth_town", web.Max(civil.MaxName)), TownCode: short("birth_town_code"),
		Citizenship: short("citizenship"), FiscalCode: f.Text("fiscal_code", web.Max(30)), Residence: place("residence"), Elsewhere: f.Bool("elsewhere"),
		Domicile: place("domicile"),
	}
	if f.Value("certified_mail") != "" {
		t.CertifiedMail = f.Email("certified_mail")
	}
	t.Town, t.Province, t.TownCode = civil.Picked(civil.CleanName(t.Town), t.Province, t.TownCode)
	t.Day, t.Month, t.Year = civil.Spread(t.Day, t.Month, t.Year)
	return t
}

const maxStreet = 120

// savePerson takes the personal data.
func (f *Forms) savePerson(w http.ResponseWriter, r *http.Request, request enrolment.Request) error {
	form, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	t := readPerson(form)
	c := check{places: f.Places, now: f.Now(), lang: web.Lang(r), errs: form.Errors, accepts: form.Value("accept") != ""}
	p := c.person(&t)
	if len(c.errs) > 0 {
		return f.showPerson(w, r, http.StatusUnprocessableEntity, request, t, inOrder(c.errs, personFields))
	}
	next, err := f.Way.Take(r, request, enrolment.SavePerson, func(q *enrolment.Request) {
		q.Data.Person = p
		answered(q, enrolment.WantedPerson)
	})
	if err != nil {
		return err
	}
	return web.Redirect(w, r, way.Next(next))
}

// wantedOf lists what was asked for again on a page.
func wantedOf(r enrolment.Request, whats ...enrolment.What) (list []enrolment.Item) {
	for _, item := range r.Data.Wanted {
		if slices.Contains(whats, item.What) {
			list = append(list, item)
		}
	}
	return list
}

// answered marks what was asked for again as given.
func answered(r *enrolment.Request, whats ...enrolment.What) {
	for n, item := range r.Data.Wanted {
		if slices.Contains(whats, item.What) {
			r.Data.Wanted[n].Done = true
		}
	}
}

// towns suggests municipalities to the script of the field. Everything is public.
func (f *Forms) towns(w http.ResponseWriter, r *http.Request) error {
	q, err := web.ReadQuery(r)
	if err != nil {
		return err
	}
	at := f.Now()
	if day, ok := civil.Date(q.Text("d"), q.Text("m"), q.Text("y")); ok {
		at = day
	}
	beginning := q.Text("q", web.Max(civil.MaxName))
	names := []string{}
	if q.OK() && len([]rune(beginning)) >= 2 {
		for _, t := range f.Places.Suggest(beginning, at) {
			names = append(names, civil.Label(t, true))
		}
	}
	return f.Site.JSON(w, http.StatusOK, names)
}
