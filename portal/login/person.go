package login

import (
	"cmp"
	"slices"
	"strings"
	"time"
	"unicode"
)

// person is what the gateway tells of somebody at its userinfo endpoint. P2
type person struct {
	Name       string `json:"name"`
	GivenName  string `json:"given_name"`
	FamilyName string `json:"family_name"`
	Email      string `json:"email"`
	BirthDate  string `json:"birthdate"`
	Gender     string `json:"gender"`
}

// Limits of what is taken over from the gateway, in characters.
const (
	maxName    = 200
	maxEmail   = 254 // RFC 5321 4.5.3.1.3
	maxSubject = 255 // OIDC-core 2
	maxWord    = 200 // acr, one amr
	maxMethods = 10
)

// arrival takes over what can be a name, an address, a date; the rest counts as
// not released. Who has no name is called by the address.
func (p person) arrival(now time.Time) Arrival {
	a := Arrival{
		Name: line(p.Name, maxName), GivenName: line(p.GivenName, maxName), FamilyName: line(p.FamilyName, maxName),
		Email: line(p.Email, maxEmail+1),
	}
	if len(a.Email) > maxEmail || strings.Count(a.Email, "@") != 1 || strings.Contains(a.Email, " ") {
		a.Email = ""
	}
	a.Name = cmp.Or(a.Name, line(a.GivenName+" "+a.FamilyName, maxName), a.Email)
	if born, err := time.Parse(time.DateOnly, p.BirthDate); err == nil && born.Year() >= 1900 && !born.After(now) {
		a.BirthDate = p.BirthDate
	}
	if slices.Contains([]string{"female", "male", "other"}, p.Gender) { // OIDC-core 5.1
		a.Gender = p.Gender
	}
	return a
}

// line makes one line of a foreign text, without what a database refuses or what
// turns the text around it: NUL, control characters, marks of direction.
func line(s string, most int) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case unicode.In(r, unicode.Cc, unicode.Cf, unicode.Co, unicode.Cs):
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, ""))
	s = strings.Join(strings.Fields(s), " ")
	if runes := []rune(s); len(runes) > most {
		s = strings.TrimSpace(string(runes[:most]))
	}
	return s
}

// shorten cuts a text for the log.
func shorten(s string) string { return line(s, 200) }
