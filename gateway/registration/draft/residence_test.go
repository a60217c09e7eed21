package draft

import (
	"atrio/people/civil"
	"strings"
	"testing"
)

func TestEachFieldOfTheResidenceHasItsRule(t *testing.T) {
	home := func() Residence {
		return Residence{State: civil.Italy, Province: "LO", Town: "Lodi", Postal: "26900", Street: "Via di Prova 1", Phone: "333 1234567", Language: "it"}
	}
	for name, x := range map[string]struct {
		change func(*Residence)
		want   string
	}{
		"nothing wrong":             {func(*Residence) {}, ""},
		"no state":                  {func(r *Residence) { r.State = "" }, "state wizard.residence.missing"},
		"an invented state":         {func(r *Residence) { r.State = "QQ" }, "state form.choice"},
		"a short CAP":               {func(r *Residence) { r.Postal = "269" }, "postal wizard.postal.form"},
		"an unknown town":           {func(r *Residence) { r.Town = "Atlantide" }, "town wizard.town.unknown"},
		"an invented province":      {func(r *Residence) { r.Province = "QQ" }, "province wizard.province.unknown"},
		"abroad, no postal code":    {func(r *Residence) { r.State, r.Province, r.Town, r.Postal = "IN", "", "Pune", "" }, ""},
		"abroad, a long one":        {func(r *Residence) { r.State, r.Town, r.Postal = "IN", "Pune", "1234567890123" }, "postal form.too_long"},
		"abroad, no town":           {func(r *Residence) { r.State, r.Town = "IN", "" }, "town form.required"},
		"no street":                 {func(r *Residence) { r.Street = "" }, "street form.required"},
		"an endless street":         {func(r *Residence) { r.Street = strings.Repeat("a", maxStreet+1) }, "street form.too_long"},
		"no phone":                  {func(r *Residence) { r.Phone = "" }, ""},
		"a phone that is too short": {func(r *Residence) { r.Phone = "333 12" }, "phone wizard.phone.form"},
		"a chosen name of digits":   {func(r *Residence) { r.ChosenName = "42" }, "chosen_name wizard.name.letters"},
		"another language":          {func(r *Residence) { r.Language = "de" }, "language form.choice"},
	} {
		r := home()
		x.change(&r)
		got := ""
		if errs := r.Check(world{}, today, []string{"it", "en"}, nil); len(errs) > 0 {
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

func TestNumbersArePutIntoOneForm(t *testing.T) {
	for typed, want := range map[string]string{
		"333 123 4567": "+393331234567", "+39 333-1234567": "+393331234567", "0039 333 1234567": "+393331234567", "02 1234567": "+39021234567",
		"+33 6 12 34 56 78": "+33612345678", "(06) 123456": "+3906123456",
		"333": "", "+": "", "+0 123456789": "", "phone": "", "+39 3": "", "+1234567890123456": "", "333123456789": "", "": "",
	} {
		got, ok := civil.Phone(typed)
		if !ok {
			got = ""
		}
		if got != want {
			t.Errorf("Phone(%q) = %q, want %q", typed, got, want)
		}
	}
}

func TestConsentsThatAreNeededAreAskedAndNewsIsNot(t *testing.T) {
	if errs := (Consents{}).Check(nil); len(errs) != 2 || errs.Err("notice") == nil || errs.Err("truthful") == nil {
		t.Errorf("%+v", errs)
	}
	if errs := (Consents{Notice: "1", Truthful: true}).Check(nil); len(errs) != 0 {
		t.Errorf("%+v", errs)
	}
}
