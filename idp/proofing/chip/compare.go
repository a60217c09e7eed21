package chip

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"atrio/idp/enrolment"
	"atrio/mrtd"
	"atrio/mrtd/lds"
	"atrio/people/latin"
)

// The doubts that an operator looks at; each ends a key "review.doubt.".
const (
	doubtFace     = "face"             // portrait and film: always
	doubtName     = "chip_name"        // one name more, or one less
	doubtFiscal   = "chip_fiscal_code" // the chip does not say it
	doubtPortrait = "chip_portrait"    // no browser shows it
	doubtUpload   = "face_upload"      // the film was not taken live
	doubtCamera   = "face_camera"      // a camera is called like a program
)

// kinds has the first letter of the zone of each document that may be declared. A driving
// licence has no zone of this kind.
var kinds = map[string]string{"cartaIdentita": "CIA", "passaporto": "P"}

// ErrFields says that a document is not the one that was declared.
var errFields = errors.New("what was declared is not what was read")

// compare holds what an authentic document says against what was declared: the document
// first, then the person. What may differ without being another's comes back as doubts.
// // VAL-8.3.2-05
func compare(v mrtd.Verdict, d enrolment.Data, now time.Time) (doubts []string, err error) {
	if wrong := otherDocument(v, d); len(wrong) > 0 {
		return nil, &refusal{page: reasonOther, reason: "chip_other_document", fields: wrong, cause: errFields}
	}
	wrong, doubts := otherPerson(v, d.Person, now)
	if len(wrong) > 0 {
		return nil, &refusal{page: reasonPerson, reason: "chip_other_person", fields: wrong, cause: errFields}
	}
	return append(doubts, doubtFace), nil
}

func otherDocument(v mrtd.Verdict, d enrolment.Data) (wrong []string) {
	if v.Zone.Code == "" || !strings.Contains(kinds[d.Document.Kind], v.Zone.Code[:1]) {
		wrong = append(wrong, "kind")
	}
	if v.Zone.DocumentNumber != strings.ToUpper(d.Document.Number) {
		wrong = append(wrong, "number")
	}
	if !sameDay(v.Zone.Expiry, d.Document.ExpiresOn) {
		wrong = append(wrong, "expiry")
	}
	if issued := v.Document.Issued; !issued.IsZero() && !sameDay(issued, d.Document.IssuedOn) {
		wrong = append(wrong, "issued")
	}
	return wrong
}

func otherPerson(v mrtd.Verdict, p enrolment.Person, now time.Time) (wrong, doubts []string) {
	born, known := v.Zone.Born(now)
	if !v.Holder.Birth.IsZero() {
		born, known = v.Holder.Birth, true
	}
	if !known || !sameDay(born, p.BirthDate) {
		wrong = append(wrong, "birth")
	}
	if v.Zone.Sex != "" && v.Zone.Sex != p.Gender {
		wrong = append(wrong, "gender")
	}
	n := namesOf(v)
	switch family, given := n.fits(p.FamilyName, n.family), n.fits(p.GivenName, n.given); {
	case family == other || given == other:
		wrong = append(wrong, "name")
	case family == part || given == part:
		doubts = append(doubts, doubtName)
	}
	switch {
	case v.Zone.IssuingState == "ITA" && v.PersonalNumberFrom == lds.DG11.String():
		if !strings.EqualFold(v.PersonalNumber, p.FiscalCode) {
			wrong = append(wrong, "fiscal_code")
		}
	default: // numbers of other states are no codice fiscale
		doubts = append(doubts, doubtFiscal)
	}
	return wrong, doubts
}

func sameDay(a, b time.Time) bool {
	return !a.IsZero() && a.Format(time.DateOnly) == b.Format(time.DateOnly)
}

// names are those of a chip, and whether the zone had no room for them.
type names struct {
	family, given string
	cut           bool
}

// namesOf takes the names of DG11, which has room for all of them, else those of the zone.
func namesOf(v mrtd.Verdict) names {
	if v.Holder.Surname != "" {
		return names{family: v.Holder.Surname, given: v.Holder.GivenNames}
	}
	text := v.Zone.Text
	field := text // the last line of a card, the end of the first of the others
	switch len(text) {
	case 90:
		field = text[60:]
	case 72:
		field = text[5:36]
	case 88:
		field = text[5:44]
	}
	return names{family: v.Zone.Surname, given: v.Zone.GivenNames, cut: !strings.HasSuffix(field, "<")}
}

// fit is how a declared name relates to that of a chip.
type fit int

const (
	other fit = iota
	part
	same
)

// fits compares in both spellings in which documents are written, without what parts words.
func (n names) fits(declared, read string) (best fit) {
	for _, how := range []latin.Spelling{latin.Plain, latin.Passport} {
		want, _ := latin.Words(declared, how)
		is, _ := latin.Words(read, how)
		best = max(best, n.words(want, is))
	}
	return best
}

func (n names) words(want, is []string) fit {
	whole, seen := strings.Join(want, ""), strings.Join(is, "")
	switch {
	case whole == "" || seen == "":
		return other
	case whole == seen:
		return same
	case n.cut && strings.HasPrefix(whole, seen):
		return part
	case within(want, is) || within(is, want):
		return part
	}
	return other
}

// within tells whether all words of a few stand among many.
func within(few, many []string) bool {
	return !slices.ContainsFunc(few, func(w string) bool { return !slices.Contains(many, w) })
}

// facts tell an operator what was read.
func facts(reading mrtd.Reading, v mrtd.Verdict, portrait string) []enrolment.Fact {
	proofs := []string{}
	if v.Chip {
		proofs = append(proofs, "Chip Authentication")
	}
	if v.Active {
		proofs = append(proofs, "Active Authentication")
	}
	access := reading.Access.Protocol
	if access != "BAC" {
		access = "PACE"
	}
	n := namesOf(v)
	list := []enrolment.Fact{
		{Name: "chip_document", Value: fmt.Sprintf("%s %s %s", v.Zone.Code, v.Zone.IssuingState, v.Zone.DocumentNumber)},
		{Name: "chip_expires", Value: v.Zone.Expiry.Format("02/01/2006")},
		{Name: "chip_name", Value: n.family + ", " + n.given},
		{Name: "chip_proof", Value: strings.Join(proofs, ", ")},
		{Name: "chip_access", Value: access + ", " + reading.Access.Cipher},
		{Name: "chip_country", Value: v.Country.Subject},
		{Name: "chip_signer", Value: v.Signer.Subject},
		{Name: "chip_portrait", Value: portrait},
	}
	if v.PersonalNumber != "" {
		list = slices.Insert(list, 3, enrolment.Fact{Name: "chip_number", Value: v.PersonalNumber + " (" + v.PersonalNumberFrom + ")"})
	}
	return list
}
