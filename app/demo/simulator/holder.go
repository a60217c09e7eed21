package simulator

import "atrio/federation/spid"

// Holder is an invented person with an identity of a scheme. All of it is public.
type Holder struct {
	// Login is the user name; it also names the person in forms.
	Login string
	// Name as the person writes it, Latin as documents transliterate it; Latin is ""
	// where both are the same; Lang is the language of Name then.
	Name, Latin, Lang string
	// Story is the end of the key of the text that says what the person is for.
	Story string
	// Country is the code of the country of the identity, "" for Italy.
	Country string
	// Level is the highest that the person can reach.
	Level spid.Level
	// Password, Secret of the app's codes and PIN of the card; "" where there is none.
	Password, PIN string
	Secret        []byte
	// Expired marks a card past its end.
	Expired bool
	// Attributes by SPID name, as they are sent.
	Attributes map[string]string
}

// Written is the name in the letters in which it is sent.
func (h Holder) Written() string {
	if h.Latin != "" {
		return h.Latin
	}
	return h.Name
}

// Find gives the person of a login name.
func Find(people []Holder, login string) (Holder, bool) {
	for _, h := range people {
		if h.Login == login {
			return h, true
		}
	}
	return Holder{}, false
}
