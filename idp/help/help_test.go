package help

import (
	"fmt"
	"io/fs"
	"regexp"
	"slices"
	"testing"

	"atrio/idp/enrolment"
	"atrio/idp/useful"
	"atrio/web/ui"
	"atrio/web/webtest"
)

func TestEveryPageIsSoundInBothLanguages(t *testing.T) {
	views := map[string][]any{}
	for _, one := range topics() {
		views[one.name] = []any{
			view{Foot: useful.Foot{Page: one.name}, Other: enrolment.Methods()},
			view{Foot: useful.Foot{Page: one.name, Found: 56}, Support: "aiuto@example.org"},
		}
	}
	webtest.Pages(t, Pages(), views, useful.Pages())
}

var (
	anchor = regexp.MustCompile(`<h2 class="h4" id="([a-z-]+)">([^<]+)</h2>`)
	listed = regexp.MustCompile(`<li><a href="#([a-z-]+)">([^<]+)</a></li>`)
	link   = regexp.MustCompile(`href="([^"{]+)"`)
)

// E32, I15: the twins of a page have the same anchors and lead to the same places, and each
// link within the page finds its anchor.
func TestTheTwinsOfAPageAreOnePage(t *testing.T) {
	for _, one := range topics() {
		var anchors, links [2][]string
		for i, lang := range ui.Langs() {
			text, err := fs.ReadFile(files, fmt.Sprintf("pages/%s.%s.html", one.name, lang))
			if err != nil {
				t.Fatal(err)
			}
			titles := map[string]string{}
			for _, m := range anchor.FindAllSubmatch(text, -1) {
				anchors[i] = append(anchors[i], string(m[1]))
				titles[string(m[1])] = string(m[2])
			}
			for _, m := range link.FindAllSubmatch(text, -1) {
				links[i] = append(links[i], string(m[1]))
				if to := string(m[1]); to[0] == '#' && titles[to[1:]] == "" {
					t.Errorf("%s.%s: nothing stands at %s", one.name, lang, to)
				}
			}
			for _, m := range listed.FindAllSubmatch(text, -1) {
				if titles[string(m[1])] != string(m[2]) {
					t.Errorf("%s.%s: the list says %q for %q", one.name, lang, m[2], titles[string(m[1])])
				}
			}
		}
		if len(anchors[0]) == 0 || !slices.Equal(anchors[0], anchors[1]) {
			t.Errorf("%s: anchors %v and %v", one.name, anchors[0], anchors[1])
		}
		if !slices.Equal(links[0], links[1]) {
			t.Errorf("%s: links %v and %v", one.name, links[0], links[1])
		}
	}
}

// Every way has its place on the page, under its own name.
func TestEveryWayIsExplained(t *testing.T) {
	text, err := fs.ReadFile(files, "pages/ways.it.html")
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range enrolment.Methods() {
		if !regexp.MustCompile(`id="` + string(m) + `"(?s:.)*?NotHere "` + string(m) + `"`).Match(text) {
			t.Errorf("%s is not explained", m)
		}
	}
}
