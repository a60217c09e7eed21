package settings

import (
	"fmt"
	"net/mail"
	"regexp"
	"strings"

	"atrio/federation/spid/spidsaml"
)

// BillingConfig is whom the authority bills for private services. // Avviso SPID 29
type BillingConfig struct {
	VATNumber  string `toml:"vat_number"`
	FiscalCode string `toml:"fiscal_code"`
	// Name of a legal person, or else FirstName and LastName of a natural one.
	Name      string `toml:"name"`
	FirstName string `toml:"first_name"`
	LastName  string `toml:"last_name"`
	// The seat.
	Street     string `toml:"street"`
	Number     string `toml:"number"`
	PostalCode string `toml:"postal_code"`
	Town       string `toml:"town"`
	Province   string `toml:"province"`
	Country    string `toml:"country"`
	Company    string `toml:"company"`
	Email      string `toml:"email"`
	Phone      string `toml:"phone"`
}

var (
	vatForm      = regexp.MustCompile(`^[A-Z]{2}[0-9A-Z]{2,26}$`)
	taxForm      = regexp.MustCompile(`^[A-Z0-9]{11,16}$`)
	postalForm   = regexp.MustCompile(`^[0-9]{5}$`)
	provinceForm = regexp.MustCompile(`^[A-Z]{2}$`)
	phoneForm    = regexp.MustCompile(`^\+[0-9]{4,20}$`)
)

// faultsOf collects what is wrong with a table of settings.
type faultsOf struct {
	table string
	all   []error
}

func (f *faultsOf) want(ok bool, format string, args ...any) {
	if !ok {
		f.all = append(f.all, fmt.Errorf(f.table+": "+format, args...))
	}
}

// validateKind checks what the kind needs: all that is missing, with what to write.
// Avviso SPID 29, Avviso SPID 19
func (c SPIDConfig) validateKind() []error {
	f := &faultsOf{table: "gateway.spid"}
	p, known := c.Kind.Profile()
	if !known {
		f.want(false, "kind: %q is none; write one of %s", c.Kind, kinds())
		return f.all
	}
	if p.OfOthers() {
		f.want(strings.Contains(c.EntityID, p.Activity) && !strings.Contains(c.EntityID, "?"),
			"entity_id: a service of kind %s has %s in its name and no query; write it like https://login.example.it/%s", c.Kind, p.Activity, p.Activity)
	}
	c.Contact.validate(f, "contact", c.needsOf(p))
	if p.AggregatedType != "" {
		needs := contactNeeds{ipa: p.AggregatedType == "Public", code: true, noIPA: p.AggregatedType == "Private", company: p.Operator}
		c.Aggregated.validate(f, "aggregated", needs)
	} else {
		f.want(c.Aggregated == (ContactConfig{}), "aggregated: kind %s has no such contact; take it out", orPublic(c.Kind))
	}
	full := c.Organization.It.Name
	if own := c.owner(p); own.Company != "" {
		f.want(own.Company == full, "%s.company: %q must be organization.it.name, %q, or be left out", c.ownerTable(p), own.Company, full)
	}
	if p.Private || c.Billing != (BillingConfig{}) {
		c.Billing.validate(f)
	}
	return f.all
}

func kinds() string {
	var names []string
	for _, p := range spidsaml.Profiles() {
		names = append(names, string(p.Kind))
	}
	return strings.Join(names, ", ")
}

func orPublic(k spidsaml.Kind) spidsaml.Kind {
	if k == "" {
		return spidsaml.Public
	}
	return k
}

// contactNeeds says which codes a contact needs.
type contactNeeds struct {
	ipa, noIPA bool // the code of the index of public administrations
	code       bool // any code
	taxes      bool // VAT number or codice fiscale
	both       bool // both of them
	company    bool
}

// needsOf is what the rules want of who signs.
func (c SPIDConfig) needsOf(p spidsaml.Profile) contactNeeds {
	switch {
	case p.Operator:
		return contactNeeds{ipa: true, both: true}
	case p.OfOthers():
		return contactNeeds{code: true, company: true}
	case p.Private:
		return contactNeeds{noIPA: true, taxes: true}
	}
	return contactNeeds{ipa: true}
}

// owner is the contact whose name is that of the organization in the metadata: the
// body that is brought in by an aggregator, else who signs. // Avviso SPID 19
func (c SPIDConfig) owner(p spidsaml.Profile) ContactConfig {
	if c.ownerTable(p) == "aggregated" {
		return c.Aggregated
	}
	return c.Contact
}

func (c SPIDConfig) ownerTable(p spidsaml.Profile) string {
	if p.AggregatedType != "" && !p.Operator {
		return "aggregated"
	}
	return "contact"
}

func (c ContactConfig) validate(f *faultsOf, table string, needs contactNeeds) {
	f.want(!needs.ipa || c.IPACode != "", "%s.ipa_code is missing: write the code of the body in the index of public administrations (IPA)", table)
	f.want(!needs.noIPA || c.IPACode == "", "%s.ipa_code: a private body has none; take it out", table)
	f.want(!needs.code || c.IPACode != "" || c.VATNumber != "" || c.FiscalCode != "", "%s: write ipa_code, vat_number or fiscal_code", table)
	f.want(!needs.taxes || c.VATNumber != "" || c.FiscalCode != "", "%s: write vat_number, like IT01234567890, or fiscal_code", table)
	f.want(!needs.both || c.VATNumber != "" && c.FiscalCode != "", "%s: write both vat_number, like IT01234567890, and fiscal_code", table)
	f.want(!needs.company || c.Company != "", "%s.company is missing: write the full legal name", table)
	validateCodes(f, table, c.VATNumber, c.FiscalCode)
	validateReach(f, table, c.Email, c.Phone)
}

func validateCodes(f *faultsOf, table, vat, fiscal string) {
	f.want(vat == "" || vatForm.MatchString(vat), "%s.vat_number: write %q with the country before it, like IT01234567890", table, vat)
	f.want(fiscal == "" || taxForm.MatchString(fiscal), "%s.fiscal_code: %q is not a codice fiscale; write 11 to 16 digits and capital letters", table, fiscal)
}

func validateReach(f *faultsOf, table, email, phone string) {
	_, err := mail.ParseAddress(email)
	f.want(email != "", "%s.email is missing: write the address of an office", table)
	f.want(email == "" || err == nil, "%s.email: %q is not an address", table, email)
	f.want(phone == "" || phoneForm.MatchString(phone), "%s.phone: write %q like +390212345678", table, phone)
}

func (c BillingConfig) validate(f *faultsOf) {
	f.want(c.VATNumber != "" || c.FiscalCode != "", "billing: write vat_number, like IT01234567890, or fiscal_code")
	f.want(c.Name != "" || c.FirstName != "" && c.LastName != "", "billing: write name, or first_name and last_name of a natural person")
	f.want(c.Street != "" && c.Town != "", "billing: write street and town of the seat")
	f.want(postalForm.MatchString(c.PostalCode), "billing.postal_code: write the five digits of the CAP, not %q", c.PostalCode)
	f.want(c.Province == "" || provinceForm.MatchString(c.Province), "billing.province: write %q like RM", c.Province)
	f.want(c.Country == "" || provinceForm.MatchString(c.Country), "billing.country: write %q like IT", c.Country)
	validateCodes(f, "billing", c.VATNumber, c.FiscalCode)
	validateReach(f, "billing", c.Email, c.Phone)
}

// Describe fills in what depends on the kind.
func (c SPIDConfig) Describe(sp *spidsaml.SP) {
	p, _ := c.Kind.Profile()
	sp.Contact = c.Contact.contact()
	if p.AggregatedType != "" {
		aggregated := c.Aggregated.contact()
		sp.Aggregated = &aggregated
	}
	if name := c.Organization.It.Name; p.OfOthers() { // Avviso SPID 19: both contacts have Company
		switch c.ownerTable(p) {
		case "aggregated":
			sp.Aggregated.Company = name
		default:
			sp.Contact.Company = name
		}
	}
	if c.Billing != (BillingConfig{}) {
		sp.Billing = c.Billing.billing()
	}
	if c.AgeMin != 0 || c.AgeMax != 0 {
		sp.Ages = &spidsaml.Ages{Min: c.AgeMin, Max: c.AgeMax}
		if c.AgeMax == 0 {
			sp.Ages.Max = spidsaml.NoOldest
		}
	}
}

func (c ContactConfig) contact() spidsaml.Contact {
	return spidsaml.Contact{
		IPACode: c.IPACode, VATNumber: c.VATNumber, FiscalCode: c.FiscalCode, Company: c.Company, Email: c.Email, Phone: c.Phone,
	}
}

func (c BillingConfig) billing() *spidsaml.Billing {
	b := spidsaml.Billing{
		VATNumber: c.VATNumber, FiscalCode: c.FiscalCode, Name: c.Name, FirstName: c.FirstName, LastName: c.LastName,
		Street: c.Street, Number: c.Number, PostalCode: c.PostalCode, Town: c.Town, Province: c.Province, Country: c.Country,
		Company: c.Company, Email: c.Email, Phone: c.Phone,
	}
	if b.Name != "" {
		b.FirstName, b.LastName = "", ""
	}
	if b.Company == "" {
		b.Company = b.Name
	}
	if b.Country == "" {
		b.Country = "IT"
	}
	return &b
}
