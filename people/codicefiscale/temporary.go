package codicefiscale

// TemporaryCode is the code of eleven digits that the Agenzia delle Entrate gives
// until it can give one of 16 characters. It says nothing about the person.
type TemporaryCode string

const temporaryLength = 11

// ParseTemporary reads eleven digits and checks the last of them, as that of a
// partita IVA is checked. The error is an *Error.
func ParseTemporary(s string) (TemporaryCode, error) {
	s, err := written(s)
	if err != nil {
		return "", err
	}
	if len(s) != temporaryLength {
		return "", &Error{Reason: Length}
	}
	sum := 0
	for i := range len(s) {
		if s[i] > '9' {
			return "", &Error{Reason: Form, At: i + 1, Instead: lookalike(s[i])}
		}
		d := int(s[i] - '0')
		if i%2 == 1 { // every second digit counts twice, its digits added
			d = 2*d%10 + 2*d/10
		}
		sum += d
	}
	if sum%10 != 0 {
		return "", &Error{Reason: Check, At: temporaryLength}
	}
	return TemporaryCode(s), nil
}
