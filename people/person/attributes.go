package person

// Neutral names of attributes, equal for all doors and all services. Dates are
// written 2006-01-02, phone numbers in E.164 form, countries and provinces as
// their two letters, birth places as cadastral codes (Belfiore) when the door
// gives them so.
const (
	GivenName      = "given_name"
	FamilyName     = "family_name"
	BirthDate      = "birth_date"
	BirthPlace     = "birth_place"
	BirthCounty    = "birth_county"
	BirthCountry   = "birth_country"
	Gender         = "gender" // "M" or "F"
	FiscalNumber   = "fiscal_code"
	Email          = "email"
	Phone          = "phone"
	CertifiedEmail = "certified_email" // PEC, domicilio digitale
	Domicile       = "domicile"        // one line
	DomicileStreet = "domicile_street"
	DomicilePostal = "domicile_postal_code"
	DomicileTown   = "domicile_municipality"
	DomicileCounty = "domicile_county"
	DomicileNation = "domicile_country"
	IDCard         = "id_card" // document type, number, issuer, dates, one line
	IDExpires      = "id_expires"
	SPIDCode       = "spid_code"
	CompanyName    = "company_name"
	CompanyAddress = "company_address"
	VATNumber      = "vat_number"
)
