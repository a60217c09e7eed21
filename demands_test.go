package atrio_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
)

var demands = regexp.MustCompile(`(?m)^\| ((?:[EAL][0-9]{2}(?:, )?)+) \| [^|]+ \| ([^|]+) \|$`)

// docs/enrolment-tests.md has a row for each demand on the request for an identity. That the
// tests that it names are there is checked with all documents; what they show, people read.
func TestEveryDemandOnTheRequestForAnIdentityHasARow(t *testing.T) {
	const path = "docs/enrolment-tests.md"
	rows := map[string]bool{}
	for _, row := range demands.FindAllStringSubmatch(read(t, path)[path], -1) {
		for id := range strings.SplitSeq(row[1], ", ") {
			rows[id] = testNamed.MatchString(row[2]) || strings.HasPrefix(row[2], "not yet")
		}
	}
	for letter, last := range map[string]int{"E": 32, "A": 40, "L": 13} {
		for n := range last {
			if id := fmt.Sprintf("%s%02d", letter, n+1); !rows[id] {
				t.Errorf("%s has no row with a test", id)
			}
		}
	}
}
