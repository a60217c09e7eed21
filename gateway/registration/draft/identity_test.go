package draft

import (
	"atrio/people/civil"
	"slices"
	"strings"
	"testing"
	"time"

	"atrio/people/person"
)

var today = time.Date(2026, 11, 28, 10, 0, 0, 0, time.UTC)

// world has one town, which changed its province, and one state.
type world struct{ Places }

func (world) IsBirthState(code string, at time.Time) (known, then bool) {
	return code == "Z222" || code == "Z118", code == "Z222" || at.Year() < 2003
}
func (world) IsCitizenship(code string) bool {
	return code == civil.Italy || code == "IN" || code == "BR"
}
func (world) IsCountry(code string) bool { return code == civil.Italy || code == "IN" }
func (world) IsProvince(p string) bool   { return p == "MI" || p == "LO" }
func (world) Town(code string, _ time.Time) (civil.Town, bool) {
	return civil.Town{Code: "E648", Name: "Lodi", Province: "LO"}, code == "E648"
}
func (world) Towns(name, province string, _ time.Time) []civil.Town {
	switch {
	case strings.EqualFold(name, "lodi") && (province == "" || province == "LO" || province == "MI"):
		return []civil.Town{{Code: "E648", Name: "Lodi", Province: "LO"}}
	case name == "Livo":
		return []civil.Town{{Code: "E623", Name: "Livo", Province: "CO"}, {Code: "E624", Name: "Livo", Province: "TN"}}
	}
	return nil
}

func checks() Checks {
	return Checks{
		Places: world{}, Now: today, OwnAddress: func(e string) bool { return strings.HasSuffix(e, "@ateneo.example.it") },
		Compare: func(person.FiscalCode, civil.Facts) []string { return nil },
	}
}

// sound is a person without mistakes.
func sound() Identity {
	return Identity{
		FamilyName: "Finti", GivenName: "Prova", Sex: civil.Male, Day: "1", Month: "1", Year: "1980", State: civil.Italy, Province: "MI", Town: "lodi",
		Citizenship: civil.Italy, HasFiscalCode: HasCode, FiscalCode: "FNTPRV80A01H501U", Email: "a@example.org",
	}
}

func TestEachFieldHasItsRule(t *testing.T) {
	for name, x := range map[string]struct {
		change func(*Identity)
		want   string // "field key", "" for none
	}{
		"nothing wrong":            {func(*Identity) {}, ""},
		"no surname at all":        {func(i *Identity) { i.FamilyName = " " }, "family_name wizard.family_name.missing"},
		"a declared absence":       {func(i *Identity) { i.FamilyName, i.NoFamilyName = "", true }, ""},
		"absent and given":         {func(i *Identity) { i.NoFamilyName = true }, "family_name wizard.family_name.both"},
		"no given name":            {func(i *Identity) { i.GivenName, i.NoGivenName = "", true }, ""},
		"neither":                  {func(i *Identity) { i.FamilyName, i.GivenName, i.NoFamilyName, i.NoGivenName = "", "", true, true }, "no_given_name wizard.name.neither"},
		"one letter":               {func(i *Identity) { i.GivenName = "U" }, ""},
		"apostrophes and hyphens":  {func(i *Identity) { i.FamilyName = "D’Esempio-dell`Orto" }, ""},
		"digits alone":             {func(i *Identity) { i.GivenName = "123" }, "given_name wizard.name.letters"},
		"a change of direction":    {func(i *Identity) { i.GivenName = "Prova\u202eavorP" }, "given_name form.characters"},
		"a tag":                    {func(i *Identity) { i.GivenName = "<b>Prova" }, "given_name form.characters"},
		"a very long name":         {func(i *Identity) { i.GivenName = strings.Repeat("a", civil.MaxName+1) }, "given_name form.too_long"},
		"Chinese without Latin":    {func(i *Identity) { i.FamilyName = "王" }, "latin_family_name wizard.latin.missing"},
		"Chinese with Latin":       {func(i *Identity) { i.FamilyName, i.LatinFamilyName = "王", "Wang" }, ""},
		"Greek as Latin":           {func(i *Identity) { i.GivenName, i.LatinGivenName = "Άννα", "Άννα" }, "latin_given_name wizard.latin.letters"},
		"no sex":                   {func(i *Identity) { i.Sex = "" }, "sex wizard.sex.missing"},
		"another sex":              {func(i *Identity) { i.Sex = civil.Other }, ""},
		"an invented sex":          {func(i *Identity) { i.Sex = "Q" }, "sex wizard.sex.missing"},
		"no date":                  {func(i *Identity) { i.Day, i.Month, i.Year = "", "", "" }, "birth_day wizard.birth.missing"},
		"no such date":             {func(i *Identity) { i.Day, i.Month = "30", "2" }, "birth_day wizard.birth.none"},
		"tomorrow":                 {func(i *Identity) { i.Day, i.Month, i.Year = "29", "11", "2026" }, "birth_day wizard.birth.future"},
		"a year of two digits":     {func(i *Identity) { i.Year = "80" }, "birth_day wizard.birth.none"},
		"two hundred years ago":    {func(i *Identity) { i.Year = "1826" }, "birth_day wizard.birth.old"},
		"a pasted date":            {func(i *Identity) { i.Day, i.Month, i.Year = "1/1/1980", "", "" }, ""},
		"a pasted date of a form":  {func(i *Identity) { i.Day, i.Month, i.Year = "1980-01-01", "", "" }, ""},
		"no state":                 {func(i *Identity) { i.State = "" }, "birth_state wizard.state.missing"},
		"an invented state":        {func(i *Identity) { i.State = "Z999" }, "birth_state form.choice"},
		"a state after its end":    {func(i *Identity) { i.State, i.Year = "Z118", "2010" }, "birth_state wizard.state.then"},
		"a former state":           {func(i *Identity) { i.State = "Z118" }, ""},
		"abroad":                   {func(i *Identity) { i.State, i.Province, i.Town = "Z222", "", "" }, ""},
		"no town":                  {func(i *Identity) { i.Town = "" }, "birth_town wizard.town.missing"},
		"a town of elsewhere":      {func(i *Identity) { i.Town = "Atlantide" }, "birth_town wizard.town.unknown"},
		"a town of two provinces":  {func(i *Identity) { i.Town, i.Province = "Livo", "" }, "birth_town wizard.town.several"},
		"an invented province":     {func(i *Identity) { i.Province = "QQ" }, "birth_province wizard.province.unknown"},
		"a town that no list has":  {func(i *Identity) { i.TownUnlisted = "Borgo Inventato" }, ""},
		"no citizenship":           {func(i *Identity) { i.Citizenship = "" }, "citizenship wizard.citizenship.missing"},
		"an invented one":          {func(i *Identity) { i.Citizenship = "QQ" }, "citizenship form.choice"},
		"the same twice":           {func(i *Identity) { i.Other = civil.Italy }, "other_citizenship wizard.citizenship.same"},
		"no answer about the code": {func(i *Identity) { i.HasFiscalCode = "" }, "has_fiscal_code wizard.fiscal.choose"},
		"a code that is missing":   {func(i *Identity) { i.FiscalCode = "" }, "fiscal_code wizard.fiscal.missing"},
		"a short code":             {func(i *Identity) { i.FiscalCode = "FNTPRV" }, "fiscal_code wizard.fiscal.length"},
		"a wrong check character":  {func(i *Identity) { i.FiscalCode = "FNTPRV80A01H501A" }, "fiscal_code wizard.fiscal.check"},
		"an O for a zero":          {func(i *Identity) { i.FiscalCode = "FNTPRVO0A01H501M" }, "fiscal_code wizard.fiscal.instead"},
		"a month that is none":     {func(i *Identity) { i.FiscalCode = "FNTPRV80F01H501G" }, "fiscal_code wizard.fiscal.form"},
		"a temporary code":         {func(i *Identity) { i.FiscalCode = "80000000150" }, "fiscal_code wizard.fiscal.temporary"},
		"spaces and small letters": {func(i *Identity) { i.FiscalCode = "fnt prv 80a01 h501u" }, ""},
		"no code":                  {func(i *Identity) { i.HasFiscalCode, i.FiscalCode = NoCode, "" }, ""},
		"an address of the house":  {func(i *Identity) { i.Email = "x@ateneo.example.it" }, "email registration.email.own"},
	} {
		i := sound()
		x.change(&i)
		got := ""
		if errs := i.Check(checks(), false, nil); len(errs) > 0 {
			got = errs[0].Field + " " + errs[0].Key
			if len(errs) > 1 {
				t.Errorf("%s: more than one mistake: %+v", name, errs)
			}
		}
		if got != x.want {
			t.Errorf("%s: %q, want %q", name, got, x.want)
		}
	}
}

func TestWhatIsTypedIsCleanedAndCompleted(t *testing.T) {
	i := sound()
	i.FamilyName, i.Citizenship, i.Other, i.FiscalCode = "  D’Esempio   Finti ", "BR", civil.Italy, "fntprv80a01h501u"
	if errs := i.Check(checks(), false, nil); len(errs) > 0 {
		t.Fatalf("%+v", errs)
	}
	if i.FamilyName != "D'Esempio Finti" || i.Citizenship != civil.Italy || i.Other != "BR" || i.Town != "Lodi" || i.TownCode != "E648" || i.Province != "MI" || i.FiscalCode != "FNTPRV80A01H501U" {
		t.Errorf("%+v", i)
	}
	i.State = "Z222"
	if i.Check(checks(), false, nil); i.Town != "" || i.TownCode != "" || i.Province != "" {
		t.Errorf("a municipality of Italy abroad: %+v", i)
	}
}

func TestADoubtHoldsForTheFieldsThatThePersonSaw(t *testing.T) {
	c, differs := checks(), []string{civil.FactSex}
	c.Compare = func(person.FiscalCode, civil.Facts) []string { return differs }
	i := sound()
	if errs := i.Check(c, false, nil); len(errs) != 1 || errs[0].Field != "sex" || errs[0].Key != DiffersKey+civil.FactSex || i.Doubts != nil {
		t.Fatalf("%+v", errs)
	}
	if errs := i.Check(c, true, nil); len(errs) != 0 || !slices.Equal(i.Doubts, differs) {
		t.Fatalf("accepted: %+v, %v", errs, i.Doubts)
	}
	if errs := i.Check(c, false, nil); len(errs) != 0 {
		t.Errorf("asked again without need: %+v", errs)
	}
	differs = []string{civil.FactSex, civil.FactBirthPlace}
	if errs := i.Check(c, false, nil); len(errs) != 2 || errs[1].Field != "birth_town" {
		t.Errorf("a new difference: %+v", errs)
	}
	differs = nil
	if errs := i.Check(c, false, nil); len(errs) != 0 || i.Doubts != nil {
		t.Errorf("nothing differs: %+v, %v", errs, i.Doubts)
	}
}

func TestTheNextStepIsTheFirstThatIsNotDone(t *testing.T) {
	d := New(today, "", "it")
	for _, step := range []struct {
		do   func()
		want Step
	}{
		{func() {}, StepIdentity},
		{func() { d.Identity.Email = "a@example.org"; d.Mark(StepIdentity, true) }, StepCode},
		{func() { d.Confirmed = "a@example.org" }, StepResidence},
		{func() { d.Mark(StepResidence, true) }, StepConsents},
		{func() { d.Mark(StepConsents, true) }, StepReview},
		{func() { d.Identity.Email = "b@example.org" }, StepCode}, // a new address is proved anew
		{func() { d.Confirmed = "b@example.org"; d.Mark(StepResidence, false) }, StepResidence},
	} {
		if step.do(); d.Next() != step.want {
			t.Errorf("next is %d, want %d", d.Next(), step.want)
		}
	}
	packed, err := d.Pack()
	if err != nil {
		t.Fatal(err)
	}
	if back, err := Unpack(packed); err != nil || back.Next() != d.Next() || back.Identity.Email != d.Identity.Email || !back.Begun.Equal(d.Begun) {
		t.Errorf("%+v, %v", back, err)
	}
}

func TestWhoHasToHaveACodiceFiscaleOwesIt(t *testing.T) {
	for name, x := range map[string]struct {
		citizenship, residence, answer string
		want                           bool
	}{
		"an Italian abroad":        {civil.Italy, "IN", NoCode, true},
		"a foreigner in Italy":     {"IN", civil.Italy, AskedCode, true},
		"a foreigner abroad":       {"IN", "IN", NoCode, false},
		"an Italian with the code": {civil.Italy, civil.Italy, HasCode, false},
	} {
		d := Draft{Identity: Identity{Citizenship: x.citizenship, HasFiscalCode: x.answer}, Residence: Residence{State: x.residence}}
		if d.Owes() != x.want {
			t.Errorf("%s: %v", name, d.Owes())
		}
	}
}
