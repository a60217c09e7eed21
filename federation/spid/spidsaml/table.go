package spidsaml

import (
	"slices"
	"strings"

	"atrio/federation/spid"
	"atrio/saml"
)

// Table is what an answer must pass in one world, with the words for those that do
// not. SPID's own is the origin; a world that speaks like SPID (CIE, the eIDAS node)
// takes it over and changes the rows in which it differs.
type Table struct {
	// World is the word of the world in the keys of its texts
	// ("error.<World>.response_refused").
	World string
	// Rows are the checks in their order.
	Rows []Check
	// Anomaly reads the StatusMessage of an answer that reports an error.
	Anomaly func(statusMessage string) (spid.Anomaly, bool)
}

// SPID is the table of SPID.
func SPID() Table {
	return Table{World: "spid", Rows: Checks(), Anomaly: spid.ParseAnomaly}
}

// For is the table in the words of another world, with that world's error codes.
func (t Table) For(world string, anomaly func(string) (spid.Anomaly, bool)) Table {
	rows := slices.Clone(t.Rows)
	for i := range rows {
		if rest, ours := strings.CutPrefix(rows[i].Key, "error."+t.World+"."); ours {
			rows[i].Key = "error." + world + "." + rest
		}
	}
	return Table{World: world, Rows: rows, Anomaly: anomaly}
}

// Change replaces the row of that ID; a row that no table has is a fault of the
// program and found by the first test.
func (t Table) Change(id string, row Check) Table {
	at := slices.IndexFunc(t.Rows, func(c Check) bool { return c.ID == id })
	t.Rows = slices.Clone(t.Rows)
	t.Rows[at] = row
	return t
}

// Add appends rows, which may use all that the table has established.
func (t Table) Add(rows ...Check) Table {
	t.Rows = append(slices.Clone(t.Rows), rows...)
	return t
}

// Established is what the rows before have believed; a row of another world may use
// it and nothing else.
type Established struct {
	// Assertion holds the signed bytes as data.
	Assertion *saml.Assertion
	// Login is what the rows before took from it.
	Login Login
	// Pending is the request of this browser.
	Pending Pending
}

// By gives a row of another world its judgement.
func (c Check) By(judge func(Established) error) Check {
	c.run = func(a *answer) error {
		return judge(Established{Assertion: a.assertion, Login: a.login, Pending: a.in.Pending})
	}
	return c
}
