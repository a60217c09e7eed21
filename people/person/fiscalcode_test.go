package person

import (
	"errors"
	"testing"

	"atrio/people/codicefiscale"
)

// The code is invented: surname Finti, first name Prova.
func TestFiscalCodesAreReadByTheRules(t *testing.T) {
	if got, err := ParseFiscalCode(" fntprv 80a01 h501u "); err != nil || got != "FNTPRV80A01H501U" {
		t.Errorf("%q %v", got, err)
	}
	for bad, want := range map[string]codicefiscale.Reason{
		"FNTPRV80A01H501T":       codicefiscale.Check,
		"FNTPRV80B30H501X":       codicefiscale.Date, // 30 February
		"TINIT-FNTPRV80A01H501U": codicefiscale.Form, // federation/spid removes the prefix
	} {
		if got, err := ParseFiscalCode(bad); !errors.Is(err, &codicefiscale.Error{Reason: want}) || got != "" {
			t.Errorf("%q: %q %v", bad, got, err)
		}
	}
}
