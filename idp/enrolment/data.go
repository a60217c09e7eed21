package enrolment

import (
	"maps"
	"reflect"
	"slices"
	"time"

	"atrio/idp/identity"
)

// Data is what a request holds about a person. It is stored sealed, as JSON.
type Data struct {
	Area     Area   `json:"area"`
	Email    string `json:"email"`
	Language string `json:"language"`
	// Customer is the account of the issuer's shop that the applicant linked, or "".
	Customer string `json:"customer,omitempty"`
	// DocumentsFirst: at the partner that was chosen the documents come before the personal
	// data. // E28
	DocumentsFirst bool `json:"documents_first,omitempty"`
	// Consents are what was accepted and what was not, each with its text's version.
	Consents []Consent `json:"consents,omitempty"`
	// Question is the key of the security question, Answer the hash of its answer.
	Question string `json:"question,omitempty"`
	Answer   string `json:"answer,omitempty"`
	// Phone is in international form, "+" and digits; PhoneAt is when it was confirmed.
	Phone   string    `json:"phone,omitempty"`
	PhoneAt time.Time `json:"phone_at,omitzero"`

	Person     Person            `json:"person,omitzero"`
	Document   identity.Document `json:"document,omitzero"`
	HealthCard HealthCard        `json:"health_card,omitzero"`
	// Pictures are the references of the evidence, by what they show.
	Pictures map[Picture]string `json:"pictures,omitempty"`
	Contract *Contract          `json:"contract,omitempty"`
	Booking  *Booking           `json:"booking,omitempty"`
	// Identified is when the applicant was identified; zero before.
	Identified time.Time `json:"identified,omitzero"`
	// Wanted is what was asked for again.
	Wanted []Item `json:"wanted,omitempty"`
	// Checks are what the Point saw, by the key of its checklist; CheckedBy is who ticked it.
	Checks    map[string]bool `json:"checks,omitempty"`
	CheckedBy string          `json:"checked_by,omitempty"`
	// Signed is the signature of the contract; nil before.
	Signed *Signing `json:"signed,omitempty"`
	// Verdict is what a way without a Point found; nil before.
	Verdict *Verdict `json:"verdict,omitempty"`
}

// Verdict is what a program found by a signature, a card, a chip or in a session, for who
// decides. The proof is evidence.
type Verdict struct {
	At time.Time `json:"at"`
	// Evidence is the proof that the facts were read from.
	Evidence []string `json:"evidence,omitempty"`
	// Facts are shown in their order.
	Facts []Fact `json:"facts,omitempty"`
	// Doubts are what the operator has to look at and to say so; each is the end of the key
	// "review.doubt.".
	Doubts []string `json:"doubts,omitempty"`
	// Film is that of the face; nil for none.
	Film *Film `json:"film,omitempty"`
	// Stale: what it was compared with has changed since.
	Stale bool `json:"stale,omitempty"`
}

// Film is a film of the applicant's face.
type Film struct {
	// Live: the server took it while it asked for what is done in it. // A13
	Live      bool   `json:"live"`
	Recording string `json:"recording"`
	Cues      []Cue  `json:"cues,omitempty"`
}

// Cue is something that was asked for before the camera; Key is its text.
type Cue struct {
	Key  string    `json:"key"`
	Note string    `json:"note,omitempty"`
	At   time.Time `json:"at"`
	// Offset is where it stands in the film.
	Offset time.Duration `json:"offset"`
}

// Fact is a name, the end of the key "review.fact.", and a value that people read.
type Fact struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// Signing is how a contract was signed: on paper at a Point, with a code that went to the
// confirmed telephone, or with a key of the applicant's.
type Signing struct {
	At time.Time `json:"at"`
	// Contract is the hash of what was signed.
	Contract string `json:"contract"`
	// Paper is the evidence of the signed paper, "" for a signature by code.
	Paper string `json:"paper,omitempty"`
	// File is the evidence of a contract signed with a key.
	File string `json:"file,omitempty"`
	// Phone is the MAC of the number that the code went to.
	Phone string `json:"phone,omitempty"`
	// Operator is who was there, "" for nobody.
	Operator string `json:"operator,omitempty"`
}

// SignedNow tells whether the contract as it stands is signed.
func (d Data) SignedNow() bool {
	return d.Signed != nil && d.Contract != nil && d.Signed.Contract == d.Contract.SHA256
}

// Person is who the applicant says they are.
type Person struct {
	GivenName  string `json:"given_name"`
	FamilyName string `json:"family_name"`
	// Gender is "F" or "M", as the registers have it.
	Gender    string    `json:"gender"`
	BirthDate time.Time `json:"birth_date"`
	// BirthPlace is the Belfiore code; BirthName and BirthCounty say it in words ("EE" abroad).
	BirthPlace  string `json:"birth_place"`
	BirthName   string `json:"birth_name"`
	BirthCounty string `json:"birth_county"`
	// Citizenship is an ISO 3166-1 alpha-2 code.
	Citizenship string `json:"citizenship"`
	FiscalCode  string `json:"fiscal_code"`
	// Doubts are the facts that do not fit the codice fiscale and that the applicant asks
	// an operator to check.
	Doubts    []string          `json:"doubts,omitempty"`
	Residence identity.Domicile `json:"residence"`
	// Domicile is where the person lives, when elsewhere.
	Domicile       identity.Domicile `json:"domicile,omitzero"`
	DigitalAddress string            `json:"digital_address,omitempty"`
}

// Home is the domicile, or the residence of who has no other.
func (p Person) Home() identity.Domicile {
	if p.Domicile == (identity.Domicile{}) {
		return p.Residence
	}
	return p.Domicile
}

// HealthCard is the Tessera Sanitaria, or the card of the codice fiscale of who has none.
type HealthCard struct {
	// Number has twenty digits; "" on a card of the codice fiscale, which has no end.
	Number    string    `json:"number,omitempty"`
	ExpiresOn time.Time `json:"expires_on,omitzero"`
}

// Picture says what a picture shows.
type Picture string

// The pictures of documents.
const (
	DocumentFront   Picture = "document_front"
	DocumentBack    Picture = "document_back"
	HealthCardFront Picture = "health_card_front"
	HealthCardBack  Picture = "health_card_back"
)

// Pictures lists what has to be shown.
func Pictures() []Picture {
	return []Picture{DocumentFront, DocumentBack, HealthCardFront, HealthCardBack}
}

func clonePictures(m map[Picture]string) map[Picture]string { return maps.Clone(m) }

// Consent is one decision about data.
type Consent struct {
	Key     string    `json:"key"`
	Given   bool      `json:"given"`
	Version string    `json:"version"`
	At      time.Time `json:"at"`
}

// Contract is the frozen one. Its bytes are evidence.
type Contract struct {
	Evidence string `json:"evidence"`
	SHA256   string `json:"sha256"`
	// Version is that of its texts.
	Version string    `json:"version"`
	At      time.Time `json:"at"`
}

// Booking is an appointment, at a Point or for a session. Places is how many there are at that time.
type Booking struct {
	At     time.Time     `json:"at"`
	Lasts  time.Duration `json:"lasts"`
	Places int           `json:"places"`
}

// Item is something asked for again.
type Item struct {
	What What `json:"what"`
	// Why is said to the applicant.
	Why  string `json:"why"`
	Done bool   `json:"done,omitempty"`
}

// What can be asked for again.
type What string

// The items. All but pictures want the applicant to be identified anew: the first two
// stand in the contract, which is signed anew with them. Only the token of a public office
// stays good when they change: see Request.stands.
const (
	WantedPerson         What = "person"
	WantedDocument       What = "document"
	WantedPictures       What = "pictures"
	WantedIdentification What = "identification"
)

// Whats lists what can be asked for again.
func Whats() []What {
	return []What{WantedPerson, WantedDocument, WantedPictures, WantedIdentification}
}

// says tells whether a contract says the same of both.
func (d Data) says(other Data) bool {
	return reflect.DeepEqual(d.Person, other.Person) && d.Document == other.Document && d.HealthCard == other.HealthCard
}

// asks tells whether one of these was asked for again and is not there yet.
func (d Data) asks(whats ...What) bool {
	return slices.ContainsFunc(d.Wanted, func(item Item) bool { return !item.Done && slices.Contains(whats, item.What) })
}

// Missing lists what was asked for again and is not there yet. An identification is
// given where it is made, so it never holds a resubmission up.
func (d Data) Missing() (list []Item) {
	for _, item := range d.Wanted {
		if !item.Done && item.What != WantedIdentification {
			list = append(list, item)
		}
	}
	return list
}
