package draft

import "atrio/people/civil"

// wrongs are the texts for what is wrong with something typed.
var wrongs = map[civil.Wrong]string{
	civil.TooLong: "form.too_long", civil.Characters: "form.characters", civil.NoLetters: "wizard.name.letters",
	civil.TownMissing: "wizard.town.missing", civil.TownUnknown: "wizard.town.unknown", civil.TownSeveral: "wizard.town.several",
	civil.ProvinceUnknown: "wizard.province.unknown",
}

// WrongName is the key of what is wrong with a name, "" when nothing is.
func WrongName(s string) string { return wrongs[civil.WrongName(s)] }
