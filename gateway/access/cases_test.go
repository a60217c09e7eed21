package access

import (
	"time"

	"atrio/people/person"
)

// now is when the cases of these tests happen.
var now = time.Date(2026, 3, 10, 12, 0, 0, 0, time.UTC)

// allActs puts every decision into force.
func allActs() (acts []Act) {
	for _, id := range decisions() {
		acts = append(acts, Act{Rule: ID(id), Act: "Decreto 1/2026", Signer: "Il Rettore", Date: "2026-01-02"})
	}
	return acts
}

// institution is one, with what a test has to know about it.
type institution struct {
	name   string
	book   *Book
	acts   bool
	opened bool
}

func institutions() []institution {
	open := []Opening{{From: now.Add(-time.Hour), Until: now.Add(time.Hour), Reason: "guasto"}}
	return []institution{
		{"without acts", NewBook(nil), false, false},
		{"with all acts", NewBook(allActs()), true, false},
		{"with an opening", NewBook(allActs()).With(open), true, true},
	}
}

// citizen is a row of statements about citizenship, and what they come to by hand.
type citizen struct {
	name string
	says []Citizenship
	want Standing
}

func declared(at time.Time, states ...string) Citizenship {
	return Citizenship{States: states, Source: "declared", At: at}
}

func registered(at time.Time, states ...string) Citizenship {
	return Citizenship{States: states, Source: "register", Proved: true, At: at}
}

func citizens() []citizen {
	days := func(n int) time.Time { return now.AddDate(0, 0, -n) }
	return []citizen{
		{"unknown", nil, Unknown},
		{"an empty list", []Citizenship{declared(days(1))}, Unknown},
		{"Italian", []Citizenship{declared(days(90), "IT")}, OnlyItalian},
		{"Italian by the register", []Citizenship{registered(days(90), "IT")}, OnlyItalian},
		{"two", []Citizenship{declared(days(90), "IT", "Z110")}, Free},
		{"another", []Citizenship{declared(days(90), "Z110")}, Free},
		{"another that was not asked for", []Citizenship{declared(days(1), "XX")}, Free},
		{"declared another, the register disagrees since ten days", []Citizenship{declared(days(90), "XX"), registered(days(10), "IT")}, Free},
		{"declared another, the register disagrees since forty days", []Citizenship{declared(days(90), "XX"), registered(days(40), "IT")}, OnlyItalian},
		{"declared another after the register spoke", []Citizenship{registered(days(10), "IT"), declared(days(5), "XX")}, OnlyItalian},
		{"declared Italian, the register knows more", []Citizenship{declared(days(90), "IT"), registered(days(1), "IT", "Z110")}, Free},
		{"corrected the declaration", []Citizenship{declared(days(90), "IT"), declared(days(1), "IT", "XX")}, Free},
	}
}

// few are the citizens that the large product is made of.
func few() (out []citizen) {
	for _, c := range citizens() {
		switch c.name {
		case "unknown", "Italian", "Italian by the register", "two", "declared another, the register disagrees since forty days":
			out = append(out, c)
		}
	}
	return out
}

func affiliations() [][]Affiliation {
	return [][]Affiliation{
		nil,
		{{Kind: Employment, From: now.AddDate(-1, 0, 0)}},
		{{Kind: Employment, From: now.AddDate(-9, 0, 0), Until: now.AddDate(-1, 0, 0)}, {Kind: "student"}},
	}
}

func declarations() []Declaration {
	return []Declaration{
		{},
		{State: Declared, Until: now.Add(time.Hour)},
		{State: Declared, Until: now}, // nobody has marked it as lapsed yet
		{State: Lapsed, Until: now.AddDate(0, -1, 0)},
		{State: Lapsed, Until: now.AddDate(0, -1, 0), ByDesk: true},
		{State: Withdrawn, Until: now.AddDate(0, 1, 0)},
	}
}

// logins are the doors with what each can bring.
func logins() (all []Login) {
	for _, d := range Doors() {
		if (Login{Door: d}).ByState() {
			for _, l := range []person.Level{1, 2, 3} {
				all = append(all, Login{Door: d, Level: l, At: now, For: "x"})
			}
			if d == person.DoorSPID { // begun for another service
				all = append(all, Login{Door: d, Level: 2, At: now, For: "y"})
			}
			continue
		}
		for _, second := range []bool{false, true} {
			all = append(all, Login{Door: d, SecondFactor: second, At: now})
		}
	}
	return all
}

// destinations are all kinds of service, and the own account.
func destinations() (all []Service) {
	for _, c := range Classes() {
		for _, l := range []person.Level{1, 2, 3} {
			all = append(all, Service{ID: "x", Class: c, Level: l})
		}
		for _, two := range []bool{false, true} {
			all = append(all, Service{ID: "x", Class: c, Level: 1, FirstFactorOnly: true, TwoFactors: two})
		}
	}
	all = append(all, Service{ID: "x", Class: Administrative, Level: 2, ParentalAuthorisation: true}, Service{ID: "x", Class: Community, Level: 2, Ages: Ages{14, 17}, ParentalAuthorisation: true})
	return append(all, Service{ID: "x", Class: Administrative, Level: 2, Ages: Ages{14, 17}}, Service{ID: "x", Class: Teaching, Level: 2, Ages: Ages{14, 17}}, OwnAccount())
}

// owned are the identities that people have: none, one, and one beside the account that
// a password or another state's identity made.
func owned() [][]person.Door {
	return [][]person.Door{nil, {person.DoorSPID}, {person.DoorLocal, person.DoorCIE}, {person.DoorEIDAS}}
}

// everyone calls with every person of the product; what matters to few services is
// added by variants.
func everyone(yield func(citizen, Person)) {
	for _, c := range few() {
		for _, a := range affiliations() {
			for _, d := range declarations() {
				for _, doors := range owned() {
					for _, factors := range [][]Factor{nil, {LocalFactor}, {StateFactor}, {StateFactor, LocalFactor}} {
						yield(c, Person{Citizenships: c.says, Affiliations: a, Doors: doors, Factors: factors, Declaration: d})
					}
				}
			}
		}
	}
}

// variants are the ages of a person where the service asks for one, with what a parent
// said, the first access
// and a later one at the own account, and two residences, which mean nothing today.
func variants(p Person, s Service) []Person {
	switch {
	case s.ForMinors():
		var all []Person
		add := func(born string, until time.Time) {
			one := p
			one.BirthDate, one.Authorised = born, until
			all = append(all, one)
		}
		if s.ParentalAuthorisation { // recorded, over, never
			add("2011-01-01", now.Add(time.Hour))
			add("2011-01-01", now)
			if s.Ages.Set() {
				return all
			}
		} else {
			add("2019-01-01", time.Time{})
		}
		for _, born := range []string{"", "1980-01-01", "2011-01-01"} {
			add(born, time.Time{})
		}
		return all
	case s.Class == Administrative && s.Level == 2:
		late, soon := p, p
		late.Owes, soon.Owes = now, now.Add(time.Hour)
		return []Person{p, late, soon}
	case s.Class == Own:
		first := p
		first.FirstAccess, first.Residence = true, "Z110"
		return []Person{p, first}
	}
	return []Person{p}
}
