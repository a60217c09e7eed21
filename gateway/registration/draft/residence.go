package draft

import (
	"atrio/people/civil"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"atrio/web/ui"
)

// Residence is the second step: where the person lives and how they are reached.
type Residence struct {
	State    string `json:"s,omitempty"`
	Province string `json:"p,omitempty"`
	Town     string `json:"t,omitempty"`
	TownCode string `json:"tc,omitempty"`
	Postal   string `json:"c,omitempty"`
	Street   string `json:"a,omitempty"`
	// Phone is in E.164 form once it is checked.
	Phone string `json:"n,omitempty"`
	// ChosenName is how the person wants to be called, beside the legal name. // G3.9
	ChosenName string `json:"k,omitempty"`
	// Language is that of our mails.
	Language string `json:"l,omitempty"`
}

var residenceFields = []string{"state", "province", "town", "postal", "street", "phone", "chosen_name", "language"}

// maxStreet bounds an address line, maxPostal a postal code of another country.
const (
	maxStreet = 120
	maxPostal = 12
)

// Check cleans what was typed and finds what is wrong, beside what reading found.
func (r *Residence) Check(p Places, now time.Time, langs []string, reading ui.Errors) ui.Errors {
	f := &faults{list: slices.Clone(reading)}
	r.Town, r.Street, r.ChosenName = civil.CleanName(r.Town), civil.CleanName(r.Street), civil.CleanName(r.ChosenName)
	r.checkPlace(f, p, now)
	if n := utf8.RuneCountInString(r.Street); r.Street == "" {
		f.add("street", "form.required")
	} else if n > maxStreet {
		f.add("street", "form.too_long", "max", maxStreet)
	}
	if r.Phone != "" {
		number, ok := civil.Phone(r.Phone)
		if !ok {
			f.add("phone", "wizard.phone.form")
		} else {
			r.Phone = number
		}
	}
	if r.ChosenName != "" {
		if key := WrongName(r.ChosenName); key != "" {
			f.add("chosen_name", key, "max", civil.MaxName)
		}
	}
	if !slices.Contains(langs, r.Language) {
		f.add("language", "form.choice")
	}
	return inOrder(f.list, residenceFields...)
}

func (r *Residence) checkPlace(f *faults, p Places, now time.Time) {
	r.Postal = strings.ToUpper(strings.Join(strings.Fields(r.Postal), " "))
	switch {
	case r.State == "":
		f.add("state", "wizard.residence.missing")
		return
	case !p.IsCountry(r.State):
		f.add("state", "form.choice")
		return
	case r.State != civil.Italy:
		r.Province, r.TownCode = "", ""
		if r.Town == "" {
			f.add("town", "form.required")
		} else if key := WrongName(r.Town); key != "" {
			f.add("town", key, "max", civil.MaxName)
		}
		if utf8.RuneCountInString(r.Postal) > maxPostal {
			f.add("postal", "form.too_long", "max", maxPostal)
		}
		return
	}
	if !italianPostal.MatchString(r.Postal) {
		f.add("postal", "wizard.postal.form")
	}
	town, wrong := civil.Choose(p, r.TownCode, r.Town, r.Province, now)
	if wrong != "" {
		field := "town"
		if wrong == civil.ProvinceUnknown {
			field = "province"
		}
		r.TownCode = ""
		f.add(field, wrongs[wrong], "town", r.Town)
		return
	}
	r.TownCode, r.Town, r.Province = town.Code, town.Name, town.Province
}

// italianPostal is a CAP: which one belongs to which street nobody publishes freely.
var italianPostal = regexp.MustCompile(`^[0-9]{5}$`)
