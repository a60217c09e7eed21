package eidasnode

import (
	"atrio/app/demo/simulator"
	"atrio/federation/spid"
)

// People are the invented people with an identity of another country. Märt stands
// there twice: his identifier changed with a new card, his name and birth did not.
func People() []simulator.Holder {
	person := func(login, country, identifier, given, family, born, story string, level spid.Level) simulator.Holder {
		return simulator.Holder{
			Login: login, Name: given + " " + family, Story: story, Country: country, Level: level,
			Attributes: map[string]string{
				// Regulation (EU) 2015/1501, annex 1: country of the identity, country
				// of destination, identifier.
				"spidCode": country + "/IT/" + identifier, "name": given, "familyName": family, "dateOfBirth": born,
			},
		}
	}
	more := func(h simulator.Holder, gender, place, address string) simulator.Holder {
		h.Attributes["gender"], h.Attributes["placeOfBirth"], h.Attributes["address"] = gender, place, address
		return h
	}
	oksana := more(person("oksana", "CZ", "b7e1c2d4-0001", "Oksana", "Pryklad", "1994-08-24", "oksana", spid.L2), "F", "Lviv", "Zkušební 1, 110 00 Praha")
	oksana.Name, oksana.Latin, oksana.Lang = "Оксана Приклад", "Oksana Pryklad", "uk"
	mart := func(login, identifier, story string) simulator.Holder {
		return more(person(login, "EE", identifier, "Märt", "Näidis", "1979-02-03", story, spid.L3), "M", "Tartu", "Näidise 2, 51003 Tartu")
	}
	return []simulator.Holder{
		oksana,
		mart("mart", "37902030001", "mart"),
		mart("mart-2", "PNOEE-37902030002", "mart_new"),
		more(person("joerg", "DE", "0123456789abcdefMUSTER01", "Jörg", "Müßiggang-Beispiel", "1968-11-05", "joerg", spid.L3), "M", "Köln", "Musterstraße 3, 50667 Köln"),
		person("luis", "PT", "00000000", "Luís", "Exemplo", "1985-06-10", "luis", spid.L1),
		more(person("mariajose", "ES", "00000000T", "María José", "Ejemplo Núñez", "2003-05-14", "mariajose", spid.L3), "F", "Sevilla", "Calle del Ejemplo 4, 41001 Sevilla"),
		more(person("lola", "ES", "11111111H", "Lola", "Ejemplo", "2011-09-21", "lola", spid.L2), "F", "Granada", "Calle del Ejemplo 6, 18001 Granada"),
		more(person("asa", "SE", "200001019999", "Åsa", "Exempel-Öberg", "2000-01-01", "asa", spid.L2), "F", "Umeå", "Exempelgatan 5, 903 26 Umeå"),
	}
}

// words of the levels. Regulation (EU) 910/2014, art. 8
var words = map[spid.Level]string{spid.L1: "low", spid.L2: "substantial", spid.L3: "high"}

// ofWord finds the level of a word, 0 for none.
func ofWord(word string) spid.Level {
	for level, w := range words {
		if w == word {
			return level
		}
	}
	return 0
}
