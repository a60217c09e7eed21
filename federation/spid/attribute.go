package spid

// Attribute is a row of the table of SPID attributes (SPID-RT, attributi).
type Attribute struct {
	// Name in assertions and metadata.
	Name string
	// Type is the XML Schema type of the value, "string" or "date".
	Type string
	// Person is the name of the same datum in person.Assertion, "" when the
	// gateway has no use for it.
	Person string
	// Key of the label in the message catalogue (Texts).
	Key string
}

// Attributes lists the attributes of SPID in the order of the rules. The list is
// shared: callers only read it.
func Attributes() []Attribute { return attributes }

var attributes = []Attribute{
	{"spidCode", "string", "", "spid.attribute.spidCode"},
	{"name", "string", "given_name", "spid.attribute.name"},
	{"familyName", "string", "family_name", "spid.attribute.familyName"},
	{"placeOfBirth", "string", "birth_place", "spid.attribute.placeOfBirth"},
	{"countyOfBirth", "string", "birth_county", "spid.attribute.countyOfBirth"},
	{"dateOfBirth", "date", "birth_date", "spid.attribute.dateOfBirth"},
	{"gender", "string", "gender", "spid.attribute.gender"},
	{"companyName", "string", "", "spid.attribute.companyName"},
	{"registeredOffice", "string", "", "spid.attribute.registeredOffice"},
	{"fiscalNumber", "string", "fiscal_code", "spid.attribute.fiscalNumber"},
	{"ivaCode", "string", "", "spid.attribute.ivaCode"},
	{"companyFiscalNumber", "string", "", "spid.attribute.companyFiscalNumber"},
	{"idCard", "string", "", "spid.attribute.idCard"},
	{"mobilePhone", "string", "phone", "spid.attribute.mobilePhone"},
	{"email", "string", "email", "spid.attribute.email"},
	// Replaced by the domicile set (Avviso 25), still listed.
	{"address", "string", "", "spid.attribute.address"},
	{"domicileStreetAddress", "string", "domicile_street", "spid.attribute.domicileStreetAddress"},
	{"domicilePostalCode", "string", "domicile_postal_code", "spid.attribute.domicilePostalCode"},
	{"domicileMunicipality", "string", "domicile_municipality", "spid.attribute.domicileMunicipality"},
	{"domicileProvince", "string", "domicile_province", "spid.attribute.domicileProvince"},
	{"domicileNation", "string", "domicile_nation", "spid.attribute.domicileNation"},
	{"expirationDate", "date", "", "spid.attribute.expirationDate"},
	{"digitalAddress", "string", "", "spid.attribute.digitalAddress"},
}

// LookupAttribute finds a row by name.
func LookupAttribute(name string) (Attribute, bool) {
	for _, a := range Attributes() {
		if a.Name == name {
			return a, true
		}
	}
	return Attribute{}, false
}

// Identifying are the attributes without which nobody can be recognised.
func Identifying() []string { return []string{"spidCode", "name", "familyName", "fiscalNumber"} }
