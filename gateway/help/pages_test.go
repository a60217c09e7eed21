package help

import (
	"bytes"
	"fmt"
	"io/fs"
	"regexp"
	"slices"
	"strings"
	"testing"

	"atrio/gateway/doors"
	"atrio/web"
	"atrio/web/ui"
	"atrio/web/webtest"
)

func TestEveryPageIsSoundInBothLanguages(t *testing.T) {
	views := map[string][]any{"thanks": {
		thanksView{}, thanksView{Useful: true, Back: "/help"},
		thanksView{Back: "/help/credentials?flow=x", Flow: "x", Support: "aiuto@example.it", Others: Topics()},
	}}
	one := providerView{Name: "Identità Uno", Site: "https://uno.example.it/", Enter: "/spid/login?idp=a"}
	for _, topic := range Topics() {
		views[topic.Name] = []any{pageView{Topic: topic.Name}, pageView{
			Topic: topic.Name, Flow: "x", SPID: "https://spid.example.it/", Support: "aiuto@example.it", Found: 56,
			Providers: []providerView{one, {Name: "Due", Enter: "/spid/login?idp=b"}}, Chosen: &one,
		}, pageView{Topic: topic.Name, Found: 1}}
	}
	webtest.Pages(t, Pages(), views, doors.Pages())
}

var (
	question = regexp.MustCompile(`<h2 class="h4" id="([a-z-]+)">([^<]+)</h2>`)
	listed   = regexp.MustCompile(`<li><a href="#([a-z-]+)">([^<]+)</a></li>`)
	address  = regexp.MustCompile(`\.To "([^"]+)"`)
)

func TestEveryQuestionHasAnAnchorThatTheListNamesAndBothLanguagesHave(t *testing.T) {
	for _, topic := range []string{"credentials", "secondfactor"} {
		var ids [2][]string
		for i, lang := range ui.Langs() {
			text, err := fs.ReadFile(files, fmt.Sprintf("pages/%s.%s.html", topic, lang))
			if err != nil {
				t.Fatal(err)
			}
			asked, named := question.FindAllSubmatch(text, -1), listed.FindAllSubmatch(text, -1)
			if len(asked) < 10 || len(asked) != bytes.Count(text, []byte("<h2 class=\"h4\"")) || len(asked) != len(named) {
				t.Fatalf("%s.%s: %d questions, %d in the list", topic, lang, len(asked), len(named))
			}
			for k := range asked {
				if !bytes.Equal(asked[k][1], named[k][1]) || !bytes.Equal(asked[k][2], named[k][2]) {
					t.Errorf("%s.%s: the list names %q at the place of %q", topic, lang, named[k][2], asked[k][2])
				}
				ids[i] = append(ids[i], string(asked[k][1]))
			}
		}
		if !slices.Equal(ids[0], ids[1]) {
			t.Errorf("%s: anchors %v and %v", topic, ids[0], ids[1])
		}
	}
}

func TestTheTwinsOfAPageLeadToTheSamePages(t *testing.T) {
	for _, topic := range Topics() {
		var leads [2][]string
		for i, lang := range ui.Langs() {
			text, err := fs.ReadFile(files, fmt.Sprintf("pages/%s.%s.html", topic.Name, lang))
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range address.FindAllSubmatch(text, -1) {
				leads[i] = append(leads[i], string(m[1]))
			}
		}
		if !slices.Equal(leads[0], leads[1]) {
			t.Errorf("%s: %v and %v", topic.Name, leads[0], leads[1])
		}
	}
}

func TestTheWayKeepsTheLoginThatWaits(t *testing.T) {
	for _, x := range [][3]string{
		{"/help", "", "/help"}, {"/help", "abc", "/help?flow=abc"}, {"/help/credentials#code", "abc", "/help/credentials?flow=abc#code"},
	} {
		if got := Way(x[0], x[1]); got != x[2] {
			t.Errorf("%s with %q is %s", x[0], x[1], got)
		}
	}
	if flowOf(`"><script>`) != "" {
		t.Error("what is no handle comes back in links")
	}
}

func TestEveryTitleStandsInTheListOfTopics(t *testing.T) {
	set, err := ui.NewSet(webtest.Theme(), Pages(), doors.Pages(), web.Pages())
	if err != nil {
		t.Fatal(err)
	}
	for _, topic := range Topics() {
		for _, lang := range ui.Langs() {
			if name := set.Catalog().Text(lang, "help.topic."+topic.Name); strings.HasPrefix(name, "help.topic") {
				t.Errorf("%s has no name in %s", topic.Name, lang)
			}
		}
	}
}
