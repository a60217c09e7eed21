package course

import (
	"strings"
	"time"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// Query is what somebody looks for; empty fields do not narrow.
type Query struct {
	Text     string
	Area     string
	Language string
	State    string
}

// Empty reports whether nothing was asked for.
func (q Query) Empty() bool { return q == Query{} }

// Search gives the courses that fit, in the order given: every word of the text
// must occur in title, summary, about or teacher, accents and case aside.
func Search(all []Course, q Query, now time.Time) []Course {
	words := strings.Fields(fold(q.Text))
	var found []Course
	for _, c := range all {
		if q.Area != "" && c.Area != q.Area || q.Language != "" && c.Language != q.Language ||
			q.State != "" && string(c.StateOn(now)) != q.State {
			continue
		}
		if hasAll(c, words) {
			found = append(found, c)
		}
	}
	return found
}

func hasAll(c Course, words []string) bool {
	if len(words) == 0 {
		return true
	}
	text := fold(strings.Join([]string{c.Title.It, c.Title.En, c.Summary.It, c.Summary.En, c.About.It, c.About.En, c.Teacher}, "\n"))
	for _, w := range words {
		if !strings.Contains(text, w) {
			return false
		}
	}
	return true
}

// fold drops case and accents: "perché" is found by "perche".
func fold(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Mn, r) {
			return -1
		}
		return unicode.ToLower(r)
	}, norm.NFD.String(s))
}
