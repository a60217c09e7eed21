// Package enrolment is the request for a SPID identity: what it holds, which states it
// goes through, and who may take which step.
//
// It is pure: no pages and no SQL. Every step is a row of one table (acts.go), so that a
// lawyer can read who may do what and when; Request.Do applies it and yields the event
// that is stored with the request, in one commit. No state is without an exit: the
// applicant may withdraw until the decision, and what nobody carries on lapses. // I14
//
// The applicant's pages are in apply and form, the ways of identification in
// idp/proofing, the operators in idp/backoffice; idpdb stores all of it.
package enrolment

// Method is one of the ways in which the applicant is identified: the five of the guide, and
// the token of a public office.
//
// DPCM 24/10/2014 art. 7, REG 7-11
type Method string

// The ways, as the guide names them.
const (
	Signature Method = "signature" // digital signature of the contract
	CNS       Method = "cns"       // authentication with the Carta Nazionale dei Servizi
	Point     Method = "point"     // in person at a Point
	Video     Method = "video"     // recorded video session
	Chip      Method = "chip"      // electronic document by NFC
	RAO       Method = "rao"       // sealed token of a public office
)

// Methods lists the ways in the order of the guide; what it does not name is last.
func Methods() []Method { return []Method{Signature, CNS, Point, Video, Chip, RAO} }

// Known reports whether m is one of them.
func (m Method) Known() bool {
	switch m {
	case Signature, CNS, Point, Video, Chip, RAO:
		return true
	}
	return false
}

// Area is the field of work that the applicant names first. // E01
type Area string

// The areas of the guide. The first two ask for a personal identity here; the others are
// told where theirs comes from.
const (
	Private      Area = "private"
	Professional Area = "professional"
	Company      Area = "company"
	PublicBody   Area = "public_body"
	Association  Area = "association"
)

// Areas lists the areas in the order of the guide.
func Areas() []Area { return []Area{Private, Professional, Company, PublicBody, Association} }

// Personal reports whether the area asks for an identity of a natural person.
func (a Area) Personal() bool { return a == Private || a == Professional }
