package rules

import (
	"fmt"
	"slices"
)

// Severity says what follows from a broken rule.
type Severity string

// Error: the authority or providers refuse the metadata. Warning: they may, or it will
// hurt later.
const (
	Error   Severity = "error"
	Warning Severity = "warning"
)

// Rule is one rule.
type Rule struct {
	// ID is a stable word.
	ID string
	// Clause is where it is written.
	Clause string
	// Title says what is demanded, Advice what to do when it is not so.
	Title, Advice string
	Severity      Severity

	// applies tells for which profiles the rule is; nil for all.
	applies func(form) bool
	check   func(*subject)
}

// Finding is one place where a rule is broken.
type Finding struct {
	Rule Rule
	// Where is the path of the element, like SPSSODescriptor/AttributeConsumingService[2].
	Where string
	// Detail says more in words; it may quote the document.
	Detail string
}

// Report is the judgement on one document.
type Report struct {
	Profile  Profile
	EntityID string
	// Rules counts those that were looked at.
	Rules int
	// Findings in the order of the rules.
	Findings []Finding
}

// Errors counts the findings that are errors.
func (r Report) Errors() int {
	n := 0
	for _, f := range r.Findings {
		if f.Rule.Severity == Error {
			n++
		}
	}
	return n
}

// Rules lists the rules of a profile in the order in which they are looked at; those of
// all profiles for "".
func Rules(p Profile) []Rule {
	f, known := formOf(p)
	if p != "" && !known {
		return nil
	}
	var out []Rule
	for _, r := range all {
		if p == "" || r.applies == nil || r.applies(f) {
			out = append(out, r)
		}
	}
	return out
}

// all rules. A new one needs a document that breaks it: rules_test.go.
var all = slices.Concat(entityRules(), signatureRules(), serviceRules(), keyRules(), endpointRules(), attributeRules(),
	organizationRules(), contactRules(), identifierRules(), billingRules(), cieRules())

// found notes that the rule under way is broken.
func (s *subject) found(where, detail string, args ...any) {
	s.report.Findings = append(s.report.Findings, Finding{Rule: s.rule, Where: where, Detail: fmt.Sprintf(detail, args...)})
}

// want notes it when the condition does not hold.
func (s *subject) want(ok bool, where, detail string, args ...any) {
	if !ok {
		s.found(where, detail, args...)
	}
}

func onlyCIE(f form) bool         { return f.cie() }
func notCIE(f form) bool          { return !f.cie() }
func onlyEIDAS(f form) bool       { return f.eidas() }
func onlyAggregating(f form) bool { return f.aggregates() }
