package atrio_test

import (
	"testing"

	"atrio/tools/clause"
)

// An auditor reads docs/clauses: what it says the code obeys, the code must cite, and
// the other way round.
func TestTheClauseIndexAndTheCodeSayTheSame(t *testing.T) {
	index, err := clause.Read(".")
	if err != nil {
		t.Fatal(err)
	}
	for _, fault := range index.Check() {
		t.Error(fault)
	}
}
