package eidasnode

// Country is one with a notified scheme. Names stand in English, and as the people of
// the country write them: nobody finds their country in a language they do not read.
type Country struct {
	// Code as in identifiers of persons: ISO 3166-1, but EL for Greece.
	Code string
	// Name in English, Own in the language Lang of the country.
	Name, Own, Lang string
	// Means is the simulated means of identification; no real one is named.
	Means string
}

// Countries lists those that somebody of the demonstration comes from, and some more
// where nobody does, in the order of their English names.
func Countries() []Country {
	return []Country{
		{"AT", "Austria", "Österreich", "de", "Prüf-ID"},
		{"CZ", "Czechia", "Česko", "cs", "Zkušební identita"},
		{"EE", "Estonia", "Eesti", "et", "Näidis-ID"},
		{"DE", "Germany", "Deutschland", "de", "Musterausweis"},
		{"PT", "Portugal", "Portugal", "pt", "Chave de Exemplo"},
		{"ES", "Spain", "España", "es", "Identidad de Ejemplo"},
		{"SE", "Sweden", "Sverige", "sv", "Exempellegitimation"},
	}
}

// CountryCodes are the codes of Countries, for the settings of a gateway.
func CountryCodes() []string {
	var out []string
	for _, c := range Countries() {
		out = append(out, c.Code)
	}
	return out
}

// CountryName is the English name of a code, the code itself when it is unknown.
func CountryName(code string) string {
	if c, ok := lookup(code); ok {
		return c.Name
	}
	return code
}

func lookup(code string) (Country, bool) {
	for _, c := range Countries() {
		if c.Code == code {
			return c, true
		}
	}
	return Country{}, false
}
