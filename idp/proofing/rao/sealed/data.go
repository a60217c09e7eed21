package sealed

import (
	"encoding/json"
	"strings"
	"time"
)

// Data are what the office saw, as they stand inside a token.
type Data struct {
	Info       Info       `json:"info"`
	HealthCard HealthCard `json:"electronicIdentification"`
	Attributes Attributes `json:"spidAttributes"`
}

// Info is whose identification it is.
type Info struct {
	ID     string `json:"id"`
	Issued int64  `json:"issueInstant"`
	Issuer Issuer `json:"issuer"`
}

// Issuer is the body and who worked for it.
type Issuer struct {
	Code      string `json:"issuerCode"`
	Reference string `json:"issuerInternalReference"`
}

// HealthCard is the Tessera Sanitaria that was shown.
type HealthCard struct {
	Type    string `json:"identificationType"`
	Number  string `json:"identificationSerialCode"`
	Expires string `json:"identificationExpirationDate"`
}

// Attributes are those of the identity to come.
type Attributes struct {
	Mandatory Mandatory `json:"mandatoryAttributes"`
	Optional  *Optional `json:"optionalAttributes,omitempty"`
}

// Mandatory attributes. Dates are "2006-01-02", places Belfiore codes.
type Mandatory struct {
	Name        string  `json:"name"`
	FamilyName  string  `json:"familyName"`
	BirthPlace  string  `json:"placeOfBirth"`
	BirthCounty string  `json:"countyOfBirth"`
	BirthNation string  `json:"nationOfBirth"`
	BirthDate   string  `json:"dateOfBirth"`
	Gender      string  `json:"gender"`
	FiscalCode  string  `json:"fiscalNumber"`
	Email       string  `json:"email"`
	Card        IDCard  `json:"idCard"`
	Phone       Phone   `json:"mobilePhone"`
	Address     Address `json:"address"`
}

// IDCard is the document that was shown.
type IDCard struct {
	Type    string `json:"idCardType"`
	Number  string `json:"idCardDocNumber"`
	Issuer  string `json:"idCardIssuer"`
	Issued  string `json:"idCardIssueDate"`
	Expires string `json:"idCardExpirationDate"`
}

// Phone is a number with the code of its country beside it: "+39", "3331234567".
type Phone struct {
	Country string `json:"countryCallingCode"`
	Number  string `json:"phoneNumber"`
}

// International is the number as requests have it.
func (p Phone) International() string {
	return "+" + strings.TrimLeft(strings.TrimPrefix(p.Country, "+"), "0") + p.Number
}

// Address is where the person lives.
type Address struct {
	Type         string `json:"addressType"`
	Name         string `json:"addressName"`
	Number       string `json:"addressNumber"`
	PostalCode   string `json:"postalCode"`
	Municipality string `json:"municipality"`
	County       string `json:"county"`
	Nation       string `json:"nation"`
}

// Optional attributes.
type Optional struct {
	DigitalAddress string `json:"digitalAddress"`
}

// FiscalPrefix stands before the codice fiscale in the attributes of SPID.
const FiscalPrefix = "TINIT-"

// read reads what was inside, and compares it with what the seal says outside.
func (c Claims) read(clear []byte) (Data, error) {
	var d Data
	if err := json.Unmarshal(clear, &d); err != nil {
		return Data{}, Inside
	}
	m := d.Attributes.Mandatory
	_, wrong := time.Parse(time.DateOnly, m.BirthDate)
	switch {
	case bare(m.FiscalCode) != c.FiscalCode, d.Info.Issuer.Code != c.Issuer, wrong != nil, m.Name == "", m.FamilyName == "":
		return Data{}, Inside
	}
	return d, nil
}

// bare is a codice fiscale without its prefix.
func bare(code string) string { return strings.TrimPrefix(strings.ToUpper(code), FiscalPrefix) }
