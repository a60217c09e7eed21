package demo

import (
	"strings"

	"atrio/gateway/account"
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
	}
}

// memberStories are in Italian what the texts "demo.story.…" say, in the order of Members.
var memberStories = []string{
	"Studentessa straniera senza SPID né CIE: ha solo Codice Persona e password.",
	"Fa parte del personale e ha dimenticato a casa il telefono: entra nel suo account con la sola password.",
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
