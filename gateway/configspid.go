package gateway

import (
	"fmt"
	"net/url"
	"slices"
	"strings"

	"atrio/federation/eidas"
	"atrio/federation/registry"
	"atrio/federation/spid"
	"atrio/federation/spid/spidsaml"
	"atrio/gateway/doors"
	"atrio/gateway/doors/spiddoor"
	"atrio/gateway/services"
	"atrio/saml/metadata"
)

// SPIDConfig describes the institution as a service of SPID.
type SPIDConfig struct {
	// Kind is what the institution is to the federation; default: public.
	Kind spidsaml.Kind `toml:"kind"`
	// EntityID is the name of the service in the federation; default: base URL.
	EntityID string `toml:"entity_id"`
	// Organization stands in the metadata; the provider shows its display name.
	Organization OrganizationConfig `toml:"organization"`
	// Contact is who answers for the service, Aggregated the body whose services an
	// aggregator or operator brings in, Billing who pays. // Avviso SPID 29, Avviso SPID 19
	Contact    ContactConfig `toml:"contact"`
	Aggregated ContactConfig `toml:"aggregated"`
	Billing    BillingConfig `toml:"billing"`
	// Locality is the town of the institution, in the certificate. // Avviso SPID 29
	Locality string `toml:"locality"`
	// Attributes to ask for, by SPID name. Default: code, names, codice fiscale,
	// birth, gender, e-mail, mobile phone.
	Attributes []string `toml:"attributes"`
	// OtherACS are addresses for answers on other hosts, published for a move.
	OtherACS []string `toml:"other_acs"`
	// SignatureSet publishes the set 77 of the electronic signature with SPID.
	SignatureSet bool `toml:"signature_set"`
	// AgeMin and AgeMax are the ages that all services together are for: AgeLimit in the
	// metadata. Both zero: everybody. // AgID LG-minori
	AgeMin int `toml:"age_min"`
	AgeMax int `toml:"age_max"`
	// Providers are where the metadata of the identity providers come from; app keeps a
	// registry of them.
	Providers []SPIDProviderConfig `toml:"providers"`
	// Validator offers AgID's validator, and sources marked as tests, to people: for the
	// acceptance of the service.
	Validator bool `toml:"validator"`
	// Outages are entityIDs of providers with known problems: the button says so. What
	// `atrio provider outage` says while the program runs wins.
	Outages []string `toml:"outages"`
	// SilentLogout are entityIDs of providers that end their session at a logout and
	// never answer: people are offered the way there instead of being sent.
	SilentLogout []string `toml:"silent_logout"`
	// Links are the official pages that the list of providers ends with.
	Links SPIDLinksConfig `toml:"links"`
}

// OrganizationConfig names the institution in Italian, and in English if wanted.
type OrganizationConfig struct {
	It NamesConfig `toml:"it"`
	En NamesConfig `toml:"en"`
}

// NamesConfig are the names of an organization in one language.
type NamesConfig struct {
	// Name is the full legal name, DisplayName the short one, URL the home page.
	Name        string `toml:"name"`
	DisplayName string `toml:"display_name"`
	URL         string `toml:"url"`
}

// ContactConfig is a contact "other" of the metadata.
type ContactConfig struct {
	Company    string `toml:"company"`
	IPACode    string `toml:"ipa_code"`
	VATNumber  string `toml:"vat_number"`
	FiscalCode string `toml:"fiscal_code"`
	Email      string `toml:"email"`
	Phone      string `toml:"phone"`
}

// SPIDProviderConfig says where the metadata of providers come from.
type SPIDProviderConfig = registry.SourceConfig

// SPIDLinksConfig replaces the official addresses, for test federations.
type SPIDLinksConfig struct {
	More string `toml:"more"`
	Get  string `toml:"get"`
	Help string `toml:"help"`
}

// attributeIndex is the index of the set of the gateway itself.
const attributeIndex = 0

// defaultAttributes are what identifies a person and reaches them.
func defaultAttributes() []string {
	return []string{"spidCode", "name", "familyName", "fiscalNumber", "dateOfBirth", "placeOfBirth", "countyOfBirth", "gender", "email", "mobilePhone"}
}

func (c SPIDConfig) validate() []error {
	var faults []error
	add := func(format string, args ...any) {
		faults = append(faults, fmt.Errorf("gateway.spid: "+format, args...))
	}
	if c.EntityID != "" && !absolute(c.EntityID) {
		add("entity_id: %q is not an address; write it like https://login.example.it", c.EntityID)
	}
	faults = append(faults, c.Organization.validate("gateway.spid")...)
	if c.Locality == "" {
		add("locality is missing: the certificate names the town of the institution") // Avviso SPID 29
	}
	faults = append(faults, c.validateKind()...)
	for _, address := range c.OtherACS {
		if !absolute(address) {
			add("other_acs: %q is not an address; write it like https://accesso.example.it/spid/acs", address)
		}
	}
	if c.AgeMin < 0 || c.AgeMax < 0 || c.AgeMin > spidsaml.NoOldest || c.AgeMax > spidsaml.NoOldest || c.AgeMax != 0 && c.AgeMax < c.AgeMin {
		add("age_min %d, age_max %d: write ages in years, the smaller one first; leave one out for no bound", c.AgeMin, c.AgeMax)
	}
	for _, a := range c.Attributes {
		if _, ok := spid.LookupAttribute(a); !ok {
			add("attributes: %q is not a SPID attribute", a)
		}
	}
	for _, need := range spid.Identifying() {
		if len(c.Attributes) > 0 && !slices.Contains(c.Attributes, need) {
			add("attributes: %s is required: without it nobody can be recognised", need)
		}
	}
	return append(faults, validateProviders("gateway.spid", c.Providers)...)
}

func (c OrganizationConfig) validate(table string) []error {
	var faults []error
	for _, lang := range []struct {
		key string
		n   NamesConfig
	}{{"it", c.It}, {"en", c.En}} {
		if lang.key == "en" && lang.n == (NamesConfig{}) {
			continue
		}
		if lang.n.Name == "" || lang.n.DisplayName == "" || !absolute(lang.n.URL) {
			// SPID-RT metadata: it is mandatory
			faults = append(faults, fmt.Errorf("%s: organization.%s needs name, display_name and url", table, lang.key))
		}
	}
	return faults
}

func validateProviders(table string, list []SPIDProviderConfig) []error {
	var faults []error
	for _, err := range registry.ValidateSources(list) {
		faults = append(faults, fmt.Errorf("%s: providers%w", table, err))
	}
	return faults
}

func absolute(s string) bool {
	u, err := url.Parse(s)
	return err == nil && u.Host != "" && (u.Scheme == "https" || u.Scheme == "http")
}

// service is the SP of these settings.
func (c SPIDConfig) service(d Deps) *spidsaml.SP {
	base := strings.TrimSuffix(d.Site.BaseURL, "/")
	entity := c.EntityID
	if entity == "" {
		entity = base
	}
	attributes := c.Attributes
	if len(attributes) == 0 {
		attributes = defaultAttributes()
	}
	sets := []spidsaml.AttributeSet{{Index: attributeIndex, Names: serviceText(d, c.Organization.metadata()), Attributes: attributes}}
	sets = append(sets, setsOf(d.Services)...)
	if c.SignatureSet {
		sets = append(sets, spidsaml.SignatureSet())
	}
	if d.EIDAS != nil {
		sets = append(sets, eidas.Sets()...)
	}
	sp := &spidsaml.SP{
		Kind: c.Kind, EntityID: entity, ACSURL: base + spiddoor.ACSPath, SLOURL: base + spiddoor.SLOPath, OtherACS: c.OtherACS,
		Organization: c.Organization.metadata(), AttributeSets: sets, Signer: d.SPIDSigner, Published: d.SPIDCertificates,
	}
	c.describe(sp)
	return sp
}

// setsOf are the sets of attributes of the services that have one of their own.
func setsOf(register *services.Register) []spidsaml.AttributeSet {
	var sets []spidsaml.AttributeSet
	for _, s := range register.All() {
		if s.AttributeIndex != 0 {
			sets = append(sets, spidsaml.AttributeSet{
				Index: s.AttributeIndex, Names: metadata.Localized{{Lang: "it", Text: s.Name.It}, {Lang: "en", Text: s.Name.En}}, Attributes: s.SPIDAttributes,
			})
		}
	}
	return sets
}

// setFor gives the set of attributes to ask for when people come for a service.
func setFor(register *services.Register) func(service string) int {
	return func(service string) int {
		if s, ok := register.ByClientID(service); ok && s.AttributeIndex != 0 {
			return s.AttributeIndex
		}
		return attributeIndex
	}
}

// metadata is the organization as a federation sees it.
func (c OrganizationConfig) metadata() metadata.Organization {
	o := metadata.Organization{}
	for _, l := range []struct {
		lang string
		n    NamesConfig
	}{{"it", c.It}, {"en", c.En}} {
		if l.n.Name == "" {
			continue
		}
		o.Names = append(o.Names, metadata.LocalizedText{Lang: l.lang, Text: l.n.Name})
		o.DisplayNames = append(o.DisplayNames, metadata.LocalizedText{Lang: l.lang, Text: l.n.DisplayName})
		o.URLs = append(o.URLs, metadata.LocalizedText{Lang: l.lang, Text: l.n.URL})
	}
	return o
}

// serviceText is the name of the service where the provider shows it.
func serviceText(d Deps, o metadata.Organization) metadata.Localized {
	var names metadata.Localized
	for _, n := range o.Names {
		names = append(names, metadata.LocalizedText{Lang: n.Lang, Text: d.Site.Institution.Service.In(n.Lang)})
	}
	return names
}

// listing is the list of providers as the login page shows it.
func (c SPIDConfig) listing(d Deps) func() []doors.Provider {
	outage := d.Outage
	if outage == nil {
		outage = func(entityID string) (string, bool) { return "", slices.Contains(c.Outages, entityID) }
	}
	return func() []doors.Provider {
		var out []doors.Provider
		for _, p := range d.Directory.Providers() {
			text, on := outage(p.EntityID)
			out = append(out, doors.Provider{EntityID: p.EntityID, Name: p.Name, Outage: on, OutageText: text, Sites: p.Websites})
		}
		return out
	}
}

func (c SPIDConfig) links() doors.SPIDLinks {
	or := func(s, def string) string {
		if s == "" {
			return def
		}
		return s
	}
	return doors.SPIDLinks{
		More: or(c.Links.More, "https://www.spid.gov.it/"),
		Get:  or(c.Links.Get, "https://www.spid.gov.it/cos-e-spid/come-attivare-spid/"),
		Help: or(c.Links.Help, "https://www.spid.gov.it/serve-aiuto/"),
	}
}
