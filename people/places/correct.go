package places

import (
	_ "embed"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// municipalityFacts are lines "code what value" over what the package says:
//
//	first, last, name, province, other   the value is this
//	was     "last day", "name": the name until that day, where search would not find it
//	new     "name province first last": the package lacks the code
//	newer   the package knows more than the archive the facts were compared with
//
// The file is written by tools/places, which says how.
//
//go:embed facts/municipalities.tsv
var municipalityFacts string

func correct(records map[string]*record, facts string) error {
	err := eachLine(strings.NewReader(facts), func(f []string) error {
		if len(f) < 2 {
			return errors.New("not two fields")
		}
		what, values := f[1], f[2:]
		r := records[f[0]]
		if (r == nil) != (what == "new") {
			return fmt.Errorf("%s is known or unknown against what is said", f[0])
		}
		known, ok := corrections[what]
		if !ok || len(values) != known.values {
			return fmt.Errorf("%.20q with %d values", what, len(values))
		}
		if r == nil {
			r = &record{code: f[0]}
			if err := known.apply(r, values); err != nil {
				return err
			}
			return add(records, r)
		}
		return known.apply(r, values)
	})
	if err != nil {
		return fmt.Errorf("places: facts of municipalities: %w", err)
	}
	return nil
}

var corrections = map[string]struct {
	values int
	apply  func(*record, []string) error
}{
	"first":    {1, func(r *record, v []string) (err error) { r.first, err = parseDay(v[0]); return err }},
	"last":     {1, func(r *record, v []string) (err error) { r.last, err = parseDay(v[0]); return err }},
	"name":     {1, func(r *record, v []string) error { r.name = v[0]; return nil }},
	"province": {1, func(r *record, v []string) error { r.province = v[0]; return nil }},
	"other":    {1, func(r *record, v []string) error { r.other = v[0]; return nil }},
	"newer":    {0, func(*record, []string) error { return nil }},
	"was": {2, func(r *record, v []string) error {
		last, err := parseDay(v[0])
		r.was = append(r.was, formerName{last, v[1]})
		slices.SortFunc(r.was, func(a, b formerName) int { return int(a.last - b.last) })
		return err
	}},
	"new": {4, func(r *record, v []string) (err error) {
		r.name, r.province = v[0], v[1]
		if r.first, err = parseDay(v[2]); err != nil {
			return err
		}
		r.last, err = parseDay(v[3])
		return err
	}},
}
