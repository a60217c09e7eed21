package screening

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"strings"

	"atrio/people/person"
)

// Source is a register that is asked before an activation. // A40, REG 12
type Source interface {
	// Deceased tells whether a codice fiscale is of somebody who has died.
	Deceased(code string) bool
}

// List is a source from a file: one codice fiscale a line. It is what an authoritative
// register gives out when it cannot be asked itself.
type List map[string]bool

// Deceased tells whether the list has a code.
func (l List) Deceased(code string) bool { return l[strings.ToUpper(code)] }

// OpenList reads a list from a file.
func OpenList(path string) (List, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return ReadList(f)
}

// mostCodes bounds a list: more people than die in Italy in five years.
const mostCodes = 4_000_000

// ReadList reads a list; empty lines and what stands behind "#" say nothing. A line that is
// no codice fiscale is a mistake of the whole: a list that is half read protects half.
func ReadList(r io.Reader) (List, error) {
	list := List{}
	lines := bufio.NewScanner(r)
	for n := 1; lines.Scan(); n++ {
		text, _, _ := strings.Cut(lines.Text(), "#")
		text = strings.ToUpper(strings.TrimSpace(text))
		if text == "" {
			continue
		}
		if _, err := person.ParseFiscalCode(text); err != nil {
			return nil, fmt.Errorf("line %d is not a codice fiscale", n) // which one, nobody needs to read in a log
		}
		if list[text] = true; len(list) > mostCodes {
			return nil, fmt.Errorf("more than %d lines", mostCodes)
		}
	}
	return list, lines.Err()
}
