package doors

import (
	"net/url"
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
		o := Decide(a)
		seen[o.Name]++
		if len(o.Doors) == 0 || o.First != (a["registered"] == "no") {
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
