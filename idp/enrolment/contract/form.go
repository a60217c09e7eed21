package contract

import "time"

// Form is everything that a request says. Its fields are what was verified or typed
// before; nothing is looked up again, so that the same Form gives the same bytes.
//
// REG 5: the data of a natural person that a request has to hold.
type Form struct {
	// Number is how people name the request; it stands on every page and in the QR code.
	Number string `json:"number"`
	// Language is that of the applicant: "it", or "en" for a courtesy translation after
	// the Italian text, which alone binds.
	Language string `json:"language"`
	// Prepared is when the request was put together, to the second.
	Prepared time.Time `json:"prepared"`

	Provider   Provider   `json:"provider"`
	Terms      Terms      `json:"terms"`
	Person     Person     `json:"person"`
	Contacts   Contacts   `json:"contacts"`
	Residence  Address    `json:"residence"`
	Domicile   Address    `json:"domicile,omitzero"` // zero: the same as the residence
	Document   Document   `json:"document"`
	HealthCard HealthCard `json:"health_card,omitzero"`

	// Method is how the applicant is identified: "signature", "cns", "point", "video", "chip"
	// or "rao". Circuit is the name of the partner whose Point was chosen, or "".
	Method  string `json:"method"`
	Circuit string `json:"circuit,omitempty"`

	Consents []Consent `json:"consents,omitempty"`
	// NoticeVersion is the version of the privacy notice that the applicant read.
	NoticeVersion string `json:"notice_version"`
}

// Provider is the identity provider as its configuration names it.
type Provider struct {
	Name         string `json:"name"`         // of the service
	Organisation string `json:"organisation"` // the legal person that answers for it
	Address      string `json:"address"`      // its seat, on one line
	FiscalCode   string `json:"fiscal_code,omitempty"`
	// Web, Mail, CertifiedMail and Phone are where the holder is answered; at least one of
	// the last three is needed.
	Web           string `json:"web,omitempty"`
	Mail          string `json:"mail,omitempty"`
	CertifiedMail string `json:"certified_mail,omitempty"`
	Phone         string `json:"phone,omitempty"`
	// Notice is the address of the privacy notice.
	Notice string `json:"notice,omitempty"`
}

// Terms are what an institution may set; the zero value is free and without end. // I17
type Terms struct {
	// Price is for the identity and its use, in cents of euro; 0 is free.
	Price int `json:"price,omitempty" toml:"price"`
	// PointFee is what the Point takes for identifying, in cents of euro; 0 is free.
	PointFee int `json:"point_fee,omitempty" toml:"point_fee"`
	// Years is how long the contract lasts before it is renewed; 0 is without end.
	Years int `json:"years,omitempty" toml:"years"`
}

// Person is who asks.
type Person struct {
	GivenName  string    `json:"given_name"`
	FamilyName string    `json:"family_name"`
	Sex        string    `json:"sex"` // "F" or "M", as the registers have it
	BirthDate  time.Time `json:"birth_date"`
	// BirthPlace is the municipality, or the foreign place; BirthProvince the two letters, ""
	// abroad; BirthCountry the name of the state, "" for Italy.
	BirthPlace    string `json:"birth_place"`
	BirthProvince string `json:"birth_province,omitempty"`
	BirthCountry  string `json:"birth_country,omitempty"`
	Citizenship   string `json:"citizenship"` // in words
	FiscalCode    string `json:"fiscal_code"`
}

// Contacts are the secondary attributes that were verified. // REG 5
type Contacts struct {
	Email string `json:"email"`
	Phone string `json:"phone"`
	// CertifiedMail is a PEC, or "".
	CertifiedMail string `json:"certified_mail,omitempty"`
}

// Address is a residence or a domicile.
type Address struct {
	Street       string `json:"street"`
	PostalCode   string `json:"postal_code,omitempty"`
	Municipality string `json:"municipality"`
	Province     string `json:"province,omitempty"` // two letters, "" abroad
	Country      string `json:"country,omitempty"`  // in words, "" for Italy
}

// Document is the identity document that was shown.
type Document struct {
	// Kind is a word of the rules ("cartaIdentita", "passaporto", "patenteGuida"), said in
	// words where the texts know it, and as it is otherwise.
	Kind      string    `json:"kind"`
	Number    string    `json:"number"`
	Issuer    string    `json:"issuer"`
	IssuedOn  time.Time `json:"issued_on,omitzero"`
	ExpiresOn time.Time `json:"expires_on"`
}

// HealthCard is the Tessera Sanitaria, or the card of the codice fiscale, which has neither
// number nor expiry here.
type HealthCard struct {
	Number    string    `json:"number,omitempty"`
	ExpiresOn time.Time `json:"expires_on,omitzero"`
}

// Consent is one decision; those that the texts know by Key are said in words.
type Consent struct {
	Key   string    `json:"key"`
	Given bool      `json:"given"`
	At    time.Time `json:"at"`
}
