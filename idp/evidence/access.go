package evidence

import (
	"regexp"
	"strings"

	"atrio/base/fault"
)

// Ground is why an archived item may be opened: there is no other. // I14
type Ground string

// The grounds: those that the rules on recordings name.
const (
	Judicial    Ground = "judicial"    // an order of a court or a prosecutor
	Supervision Ground = "supervision" // the authority that supervises providers
	Holder      Ground = "holder"      // the person, about themselves
	Repudiation Ground = "repudiation" // "non sono stato io"
)

// Access says who looks, and why. It stands in the audit log before anything is shown.
type Access struct {
	By      string // the account that looks, or a part of the program ("system:signature")
	Purpose string // in words; write the number of a paper, not the name of a person
	// Second, Ground and Case are for what is archived: the other person, who has signed
	// in too, and the case it is needed for.
	Second string
	Ground Ground
	Case   string

	Address, Reference string // of the HTTP request, if there is one
	User               string // of the system, at a command
	// Stranger: one of the names at a command is no operator's who may look; Unlisted: there
	// is no roster to ask.
	Stranger, Unlisted bool
}

// The ways in which an access is refused. What the archive demands is a matter of who may
// look, not of a form: it is denied. // L13
var (
	ErrNoReader   = fault.New(fault.Denied, "idp.evidence.reader").For("evidence_no_reader")
	ErrTells      = fault.New(fault.Unprocessable, "idp.evidence.tells").For("evidence_tells")
	ErrNoPurpose  = fault.New(fault.Unprocessable, "idp.evidence.purpose").For("evidence_no_purpose")
	ErrNoCase     = fault.New(fault.Denied, "idp.evidence.case").For("evidence_no_case")
	ErrNoGround   = fault.New(fault.Denied, "idp.evidence.ground").For("evidence_no_ground")
	ErrOnePerson  = fault.New(fault.Denied, "idp.evidence.second").For("evidence_one_person")
	ErrStranger   = fault.New(fault.Denied, "idp.evidence.reader").For("evidence_stranger")
	ErrNotAPerson = fault.New(fault.Denied, "idp.evidence.second").For("evidence_not_a_person")
)

// systemPrefix begins the names of parts of the program.
const systemPrefix = "system:"

// maxPurpose is what the audit log keeps of a text.
const maxPurpose = 200

// working checks a look at what people work on.
func (a Access) working() error {
	switch {
	case !idForm.MatchString(a.By):
		return ErrNoReader
	case a.Stranger:
		return ErrStranger
	case blank(a.Purpose) || len(a.Purpose) > maxPurpose:
		return ErrNoPurpose
	case a.User != "" && (tells.MatchString(a.Purpose) || tells.MatchString(a.Case)):
		return ErrTells
	}
	return nil
}

// tells finds what says who somebody is in a text that stays in the audit log for ever: a
// codice fiscale, an address, a telephone. A name is left to who writes. // A32
var tells = regexp.MustCompile(`(?i)\b[A-Z]{6}[0-9L-NP-V]{2}[A-EHLMPR-T][0-9L-NP-V]{2}[A-Z][0-9L-NP-V]{3}[A-Z]\b|\S@\S|\+\d{8,}`)

// archived checks a look into the archive: two persons, a ground, a case. // I14
func (a Access) archived() error {
	if err := a.working(); err != nil {
		return err
	}
	switch {
	case !idForm.MatchString(a.Second), strings.EqualFold(a.By, a.Second):
		return ErrOnePerson
	case isSystem(a.By), isSystem(a.Second):
		return ErrNotAPerson
	case blank(a.Case) || len(a.Case) > maxPurpose:
		return ErrNoCase
	}
	switch a.Ground {
	case Judicial, Supervision, Holder, Repudiation:
		return nil
	}
	return ErrNoGround
}

// said is a text as a line of the audit log may keep it.
func said(text string) string {
	if tells.MatchString(text) {
		return ""
	}
	return text
}

func blank(s string) bool { return strings.TrimSpace(s) == "" }

func isSystem(by string) bool { return strings.HasPrefix(strings.ToLower(by), systemPrefix) }
