// Package screening is what a program can see of a request before an operator decides:
// data that do not fit each other, documents that are over, contacts that many people
// share. It decides nothing: what it doubts the operator looks at and says so; what it
// bars cannot be approved as it is. // REG 12, A18, A29, A39
package screening

import (
	"embed"
	"strings"
	"time"

	"atrio/idp/enrolment"
	"atrio/people/civil"
	"atrio/people/codicefiscale"
	"atrio/people/person"
	"atrio/web/ui"
)

//go:embed texts
var files embed.FS

// Pages are the texts of this package; it has no page.
func Pages() ui.Pages { return ui.Pages{Name: "screening", FS: files} }

// Outcome is what came of a check.
type Outcome string

// The outcomes.
const (
	Fine  Outcome = "fine"
	Doubt Outcome = "doubt" // the operator looks, and says that they did
	Bar   Outcome = "bar"   // no approval while it is so
)

// Check is one of the list. Its texts are "screening.ID.OUTCOME".
type Check struct {
	ID      string
	Outcome Outcome
	// Count is how many others share something; Facts are those that do not fit.
	Count int
	Facts []string
}

// The checks, in the order of the page.
const (
	FiscalCode   = "fiscal_code"
	Adult        = "adult"
	Document     = "document"
	HealthCard   = "health_card"
	Phone        = "phone"
	Mailbox      = "mailbox"
	SameDocument = "same_document"
	Contract     = "contract"
	OtherOne     = "identity"
	Living       = "living"  // A40
	SameOne      = "regains" // I12
)

// Known is what the database knows about other people with the same.
type Known struct {
	// Phones, Mailboxes and Documents count other people, in requests and identities.
	Phones, Mailboxes, Documents int
	// Identity: the person has an identity that is not revoked.
	Identity bool
	// Regains: the identity that is given back is this person's, and may be given back. // I12
	Regains bool
	// Deceased: a source says that the person has died.
	Deceased bool
}

// Places compares a codice fiscale with a person.
type Places interface {
	Compare(code person.FiscalCode, f civil.Facts) []string
}

// Many is from how many other people on a contact is one that somebody may type for
// others. A family's shared telephone stays below, and is no wrong in itself. // A18, I8
const Many = 3

// AdultAge is from which age the request is the person's own. // A39
const AdultAge = 18

// Checks looks at a request.
func Checks(r enrolment.Request, k Known, places Places, now time.Time) []Check {
	d := r.Data
	list := []Check{
		fiscalCode(d.Person, places),
		{ID: Adult, Outcome: bar(d.Person.BirthDate.IsZero() || d.Person.BirthDate.AddDate(AdultAge, 0, 0).After(now) || ofChild(d.Person, now))},
		{ID: Document, Outcome: bar(over(d.Document.ExpiresOn, now))},
		{ID: HealthCard, Outcome: bar(d.HealthCard.Number != "" && (!enrolment.IsHealthCardNumber(d.HealthCard.Number) || over(d.HealthCard.ExpiresOn, now)))},
		{ID: Phone, Outcome: doubt(k.Phones >= Many), Count: k.Phones},
		{ID: Mailbox, Outcome: doubt(k.Mailboxes >= Many), Count: k.Mailboxes},
		{ID: SameDocument, Outcome: doubt(k.Documents > 0), Count: k.Documents},
		{ID: Contract, Outcome: bar(!d.SignedNow())},
		{ID: OtherOne, Outcome: bar(k.Identity)},
		{ID: Living, Outcome: bar(k.Deceased)},
	}
	if r.Regains != "" {
		list = append(list, Check{ID: SameOne, Outcome: bar(!k.Regains)})
	}
	return list
}

// fiscalCode: an applicant may leave what does not fit to the operator, who has the
// documents before them; what is no codice fiscale is no person. // E29
func fiscalCode(p enrolment.Person, places Places) Check {
	c := Check{ID: FiscalCode, Outcome: Fine}
	code, err := person.ParseFiscalCode(p.FiscalCode)
	if err != nil {
		c.Outcome = Bar
		return c
	}
	c.Facts = places.Compare(code, civil.Facts{FamilyName: p.FamilyName, GivenName: p.GivenName, Sex: p.Gender, Birth: p.BirthDate, Place: p.BirthPlace})
	c.Outcome = doubt(len(c.Facts) > 0)
	return c
}

// ofChild: no operator ticks away that the code is a minor's. // A39
func ofChild(p enrolment.Person, now time.Time) bool {
	code, err := codicefiscale.Parse(p.FiscalCode)
	return err == nil && code.Younger(AdultAge, p.BirthDate, now) // what is no code is said by another check
}

// over: a document counts on its last day too.
func over(last, now time.Time) bool { return last.IsZero() || !last.AddDate(0, 0, 1).After(now) }

func bar(wrong bool) Outcome {
	if wrong {
		return Bar
	}
	return Fine
}

func doubt(odd bool) Outcome {
	if odd {
		return Doubt
	}
	return Fine
}

// MailboxPattern is what mailboxes have in common that one person makes for others: without
// what stands after a plus sign, dots and digits at the end. It is for comparing alone;
// mail goes to the address as typed. // A18, A38
func MailboxPattern(email string) string {
	local, domain, ok := strings.Cut(strings.ToLower(strings.TrimSpace(email)), "@")
	if !ok {
		return ""
	}
	local, _, _ = strings.Cut(local, "+")
	local = strings.TrimRight(strings.ReplaceAll(local, ".", ""), "0123456789_-")
	if local == "" {
		return "" // nothing is left to compare by
	}
	return local + "@" + domain
}
