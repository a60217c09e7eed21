package settings

import (
	"reflect"
	"regexp"
	"slices"

	"atrio/federation/cie"
)

// CIEContactConfig is a contact in the metadata towards CIE. // CIE-SAML metadata
type CIEContactConfig struct {
	// Kind is public or private; of the body itself it is that of the service.
	Kind         string   `toml:"kind"`
	IPACode      string   `toml:"ipa_code"`
	IPACategory  string   `toml:"ipa_category"`
	VATNumber    string   `toml:"vat_number"`
	FiscalCode   string   `toml:"fiscal_code"`
	NACE2Codes   []string `toml:"nace2_codes"`
	Municipality string   `toml:"municipality"`
	Province     string   `toml:"province"`
	Country      string   `toml:"country"`
	Company      string   `toml:"company"`
	Email        string   `toml:"email"`
	Phone        string   `toml:"phone"`
}

const (
	publicBody  = "public"
	privateBody = "private"
)

var (
	belfioreForm = regexp.MustCompile(`^[A-Z][0-9]{3}$`)
	naceForm     = regexp.MustCompile(`^[0-9]{2}(\.[0-9]{1,2}){0,2}$`)
)

func (c CIEContactConfig) empty() bool { return reflect.ValueOf(c).IsZero() }

// nature is the kind of the service.
func (c CIEConfig) nature() string {
	if c.Kind == "" {
		return publicBody
	}
	return c.Kind
}

// validateKind checks the contacts when the door is open: the metadata need them.
func (c CIEConfig) validateKind(spid SPIDConfig) []error {
	f := &faultsOf{table: "gateway.cie"}
	f.want(slices.Contains([]string{"", publicBody, privateBody}, c.Kind), "kind: %q is none; write public or private", c.Kind)
	f.want(c.Contact.Kind == "" || c.Contact.Kind == c.nature(), "contact.kind: write it as kind of gateway.cie, or leave it out")
	if !c.Configured() && c.Contact.empty() && c.Technical.empty() {
		return f.all
	}
	f.want(c.Kind == privateBody || c.Contact.IPACode != "" || spid.Contact.IPACode != "",
		"contact.ipa_code is missing: write the code of the body in the index of public administrations (IPA)")
	c.Contact.validate(f, "contact", c.Kind == privateBody)
	if !c.Technical.empty() {
		f.want(slices.Contains([]string{publicBody, privateBody}, c.Technical.Kind), "technical.kind: write public or private")
		f.want(c.Technical.Company != "", "technical.company is missing: write the full legal name")
		f.want(c.Technical.Email != "", "technical.email is missing: write the address of an office")
		c.Technical.validate(f, "technical", c.Technical.Kind == privateBody)
	}
	return f.all
}

func (c CIEContactConfig) validate(f *faultsOf, table string, private bool) {
	f.want(belfioreForm.MatchString(c.Municipality), "%s.municipality: write the code of the town in the land register, like H501, not %q", table, c.Municipality)
	f.want(c.Province == "" || provinceForm.MatchString(c.Province), "%s.province: write %q like RM", table, c.Province)
	f.want(c.Country == "" || provinceForm.MatchString(c.Country), "%s.country: write %q like IT", table, c.Country)
	if private {
		f.want(c.IPACode == "" && c.IPACategory == "", "%s: a private body has no ipa_code and ipa_category; take them out", table)
		f.want(c.VATNumber != "" && c.FiscalCode != "" && len(c.NACE2Codes) > 0,
			"%s: a private body needs vat_number, like IT01234567890, fiscal_code and nace2_codes, like [\"62.01\"]", table)
	}
	for _, code := range c.NACE2Codes {
		f.want(naceForm.MatchString(code), "%s.nace2_codes: %q is not a code of activity; write it like 62.01", table, code)
	}
	validateCodes(f, table, c.VATNumber, c.FiscalCode)
	if c.Email != "" || c.Phone != "" {
		validateReach(f, table, c.Email, c.Phone)
	}
}

// Describe fills in the contacts; what is left out is as towards SPID.
func (c CIEConfig) Describe(sp *cie.SP, spid SPIDConfig) {
	own := c.Contact
	if c.Kind != privateBody && own.IPACode == "" {
		own.IPACode = spid.Contact.IPACode
	}
	if own.Email == "" {
		own.Email, own.Phone = spid.Contact.Email, spid.Contact.Phone
	}
	if own.Company == "" {
		own.Company = c.NamesOr(spid.Organization).It.Name
	}
	own.Kind = c.Kind
	sp.Administrative = own.contact()
	if !c.Technical.empty() {
		partner := c.Technical.contact()
		sp.Technical = &partner
	}
}

func (c CIEContactConfig) contact() cie.Contact {
	out := cie.Contact{
		Private: c.Kind == privateBody, IPACode: c.IPACode, IPACategory: c.IPACategory, VATNumber: c.VATNumber, FiscalCode: c.FiscalCode,
		NACE2Codes: c.NACE2Codes, Municipality: c.Municipality, Province: c.Province, Country: c.Country,
		Company: c.Company, Email: c.Email, Phone: c.Phone,
	}
	if out.Country == "" {
		out.Country = "IT"
	}
	return out
}
