package registers

import (
	"strings"
	"time"

	"atrio/gateway/access"
	"atrio/gateway/account"
	"atrio/people/person"
)

// Known is what is stored about the person of an account.
type Known struct {
	Account    account.Account
	Attributes []account.Attribute
	// Ties are the affiliations that a register told.
	Ties []account.Affiliation
}

// Change is what a file changes about a person.
type Change struct {
	Attributes []account.Attribute
	// Ties are to be stored; one with an id that is known replaces it.
	Ties []account.Affiliation
	// Fields are the names of what changes, for the audit log; Words the same for the
	// operator.
	Fields, Words []string
	// Notice is what the person has to be told; nil: nothing.
	Notice *Notice
	// Kept are the ids of all affiliations that the file names.
	Kept []string
}

// Compare tells what of a file is new about a person, or why nothing of it is believed.
func Compare(k Known, p Person, now time.Time) (c Change, left string) {
	if left = Fits(k.Account, p); left != "" {
		return c, left
	}
	for _, a := range k.Attributes {
		// Whoever shows another day of birth at a door is somebody else, or one of the two
		// is wrong: nothing of the line is safe then.
		if a.Name == person.BirthDate && a.Source != account.Declared && a.Source != account.FromRegister && p.BirthDate != "" && a.Value != p.BirthDate {
			return c, "the day of birth is not that which " + string(a.Source) + " gives: is it this person?"
		}
	}
	if p.BirthDate != "" && said(k.Attributes, person.BirthDate) != p.BirthDate {
		c.set(person.BirthDate, p.BirthDate, now)
	}
	if p.Citizenships != "" && said(k.Attributes, person.Citizenship) != p.Citizenships {
		c.set(person.Citizenship, p.Citizenships, now)
		if c.Notice = notice(k.Attributes, p.Citizenships, now); c.Notice != nil && k.Account.Email == "" {
			return Change{}, "the citizenship contradicts what was known, and the account has no address to say so"
		}
	}
	c.tie(k.Ties, p.Ties, now)
	return c, ""
}

// Fits tells why an account is not that of the person; "" when it is.
func Fits(a account.Account, p Person) string {
	switch {
	case a.State != account.Active:
		return "the account is " + string(a.State)
	case p.FiscalCode != "" && a.FiscalCode == "":
		return "the account has not proved a codice fiscale"
	case p.FiscalCode != "" && a.FiscalCode != p.FiscalCode:
		return "the Codice Persona and the codice fiscale are of two people"
	}
	return ""
}

// said is what a register has said before.
func said(list []account.Attribute, name string) string {
	for _, a := range list {
		if a.Name == name && a.Source == account.FromRegister {
			return a.Value
		}
	}
	return ""
}

func (c *Change) set(name, value string, now time.Time) {
	c.Attributes = append(c.Attributes, account.Attribute{Name: name, Value: value, Source: account.FromRegister, At: now})
	c.Fields, c.Words = append(c.Fields, name), append(c.Words, strings.ReplaceAll(name, "_", " "))
}

// notice weighs the citizenships as the rules of access do, before and after. Whoever
// loses the choice of how to enter learns from when; so does whoever gains it. // G2.8
func notice(list []account.Attribute, states string, now time.Time) *Notice {
	was := account.Facts(list, nil)
	before, _, _ := was.Standing(now)
	later, _, _ := was.Standing(now.Add(access.Grace)) // what the person has been told to expect
	after := []account.Attribute{{Name: person.Citizenship, Value: states, Source: account.FromRegister, At: now}}
	for _, a := range list {
		if a.Name == person.Citizenship && a.Source != account.FromRegister {
			after = append(after, a)
		}
	}
	told := account.Facts(after, nil)
	_, _, grace := told.Standing(now)
	final, _, _ := told.Standing(now.Add(access.Grace))
	if before == access.Unknown || before == final && later == final {
		return nil
	}
	return &Notice{Citizenships: states, Counts: grace}
}

// tie compares affiliations: the same beginning is the same affiliation; otherwise one of
// the same kind and unit that overlaps was corrected.
func (c *Change) tie(known []account.Affiliation, told []Tie, now time.Time) {
	used := map[string]bool{}
	match := func(t Tie, fits func(a, b account.Affiliation) bool) (account.Affiliation, bool) {
		for _, k := range known {
			if !used[k.ID] && k.Kind == t.Kind && k.Unit == t.Unit && fits(k, t.Affiliation) {
				used[k.ID] = true
				return k, true
			}
		}
		return account.Affiliation{}, false
	}
	var rest []Tie
	for _, t := range told {
		old, found := match(t, func(a, b account.Affiliation) bool { return a.From.Equal(b.From) })
		if !found {
			rest = append(rest, t)
			continue
		}
		c.keep(old, t, now)
	}
	for _, t := range rest {
		old, found := match(t, account.Affiliation.Overlaps)
		if !found {
			old = account.Affiliation{ID: account.NewID()}
		}
		c.keep(old, t, now)
	}
}

// keep stores a told affiliation in the place of an old one, unless they are the same.
func (c *Change) keep(old account.Affiliation, t Tie, now time.Time) {
	c.Kept = append(c.Kept, old.ID)
	if old.Kind != "" && old.From.Equal(t.From) && old.Until.Equal(t.Until) {
		return
	}
	t.ID, t.Source, t.At = old.ID, account.FromRegister, now
	c.Ties = append(c.Ties, t.Affiliation)
	if len(c.Fields) == 0 || c.Fields[len(c.Fields)-1] != tieField {
		c.Fields = append(c.Fields, tieField)
	}
	words := t.Kind
	if t.Unit != "" {
		words += " at " + t.Unit
	}
	if !t.From.IsZero() {
		words += " from " + t.From.Format(time.DateOnly)
	}
	if !t.Until.IsZero() {
		words += " until " + account.LastDay(t.Until).Format(time.DateOnly)
	}
	c.Words = append(c.Words, words)
}

// tieField names affiliations in the audit log.
const tieField = "affiliation"
