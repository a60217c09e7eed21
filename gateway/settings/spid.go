package settings

import (
	"fmt"
	"net/url"
	"slices"

	"atrio/federation/registry"
	"atrio/federation/spid"
	"atrio/federation/spid/spidsaml"
	"atrio/gateway/doors"
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

// DefaultAttributes are what identifies a person and reaches them.
func DefaultAttributes() []string {
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

// Metadata is the organization as a federation sees it.
func (c OrganizationConfig) Metadata() metadata.Organization {
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

// OfficialLinks are the pages that the list of providers ends with.
func (c SPIDConfig) OfficialLinks() doors.SPIDLinks {
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
