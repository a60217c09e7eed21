package demo

import (
	"fmt"

	"atrio/people/person"
)

// fiscal parses a code that stands in this source: a wrong one is a slip of the
// pen that the first start shows.
func fiscal(code string) person.FiscalCode {
	c, err := person.ParseFiscalCode(code)
	if err != nil {
		panic(fmt.Sprintf("demo: %s: %v", code, err))
	}
	return c
}
