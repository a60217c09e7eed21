package access

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Act is the decision by which the institution takes up a rule that is its own to
// take: who signed what, and when. // REQUIREMENTS G2.7
type Act struct {
	// Rule is the rule that it puts into force.
	Rule ID `toml:"rule"`
	// Act names the document, Signer the office and person who signed it.
	Act    string `toml:"act"`
	Signer string `toml:"signer"`
	// Date is when it was signed, Until the first day on which it no longer holds; both
	// like 2026-03-01. Without Until it holds until it is taken out.
	Date  string `toml:"date"`
	Until string `toml:"until"`
}

// span is when the act holds. It was checked before.
func (a Act) span() span {
	var s span
	s.from, _ = time.ParseInLocation(time.DateOnly, a.Date, rome)
	s.until, _ = time.ParseInLocation(time.DateOnly, a.Until, rome) // zero when left out
	return s
}

// Opening frees everybody from the duty for a time, because a door is down. The
// operator makes it while the program runs, under the act of the rule Opened. // G2.3
type Opening struct {
	From, Until time.Time
	Reason      string
}

// MaxOpening is the longest one: an outage is an exception, not a policy.
const MaxOpening = 72 * time.Hour

// CheckActs tells every mistake in a list of acts: a decision without its act, date and
// signer is refused, and so is one about a rule that is not the institution's to take.
func CheckActs(acts []Act) []error {
	var errs []error
	for i, a := range acts {
		wrong := func(format string, args ...any) {
			errs = append(errs, fmt.Errorf("decision[%d] (%s): "+format, append([]any{i, a.Rule}, args...)...))
		}
		r, known := Lookup(a.Rule)
		switch {
		case !known:
			wrong("there is no such rule; the institution decides about %s", strings.Join(decisions(), ", "))
		case r.Basis != Decision:
			wrong("this rule is %s (%s): no act of the institution puts it into force", r.Basis, r.Clause)
		}
		if slices.ContainsFunc(acts[:i], func(other Act) bool { return other.Rule == a.Rule }) {
			wrong("stands twice; keep the act that holds")
		}
		if strings.TrimSpace(a.Act) == "" {
			wrong("act is missing: name the document, for example \"Decreto rettorale 1/2026\"")
		}
		if strings.TrimSpace(a.Signer) == "" {
			wrong("signer is missing: say who signed it")
		}
		checkDates(a, wrong)
	}
	return errs
}

func checkDates(a Act, wrong func(string, ...any)) {
	from, err := time.Parse(time.DateOnly, a.Date)
	if err != nil {
		wrong("date %q: write the day on which it was signed like 2026-03-01", a.Date)
		return
	}
	if a.Until == "" {
		return
	}
	if until, err := time.Parse(time.DateOnly, a.Until); err != nil || !until.After(from) {
		wrong("until %q: write a day after date, like 2027-03-01, or leave it out", a.Until)
	}
}

// decisions are the rules that an act can put into force.
func decisions() (ids []string) {
	for _, r := range Rules() {
		if r.Basis == Decision {
			ids = append(ids, string(r.ID))
		}
	}
	return ids
}
