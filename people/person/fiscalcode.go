package person

import "atrio/people/codicefiscale"

// FiscalCode is the Italian tax code of a natural person: 16 characters, upper
// case, with a right check character. Only ParseFiscalCode makes one.
type FiscalCode = codicefiscale.Code

// ParseFiscalCode is codicefiscale.Parse: form, omocodia letters, date and check
// character; whether the code fits a name or a place is not looked at.
func ParseFiscalCode(s string) (FiscalCode, error) { return codicefiscale.Parse(s) }
