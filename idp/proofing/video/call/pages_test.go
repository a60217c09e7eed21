package call

import (
	"strings"
	"testing"

	"golang.org/x/net/html"

	"atrio/idp/proofing/video"
	"atrio/web/webtest"
)

func TestEveryPageIsSoundInBothLanguages(t *testing.T) {
	full := sessionView{
		Operator: "Vera <Prova>", Step: 13, Of: 13, Title: "T", Say: "S", Chat: []lineView{{1, "Tu", "<b>"}, {2, "Operatore", "ciao"}}, Max: video.MaxLine,
		Servers: `[{"urls":"turns:turn.example"}]`,
	}
	signed := full
	signed.Signed = true
	made := webtest.Pages(t, Pages(), map[string][]any{"session": {sessionView{}, full, signed}, "mail": {mailView{}, mailView{Token: "T"}, mailView{Done: true}}}, video.Pages())
	for _, d := range made {
		var out strings.Builder
		if err := html.Render(&out, d.Root); err != nil {
			t.Fatal(err)
		}
		text := out.String()
		if d.Name != "session" {
			continue
		}
		// Who has no JavaScript reads that, and can leave for another way; who hears nothing
		// reads what is said.
		for _, want := range []string{"<noscript>", "JavaScript", `action="/enrol/video/session/leave"`, `aria-live="polite"`, `role="log"`} {
			if !strings.Contains(text, want) {
				t.Errorf("%s: the page lacks %s", d.Lang, want)
			}
		}
	}
}
