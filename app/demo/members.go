package demo

import (
	"strings"
	"time"

	"atrio/gateway"
	"atrio/gateway/access"
	"atrio/gateway/account"
	"atrio/gateway/helpdesk"
	"atrio/gateway/registers"
	"atrio/people/person"
)

// memberPassword is the password of everybody who has an account at the gateway from
// the start: it fits the rules there and is nobody's.
const memberPassword = "Giardino fiorito di prova"

// Members are the accounts to plant at the gateway: people who have no other identity.
func Members() []account.Seed {
	member := func(code account.Code, given, family, birth, mail string) account.Seed {
		said := func(name, value string) account.Attribute {
			return account.Attribute{Name: name, Value: value, Source: account.Declared}
		}
		return account.Seed{
			Account:  account.Account{Code: code, GivenName: given, FamilyName: family, Email: mail, Language: "it"},
			Password: memberPassword,
			Attributes: []account.Attribute{
				said(person.GivenName, given), said(person.FamilyName, family), said(person.BirthDate, birth),
				{Name: person.Email, Value: mail, Source: account.Confirmed},
			},
		}
	}
	return []account.Seed{
		member("202400013", "Nadia", "Straniera", "2003-04-05", "nadia.straniera@example.org"),
		member("202400021", "Otto", "Impiegato", "1971-09-14", "otto.impiegato@example.org"),
		member(clerk, "Carla", "Sportello", "1985-02-11", "carla.sportello@example.org"),
		member(supervisor, "Remo", "Responsabile", "1968-06-30", "remo.responsabile@example.org"),
	}
}

// Those of them who work at the help desk, and what they may do there.
const (
	clerk      account.Code = "202400037"
	supervisor account.Code = "202400045"
)

// Clerks are the people of the help desk as the configuration names them.
func Clerks() []gateway.ClerkConfig {
	return []gateway.ClerkConfig{
		{Code: string(clerk), Role: string(helpdesk.Clerk), Unit: "Segreteria studenti"},
		{Code: string(supervisor), Role: string(helpdesk.Supervisor), Unit: "Segreteria studenti"},
	}
}

// Staff is what the staff office of the invented institution would hand over: who of them
// works there. // G2.5
func Staff(now time.Time) []registers.Person {
	var out []registers.Person
	for i, code := range []account.Code{"202400021", clerk, supervisor} {
		work := account.Affiliation{Kind: access.Employment, Unit: "Segreteria studenti", From: time.Date(now.Year()-1, time.January, 1, 0, 0, 0, 0, now.Location())}
		out = append(out, registers.Person{Line: i + 2, Code: code, Ties: []registers.Tie{{Line: i + 2, Affiliation: work}}})
	}
	return out
}

// memberStories are in Italian what the texts "demo.story.…" say, in the order of Members.
var memberStories = []string{
	"Studentessa straniera senza SPID né CIE: ha solo Codice Persona e password.",
	"Fa parte del personale: la prima volta entra nel suo account con la sola password. Con un secondo fattore apre il servizio per il personale senza SPID né CIE.",
	"Lavora al banco assistenza: dopo la password attiva un’app come secondo fattore e apre /helpdesk.",
	"È responsabile del banco assistenza: approva ciò che chiede Carla, e unisce gli account doppi.",
}

// members are the same people as /people.json has them.
func members() []Person {
	var out []Person
	for i, m := range Members() {
		out = append(out, Person{
			Role: atGateway, Name: m.Name(), Login: string(m.Code), Password: m.Password, Email: m.Email, Level: int(person.Level1),
			Story: memberStories[i], storyKey: "demo.story." + strings.ToLower(m.GivenName),
		})
	}
	return out
}
