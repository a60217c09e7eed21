// Package spiddoor is the door of SPID: the provider that the person chose gets a
// request, and what it answers says who the person is.
//
// The way itself is in package samldoor, the rules of the messages are in
// federation/spid/spidsaml; the choice of the provider is a page of gateway/doors.
package spiddoor

import (
	"embed"
	"net/http"
	"net/url"

	"atrio/base/fault"
	"atrio/federation/spid"
	"atrio/federation/spid/spidsaml"
	"atrio/gateway/doors/samldoor"
	"atrio/people/person"
	"atrio/web"
	"atrio/web/ui"
)

// Pages are the texts of the world of SPID; the door needs no page of its own.
func Pages() ui.Pages {
	return ui.Pages{Name: "spiddoor", FS: samldoor.PagesWithTexts(embed.FS{}, spid.Texts())}
}

// Addresses of the door. // DESIGN 1
const (
	LoginPath    = "/spid/login"
	MetadataPath = "/spid/metadata"
	ACSPath      = "/spid/acs"
	SLOPath      = "/spid/slo"
)

// Door is the SPID door.
type Door struct {
	samldoor.Door
	limit web.Guard
}

// New makes the door of a service. sets gives the index of the set of
// attributes to ask for when people come for a service, limit guards starts against
// floods.
func New(c samldoor.Common, directory samldoor.Directory, sp *spidsaml.SP, sets func(service string) int, limit web.Guard) *Door {
	return &Door{limit: limit, Door: samldoor.Door{
		Common: c, Name: person.DoorSPID, World: world{sp, sets}, Directory: directory, Again: startURL, ProviderHelp: helpURL,
	}}
}

// Mount gives the door its address; answers come to a samldoor.ACS at ACSPath, messages of
// logout to an exit.Exit at SLOPath.
func (d *Door) Mount(m *web.Mux) {
	m.Get(LoginPath, d.start, d.limit)
}

// CrossOriginPOST lists the paths to which providers post.
func CrossOriginPOST() []string { return []string{ACSPath, SLOPath} }

// start sends the person to the provider named by idp.
func (d *Door) start(w http.ResponseWriter, r *http.Request) error {
	query, err := web.ReadQuery(r)
	if err != nil {
		return err
	}
	flow := query.Value("flow")
	provider, known := d.Directory.Provider(query.Value("idp"))
	if !known {
		return fault.New(fault.NotFound, "error.spid.provider_unknown").For("spid_provider_unknown").
			Offer("gateway.action.login", samldoor.LoginURL(flow)).Offer("gateway.action.which_provider", "/help/provider")
	}
	d.noteLast(w, r, provider.EntityID)
	return d.Start(w, r, provider, flow)
}

// helpURL is the page that leads to the provider's own help desk.
func helpURL(entityID, flow string) string {
	return "/help/provider?" + url.Values{"idp": {entityID}, "flow": {flow}}.Encode()
}

// startURL is the address of start.
func startURL(entityID, flow string) string {
	return LoginPath + "?" + url.Values{"idp": {entityID}, "flow": {flow}}.Encode()
}
