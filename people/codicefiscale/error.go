package codicefiscale

import "fmt"

// Reason is why something is no code.
type Reason string

// The reasons. They are fit for a key in a catalogue of texts.
const (
	Missing   Reason = "missing"   // nothing was written
	Length    Reason = "length"    // not 16 characters
	Form      Reason = "form"      // At holds a character that cannot stand there
	Month     Reason = "month"     // the ninth character is no month
	Day       Reason = "day"       // neither 1 to 31 nor 41 to 71
	Date      Reason = "date"      // a day that the month does not have
	Check     Reason = "check"     // the check character does not match
	Temporary Reason = "temporary" // a right temporary code, where the final one is wanted
)

// Error is why Parse refused. It never repeats what was written.
type Error struct {
	Reason  Reason
	At      int    // the place of the character, 1 to 16; 0 means the whole
	Instead string // what was probably meant at that place: "0" for an O, "1" for an I, and the other way round
}

// Error is for logs and developers; pages have texts for each reason.
func (e *Error) Error() string {
	switch {
	case e.Instead != "":
		return fmt.Sprintf("codice fiscale: %s: character %d, probably %s", e.Reason, e.At, e.Instead)
	case e.At > 0:
		return fmt.Sprintf("codice fiscale: %s: character %d", e.Reason, e.At)
	}
	return fmt.Sprintf("codice fiscale: %s", e.Reason)
}

// Is compares the reasons: errors.Is(err, &Error{Reason: Check}).
func (e *Error) Is(target error) bool {
	t, ok := target.(*Error)
	return ok && t.Reason == e.Reason && (t.At == 0 || t.At == e.At)
}
