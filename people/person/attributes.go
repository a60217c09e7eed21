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

// Names that only a person's own declaration gives. Citizenship is a list of states apart
// by blanks, Italy first when it is among them: "IT", "IT BR"; states are ISO 3166-1 codes
// of two letters. A native name is in its own letters, where registers have others.
const (
	NativeGivenName  = "native_given_name"
	NativeFamilyName = "native_family_name"
	ChosenName       = "chosen_name"
	Citizenship      = "citizenship"
	ResidenceCountry = "residence_country"
	ResidenceCounty  = "residence_county"
	ResidenceTown    = "residence_municipality"
	ResidencePostal  = "residence_postal_code"
	ResidenceStreet  = "residence_street"
)

// Codes of states in Citizenship that mean something to the program; all others are
// those of the lists of states.
const (
	Italy = "IT"
	// OtherState is one that was not asked for: that it is another is all that counts.
	// ISO 3166-1 leaves XX to its users.
	OtherState = "XX"
)
