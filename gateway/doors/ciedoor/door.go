// Package ciedoor is the door of CIE, the electronic identity card: one provider, a
// service of its own, levels by app or by card and PIN.
//
// The way itself is in package samldoor, the rules of the messages in
// federation/cie.
package ciedoor

import (
	"embed"
	"net/http"
	"net/url"
	"time"

	"atrio/base/fault"
	"atrio/federation/cie"
	"atrio/federation/spid"
	"atrio/federation/spid/spidsaml"
	"atrio/gateway/access"
	"atrio/gateway/doors/samldoor"
	"atrio/gateway/journey"
	"atrio/people/person"
	"atrio/web"
	"atrio/web/ui"
)

// Pages are the texts of the world of CIE; the door needs no page of its own.
func Pages() ui.Pages {
	return ui.Pages{Name: "ciedoor", FS: samldoor.PagesWithTexts(embed.FS{}, cie.Texts())}
}

// Addresses of the door. // DESIGN 1
const (
	LoginPath    = "/cie/login"
	MetadataPath = "/cie/metadata"
	ACSPath      = "/cie/acs"
	SLOPath      = "/cie/slo"
)

// Door is the CIE door.
type Door struct {
	samldoor.Door
	limit web.Guard
}

// New makes the door of a service. lowest is the level that is asked for at the
// least, limit guards starts against floods.
func New(c samldoor.Common, directory samldoor.Directory, sp *cie.SP, lowest person.Level, limit web.Guard) *Door {
	return &Door{limit: limit, Door: samldoor.Door{
		Common: c, Name: person.DoorCIE, World: world{sp, lowest}, Directory: directory,
		Again: func(_, flow string) string { return LoginPath + "?" + url.Values{"flow": {flow}}.Encode() },
	}}
}

// Mount gives the door its address; answers come to a samldoor.ACS at ACSPath.
func (d *Door) Mount(m *web.Mux) { m.Get(LoginPath, d.start, d.limit) }

// CrossOriginPOST lists the paths to which CIE posts.
func CrossOriginPOST() []string { return []string{ACSPath} }

// start sends the person to the provider of CIE. There is one; during the acceptance
// another may be trusted beside it, which idp names.
func (d *Door) start(w http.ResponseWriter, r *http.Request) error {
	query, err := web.ReadQuery(r)
	if err != nil {
		return err
	}
	flow := query.Value("flow")
	provider, ok := samldoor.First(d.Directory)
	if !ok {
		return fault.New(fault.Unavailable, "error.cie.provider_unknown").For("cie_provider_unknown").
			Offer("gateway.action.other", samldoor.LoginURL(flow))
	}
	if named := query.Value("idp"); named != "" {
		if provider, ok = d.Directory.Provider(named); !ok {
			return fault.New(fault.NotFound, "error.cie.provider_unknown").For("cie_provider_unknown").
				Offer("gateway.action.other", samldoor.LoginURL(flow))
		}
	}
	return d.Start(w, r, provider, flow)
}

// world is CIE as a door sees it.
type world struct {
	sp     *cie.SP
	lowest person.Level
}

// Request asks for the level of the destination, or the institution's lowest, or
// more: minimum is what CIE takes with every level. // G2.6, CIE-SAML AuthnRequest
func (x world) Request(id string, now time.Time, p spidsaml.Provider, to journey.Destination) (spidsaml.Request, error) {
	level := max(access.LevelToRequest(to.Level, to.ForceAuthn), x.lowest)
	return x.sp.Request(id, now, p, cie.Want{Level: spid.Level(level), Comparison: spid.Minimum})
}

// Check runs the table of CIE.
func (x world) Check(samlResponse string, p spidsaml.Provider, pending spidsaml.Pending, now time.Time) (*spidsaml.Login, error) {
	return cie.CheckResponse(cie.Input{SAMLResponse: samlResponse, SP: x.sp, Provider: p, Pending: pending, Now: now})
}

// Assertion names the person by the codice fiscale, which the table has proved: CIE
// gives no other lasting name. // CIE-SAML attributi
func (x world) Assertion(login *spidsaml.Login) (person.Assertion, []string) {
	a := person.Assertion{Attributes: samldoor.Neutral(login.Attributes)}
	a.FiscalCode, _ = cie.FiscalCode(login.Attributes["fiscalNumber"])
	a.Subject = string(a.FiscalCode)
	return a, samldoor.Missing(samldoor.Need{Name: "fiscalNumber", Value: a.Subject})
}
