// Package eidasdoor is the door for people with a digital identity of another
// European country: they say which country, and the Italian node does the rest.
//
// The node is one more provider of SPID, with sets of attributes of its own. The way
// itself is in package samldoor, the rules of the messages in federation/eidas.
package eidasdoor

import (
	"embed"
	"net/url"
	"slices"
	"time"

	"atrio/federation/eidas"
	"atrio/federation/spid"
	"atrio/federation/spid/spidsaml"
	"atrio/gateway/access"
	"atrio/gateway/doors/samldoor"
	"atrio/gateway/journey"
	"atrio/people/person"
	"atrio/web"
	"atrio/web/ui"
)

//go:embed pages
var files embed.FS

// Pages are the pages of this package, with the texts of the world of eIDAS.
func Pages() ui.Pages {
	return ui.Pages{Name: "eidasdoor", FS: samldoor.PagesWithTexts(files, eidas.Texts())}
}

// LoginPath is the choice of the country; with one it starts.
const LoginPath = "/eidas/login"

// Door is the eIDAS door.
type Door struct {
	samldoor.Door
	countries []eidas.Country
	limit     web.Guard
}

// New makes the door. sp is the service of SPID, which publishes the sets of eIDAS;
// countries are the codes of those offered, all when there are none.
func New(c samldoor.Common, directory samldoor.Directory, sp *spidsaml.SP, countries []string, limit web.Guard) *Door {
	d := &Door{limit: limit, Door: samldoor.Door{
		Common: c, Name: person.DoorEIDAS, World: world{sp}, Directory: directory,
		Again: func(_, flow string) string { return LoginPath + "?" + url.Values{"flow": {flow}}.Encode() },
	}}
	for _, one := range eidas.Countries() {
		if len(countries) == 0 || slices.Contains(countries, one.Code) {
			d.countries = append(d.countries, one)
		}
	}
	return d
}

// Mount gives the door its address; answers come to the samldoor.ACS of SPID.
func (d *Door) Mount(m *web.Mux) { m.Get(LoginPath, d.login, d.limit) }

// world is eIDAS as a door sees it.
type world struct{ sp *spidsaml.SP }

// Request asks for the full set: a country that does not give all of it gives at
// least the minimum.
func (x world) Request(id string, now time.Time, p spidsaml.Provider, to journey.Destination) (spidsaml.Request, error) {
	return eidas.Request(x.sp, id, now, p, spid.Level(access.LevelToRequest(to.Level, to.ForceAuthn)), spid.SetEIDASFull)
}

// Check runs the table of eIDAS.
func (x world) Check(samlResponse string, p spidsaml.Provider, pending spidsaml.Pending, now time.Time) (*spidsaml.Login, error) {
	return eidas.CheckResponse(spidsaml.Input{SAMLResponse: samlResponse, SP: x.sp, Provider: p, Pending: pending, Now: now})
}

// Assertion names the person by the identifier of their country. A codice fiscale is
// neither asked for nor taken over: no Italian authority proved it here. // G6.2
func (x world) Assertion(login *spidsaml.Login) (person.Assertion, []string) {
	said := samldoor.Neutral(login.Attributes)
	delete(said, person.FiscalNumber)
	if address := login.Attributes["address"]; address != "" && len(address) <= samldoor.MaxValue {
		said[person.Domicile] = address
	}
	if g, ok := eidas.Gender(said[person.Gender]); ok {
		said[person.Gender] = g
	} else {
		delete(said, person.Gender)
	}
	id, err := eidas.ParseIdentifier(login.Attributes["spidCode"])
	if err != nil {
		return person.Assertion{}, []string{"PersonIdentifier"}
	}
	return person.Assertion{Subject: id.String(), Attributes: said}, samldoor.Missing(
		samldoor.Need{Name: "name", Value: said[person.GivenName]}, samldoor.Need{Name: "familyName", Value: said[person.FamilyName]})
}
