package draft

import (
	"atrio/people/civil"
	"errors"
	"slices"
	"strings"

	"atrio/people/codicefiscale"
	"atrio/web/ui"
)

// checkFiscalCode is about the three answers. Only what can be no code is a mistake:
// a code that does not fit the rest may be right and the rest too (twins, omocodia,
// corrected names), so the person sees which field disagrees and may go on. // G3.3
func (i *Identity) checkFiscalCode(f *faults, c Checks, accepts bool) {
	switch i.HasFiscalCode {
	case HasCode:
	case AskedCode, NoCode:
		i.FiscalCode, i.Doubts = "", nil
		return
	default:
		f.add("has_fiscal_code", "wizard.fiscal.choose")
		return
	}
	code, wrong := ReadFiscalCode("fiscal_code", i.FiscalCode)
	if wrong != nil {
		f.list = append(f.list, *wrong)
		return
	}
	i.FiscalCode = string(code)
	if len(f.list) > 0 {
		return // first what is wrong for itself
	}
	found := c.Compare(code, i.facts())
	if len(found) == 0 {
		i.Doubts = nil
		return
	}
	if accepts || slices.Equal(found, i.Doubts) {
		i.Doubts = found
		return
	}
	i.Doubts = nil
	for _, fact := range found {
		f.add(i.fieldOf(fact), DiffersKey+fact)
	}
}

// DiffersKey begins the keys of the mistakes that the person may leave to a check.
const DiffersKey = "wizard.fiscal.differs."

// fieldOf is where a fact was typed.
func (i Identity) fieldOf(fact string) string {
	switch {
	case fact == civil.FactBirthDate:
		return "birth_day"
	case fact != civil.FactBirthPlace:
		return fact
	case i.State == civil.Italy:
		return "birth_town"
	}
	return "birth_state"
}

// ReadFiscalCode reads what was typed into a field, or says why it is no code, as exactly
// as can be said.
func ReadFiscalCode(field, typed string) (codicefiscale.Code, *ui.FieldError) {
	code, err := codicefiscale.Parse(typed)
	if err == nil {
		return code, nil
	}
	wrong := &ui.FieldError{Field: field, Key: "wizard.fiscal.check"}
	var why *codicefiscale.Error
	if !errors.As(err, &why) {
		return "", wrong
	}
	switch why.Reason {
	case codicefiscale.Missing:
		wrong.Key = "wizard.fiscal.missing"
	case codicefiscale.Length:
		wrong.Key, wrong.Args = "wizard.fiscal.length", []any{"length", len([]rune(strings.Join(strings.Fields(typed), "")))}
	case codicefiscale.Temporary:
		wrong.Key = "wizard.fiscal.temporary"
	case codicefiscale.Check:
	default:
		wrong.Key, wrong.Args = "wizard.fiscal.form", []any{"at", why.At}
		if why.Instead != "" {
			wrong.Key, wrong.Args = "wizard.fiscal.instead", []any{"at", why.At, "instead", why.Instead}
		}
	}
	return "", wrong
}

func (i Identity) facts() civil.Facts {
	family, given := i.LegalName()
	birth, _ := i.Birth()
	place := i.TownCode
	if i.State != civil.Italy {
		place = i.State
	}
	return civil.Facts{FamilyName: family, GivenName: given, Sex: i.Sex, Birth: birth, Place: place}
}

// Owes tells whether a codice fiscale is due: citizens and residents of Italy have one,
// and administrative services ask for it. // G3.3
func (d Draft) Owes() bool {
	return d.Identity.HasFiscalCode != HasCode && (d.Identity.Citizenship == civil.Italy || d.Residence.State == civil.Italy)
}
