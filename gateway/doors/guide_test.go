package doors

import (
	"net/url"
	"slices"
	"strings"
	"testing"
)

// everyAnswer lists all combinations of answers.
func everyAnswer() []Answers {
	list := []Answers{{}}
	for _, q := range Questions() {
		var more []Answers
		for _, a := range list {
			for _, c := range q.Choices {
				b := Answers{q.Name: c}
				for k, v := range a {
					b[k] = v
				}
				more = append(more, b)
			}
		}
		list = more
	}
	return list
}

func TestEveryCombinationEndsAtExactlyOneOutcomeWithAWayOn(t *testing.T) {
	all := everyAnswer()
	if len(all) != 2*3*2*2*3 {
		t.Fatalf("%d combinations", len(all))
	}
	seen := map[string]int{}
	for _, a := range all {
		o := Decide(a, true)
		seen[o.Name]++
		if by := Decide(a, false); by.Name != o.Name || len(by.Steps) != len(o.Steps) || slices.Contains(by.Steps, "declare") {
			t.Errorf("%v without declarations: %+v", a, by)
		}
		if len(o.Doors) == 0 || len(o.Steps) == 0 || o.First != (a["registered"] == "no") {
			t.Errorf("%v ends at %+v", a, o)
		}
		if want := expected(a); o.Name != want {
			t.Errorf("%v ends at %q, want %q", a, o.Name, want)
		}
		for _, d := range o.Doors {
			if d.Key == "" || !strings.HasPrefix(d.URL, "/") {
				t.Errorf("%v offers %+v", a, d)
			}
		}
	}
	if len(seen) != 6 {
		t.Errorf("outcomes reached: %v", seen)
	}
}

// The boxes of the flow chart, in their order.
func TestTheStepsAreThoseOfTheBoxes(t *testing.T) {
	for want, a := range map[string]Answers{
		"confirm federated":                   {"registered": "no", "citizenship": "italian", "identity": "spid"},
		"federated":                           {"registered": "yes", "citizenship": "italian", "identity": "cie"},
		"register credentials declare factor": {"registered": "no", "citizenship": "italian", "identity": "none"},
		"credentials declare factor":          {"registered": "yes", "citizenship": "italian", "minor": "yes", "identity": "none"},
		"register credentials factor_any":     {"registered": "no", "citizenship": "other", "identity": "none"},
		"credentials factor_any":              {"registered": "yes", "citizenship": "both", "identity": "none"},
	} {
		if got := strings.Join(Decide(a, true).Steps, " "); got != want {
			t.Errorf("%v: %s, want %s", a, got, want)
		}
	}
}

// A door that is closed here is not offered.
func TestTheGuideLeadsToOpenDoorsOnly(t *testing.T) {
	for _, a := range everyAnswer() {
		all := Decide(a, true).Doors
		closed := (&Doors{}).opened(slices.Clone(all))
		if len(closed) == 0 || slices.Contains(closed, wayCIE()) || slices.Contains(closed, wayEIDAS()) {
			t.Errorf("%v: %v", a, closed)
		}
		if open := (&Doors{CIE: Button{Open: true}, EIDAS: Button{Open: true}}).opened(slices.Clone(all)); !slices.Equal(open, all) {
			t.Errorf("%v: %v of %v", a, open, all)
		}
	}
}

// expected is the flow chart of the source document, written as a table.
func expected(a Answers) string {
	for _, row := range []struct{ citizenship, minor, abroad, identity, outcome string }{
		{"*", "*", "*", "spid", "spid"},
		{"*", "*", "*", "cie", "cie"},
		{"both", "*", "*", "none", "free_choice"},
		{"other", "*", "*", "none", "free_choice"},
		{"italian", "yes", "*", "none", "minor"},
		{"italian", "no", "yes", "none", "abroad"},
		{"italian", "no", "no", "none", "declaration"},
	} {
		fits := func(pattern, value string) bool { return pattern == "*" || pattern == value }
		if fits(row.citizenship, a["citizenship"]) && fits(row.minor, a["minor"]) && fits(row.abroad, a["abroad"]) && fits(row.identity, a["identity"]) {
			return row.outcome
		}
	}
	return ""
}

func TestTheGuideAsksOneQuestionAfterTheOther(t *testing.T) {
	a := Answers{}
	for i, want := range Questions() {
		q, place, ok := a.Next()
		if !ok || q.Name != want.Name || place != i+1 {
			t.Fatalf("after %v comes %v", a, q)
		}
		a[q.Name] = q.Choices[0]
	}
	if _, _, ok := a.Next(); ok {
		t.Fatal("a sixth question")
	}
}

func TestAnswersThatDoNotExistAreDropped(t *testing.T) {
	a := ReadAnswers(url.Values{"registered": {"yes"}, "citizenship": {"<script>"}, "evil": {"x"}})
	if len(a) != 1 || a["registered"] != "yes" {
		t.Fatalf("%v", a)
	}
}
