package release

import (
	"atrio/gateway/account"
	"atrio/gateway/services"
	"atrio/people/person"
)

// claim is one claim and where its value comes from; ok is false when the value
// is not known.
type claim struct {
	name  string
	value func(Person) (value any, ok bool)
}

// claimsOf gives the claims of an attribute. // OIDC-core 5.1
var claimsOf = map[string][]claim{
	services.CodicePersona: {{"codice_persona", func(p Person) (any, bool) { return known(string(p.Account.Code)) }}},
	services.Name:          {{"name", fullName}},
	person.GivenName:       {{"given_name", func(p Person) (any, bool) { return known(p.Account.GivenName) }}},
	person.FamilyName:      {{"family_name", func(p Person) (any, bool) { return known(p.Account.FamilyName) }}},
	person.FiscalNumber:    {{"fiscal_number", fiscalNumber}},
	person.BirthDate:       {{"birthdate", func(p Person) (any, bool) { return p.attribute(person.BirthDate) }}},
	person.Gender:          {{"gender", gender}},
	person.Email: {
		{"email", func(p Person) (any, bool) { return known(p.Account.Email) }},
		{"email_verified", func(p Person) (any, bool) { return confirmed(p), p.Account.Email != "" }},
	},
	person.Phone:       {{"phone_number", func(p Person) (any, bool) { return p.attribute(person.Phone) }}},
	services.SPIDLevel: {{"spid_level", func(p Person) (any, bool) { return int(p.Level), p.Level > 0 }}},
}

// scopeOf gives the scope by which a request asks for an attribute.
// OIDC-core 5.4; codice_persona and fiscal_number are scopes of their own.
var scopeOf = map[string]string{
	services.CodicePersona: "codice_persona",
	services.Name:          "profile",
	person.GivenName:       "profile",
	person.FamilyName:      "profile",
	person.FiscalNumber:    "fiscal_number",
	person.BirthDate:       "profile",
	person.Gender:          "profile",
	person.Email:           "email",
	person.Phone:           "phone",
	services.SPIDLevel:     "openid",
}

// ScopeOf is the scope that asks for an attribute, "" when there is none.
func ScopeOf(attribute string) string { return scopeOf[attribute] }

// Scopes lists the scopes that mean something here, openid first.
func Scopes() []string {
	return []string{"openid", "profile", "email", "phone", "codice_persona", "fiscal_number"}
}

// ClaimNames lists the claims that may be released, for the discovery document.
func ClaimNames() []string {
	var out []string
	for _, attribute := range services.Releasable() {
		for _, c := range claimsOf[attribute] {
			out = append(out, c.name)
		}
	}
	return out
}

// confirmed tells whether somebody proved to read the address. Account.Email holds only
// such addresses, but for those that a register brought. // OIDC-core 5.1
func confirmed(p Person) bool {
	said := false
	for _, a := range p.Attributes {
		if a.Name != person.Email || a.Value != p.Account.Email {
			continue
		}
		if a.Source != account.FromRegister {
			return true
		}
		said = true
	}
	return !said
}

func known(s string) (any, bool) { return s, s != "" }

func (p Person) attribute(name string) (any, bool) {
	a, found := account.Best(p.Attributes, name)
	if !found {
		return nil, false
	}
	return a.Value, true
}

// fullName is the legal name, or for services that ask for it the chosen one. // G3.9
func fullName(p Person) (any, bool) {
	if p.chosen {
		if name, ok := p.attribute(person.ChosenName); ok {
			return name, true
		}
	}
	return known(p.Account.Name())
}

// fiscalNumber is written with the prefix of the country and the kind of number,
// as SPID and eIDAS write it: only a proved one leaves the house. // G3.8
func fiscalNumber(p Person) (any, bool) {
	if p.Account.FiscalCode == "" {
		return nil, false
	}
	return "TINIT-" + string(p.Account.FiscalCode), true
}

// gender in the words of OpenID Connect. // OIDC-core 5.1
func gender(p Person) (any, bool) {
	switch v, _ := p.attribute(person.Gender); v {
	case "M":
		return "male", true
	case "F":
		return "female", true
	}
	return nil, false
}
