package demo

import (
	"encoding/json"
	"io/fs"
	"strings"
	"time"

	"atrio/app/demo/cieprovider"
	"atrio/app/demo/eidasnode"
	"atrio/app/demo/simulator"
	"atrio/authn/otp"
	"atrio/idp/identity"
	"atrio/web/ui"
)

// Person is one of the people of the demonstration, as /people.json has them.
// All are invented; the secrets are printed because nobody owns them.
type Person struct {
	Role          string `json:"role"`
	Name          string `json:"name"`
	Login         string `json:"login"`
	Password      string `json:"password"`
	Answer        string `json:"answer,omitempty"` // to the security question
	TOTPSecret    string `json:"totp_secret"`
	Phone         string `json:"phone"`
	Email         string `json:"email"`
	CodiceFiscale string `json:"codice_fiscale"`
	// SPIDLevel is 0 for those who have no SPID.
	SPIDLevel int    `json:"spid_level"`
	Story     string `json:"story"`
	// Level is the highest that the person reaches at their door.
	Level int `json:"level"`
	// CardPIN is the half of the PIN that the simulated provider of CIE asks for.
	CardPIN string `json:"card_pin,omitempty"`
	// Country is that of an identity of eIDAS.
	Country string `json:"country,omitempty"`

	storyKey string
	secret   []byte
}

// Doors at which people of the demonstration sign in: the values of Person.Role.
const (
	atGateway = "gateway"
	atIdP     = "idp"
	atCIE     = "cie"
	atEIDAS   = "eidas"
)

// StoryKey is the catalogue key of the person's story.
func (p Person) StoryKey() string { return p.storyKey }

// CountryName is the English name of the country of the identity.
func (p Person) CountryName() string { return eidasnode.CountryName(p.Country) }

// password of everybody: it fits the rules of SPID and is nobody's.
const password = "Giardino!2026"

// cast is everybody, in the order of the desk.
func cast() []identity.Seed {
	domicile := identity.Domicile{Street: "Via degli Esempi 1", PostalCode: "00100", Municipality: "Roma", Province: "RM", Nation: "Italia"}
	document := identity.Document{
		Kind: "cartaIdentita", Number: "CA00000AA", Issuer: "comuneRoma",
		IssuedOn: day(2022, 3, 1), ExpiresOn: day(2032, 3, 1),
	}
	person := func(given, family, gender string, born time.Time, place, county, code, mail, phone string) identity.Seed {
		return identity.Seed{
			Holder: identity.Holder{
				GivenName: given, FamilyName: family, Gender: gender, BirthDate: born, BirthPlace: place, BirthCounty: county,
				FiscalCode: fiscal(code), Email: mail, MobilePhone: phone, Document: document, Domicile: domicile,
			},
			Password: password,
		}
	}
	bianca := person("Bianca", "Esempio", "F", day(1999, 3, 12), "F205", "MI", "SMPBNC99C52F205O", "bianca.esempio@example.org", "+393310000001")
	bianca.TOTPKey, bianca.SMS = []byte("bianca-demo-totp-key"), true
	bianca.Question, bianca.Answer = "toy", "Orsetto Gino"
	tullio := person("Tullio", "Modello", "M", day(1947, 11, 2), "L219", "TO", "MDLTLL47S02L219A", "tullio.modello@example.org", "+393310000002")
	tullio.SMS = true
	tullio.Question, tullio.Answer = "song", "Ninna nanna"
	amira := person("Amira", "Finta", "F", day(2001, 7, 23), "Z330", "EE", "FNTMRA01L63Z330L", "amira.finta@example.org", "+393310000003")
	amira.TOTPKey = []byte("amira-demo-totp-key!")
	lea := person("Lea", "Primolivello", "F", day(1990, 5, 30), "G273", "PA", "PRMLEA90E70G273R", "lea.primolivello@example.org", "")
	carlo := person("Carlo", "Sospeso", "M", day(1980, 1, 9), "H501", "RM", "SSPCRL80A09H501L", "carlo.sospeso@example.org", "+393310000005")
	carlo.SMS, carlo.State = true, identity.Suspended
	livia := person("Livia", "Scalino", "F", day(1994, 9, 17), "A662", "BA", "SCLLVI94P57A662T", "livia.scalino@example.org", "+393310000006")
	return []identity.Seed{bianca, tullio, amira, lea, carlo, livia}
}

// stories say in Italian what each person is for, in the order of cast; pages
// take "demo.story.<given name>" of the catalogue, which says the same.
var stories = []string{
	"Studentessa con SPID di livello 2: app dei codici e SMS. Il percorso principale.",
	"Ha 79 anni e un telefono senza app: riceve i codici per SMS.",
	"Studentessa nata in Marocco, con SPID: usa solo l'app dei codici.",
	"Ha solo la password e nessun cellulare, quindi il livello 1: dove serve il livello 2 vede l'errore 20.",
	"Ha l'identità sospesa: vede l'errore 23.",
	"Ha la password e un cellulare: a un servizio di livello 2 lo attiva sul momento e prosegue.",
}

// People are the people of the demonstration, ready to be shown: those of the identity
// provider first, then those of the simulated providers.
func People() []Person {
	var out []Person
	for i, s := range cast() {
		p := Person{
			Role: atIdP, Name: s.Holder.GivenName + " " + s.Holder.FamilyName, Login: s.Holder.Email, Password: s.Password, Answer: s.Answer,
			Phone: s.Holder.MobilePhone, Email: s.Holder.Email, CodiceFiscale: string(s.Holder.FiscalCode), SPIDLevel: 1,
			Story: stories[i], storyKey: "demo.story." + strings.ToLower(s.Holder.GivenName), secret: s.TOTPKey,
		}
		if len(s.TOTPKey) > 0 {
			p.TOTPSecret = otp.EncodeSecret(s.TOTPKey)
		}
		if len(s.TOTPKey) > 0 || s.SMS {
			p.SPIDLevel = 2
		}
		p.Level = p.SPIDLevel
		out = append(out, p)
	}
	out = append(out, members()...)
	out = append(out, holders(atCIE, cieprovider.People(), cieprovider.Pages())...)
	return append(out, holders(atEIDAS, eidasnode.People(), eidasnode.Pages())...)
}

// holders are the people of a simulated provider. Their stories stand in the texts of
// its pages.
func holders(role string, people []simulator.Holder, pages ui.Pages) []Person {
	italian := words(pages)
	var out []Person
	for _, h := range people {
		p := Person{
			Role: role, Name: h.Written(), Login: h.Login, Password: h.Password, Level: int(h.Level), CardPIN: h.PIN, Country: h.Country,
			CodiceFiscale: strings.TrimPrefix(h.Attributes["fiscalNumber"], "TINIT-"),
			storyKey:      "demo.story." + h.Story, secret: h.Secret,
		}
		if len(h.Secret) > 0 {
			p.TOTPSecret = otp.EncodeSecret(h.Secret)
		}
		p.Story = italian[p.storyKey]
		out = append(out, p)
	}
	return out
}

// words are the Italian texts of pages, which are part of the program.
func words(pages ui.Pages) map[string]string {
	data, err := fs.ReadFile(pages.Texts(), "it.json")
	if err != nil {
		panic(err)
	}
	var out map[string]string
	if err := json.Unmarshal(data, &out); err != nil {
		panic(err)
	}
	return out
}

// Seeds are the identities to plant at the identity provider.
func Seeds() []identity.Seed { return cast() }

func day(year, month, d int) time.Time {
	return time.Date(year, time.Month(month), d, 0, 0, 0, 0, time.UTC)
}
