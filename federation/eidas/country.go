package eidas

// Country takes part in eIDAS with a notified identity.
type Country struct {
	// Code is the code of ISO 3166, but EL for Greece as in eIDAS.
	Code string
	// It and En are the names shown in the choice.
	It, En string
}

// Countries lists the countries of the Union and of the EEA that notified a scheme of
// electronic identification, in the order of their English names; Italy is left out,
// its people have SPID and CIE. The institution chooses among them in its settings.
// Regulation (EU) 910/2014 art. 9(2)
func Countries() []Country { return countries }

var countries = []Country{
	{"AT", "Austria", "Austria"},
	{"BE", "Belgio", "Belgium"},
	{"BG", "Bulgaria", "Bulgaria"},
	{"HR", "Croazia", "Croatia"},
	{"CY", "Cipro", "Cyprus"},
	{"CZ", "Repubblica Ceca", "Czechia"},
	{"DK", "Danimarca", "Denmark"},
	{"EE", "Estonia", "Estonia"},
	{"FI", "Finlandia", "Finland"},
	{"FR", "Francia", "France"},
	{"DE", "Germania", "Germany"},
	{"EL", "Grecia", "Greece"},
	{"HU", "Ungheria", "Hungary"},
	{"IS", "Islanda", "Iceland"},
	{"IE", "Irlanda", "Ireland"},
	{"LV", "Lettonia", "Latvia"},
	{"LI", "Liechtenstein", "Liechtenstein"},
	{"LT", "Lituania", "Lithuania"},
	{"LU", "Lussemburgo", "Luxembourg"},
	{"MT", "Malta", "Malta"},
	{"NL", "Paesi Bassi", "Netherlands"},
	{"NO", "Norvegia", "Norway"},
	{"PL", "Polonia", "Poland"},
	{"PT", "Portogallo", "Portugal"},
	{"RO", "Romania", "Romania"},
	{"SK", "Slovacchia", "Slovakia"},
	{"SI", "Slovenia", "Slovenia"},
	{"ES", "Spagna", "Spain"},
	{"SE", "Svezia", "Sweden"},
}

// LookupCountry finds a country by its code.
func LookupCountry(code string) (Country, bool) {
	for _, c := range countries {
		if c.Code == code {
			return c, true
		}
	}
	return Country{}, false
}

// Name is the name of the country in a language.
func (c Country) Name(lang string) string {
	if lang == "en" {
		return c.En
	}
	return c.It
}
