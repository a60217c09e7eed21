package oracles

import (
	"os/exec"
	"strings"
	"testing"

	"atrio/saml/xmlsec"
)

// TestEveryCharacterWeAcceptXmllintAccepts tries every character of the Basic
// Multilingual Plane, and one in 257 beyond, as the beginning of a name, inside a
// name, in text, and as a reference. What our reader accepts goes into one
// document that xmllint must accept whole.
func TestEveryCharacterWeAcceptXmllintAccepts(t *testing.T) {
	need(t, "xmllint")
	accepted := map[string]int{}
	var b strings.Builder
	b.WriteString("<r>")
	for r := rune(0); r <= 0x10FFFF; r++ {
		if r > 0xFFFF && r%257 != 0 {
			continue
		}
		c := string(r)
		if r >= 0xD800 && r < 0xE000 {
			c = string([]byte{0xED, byte(0x80 | r>>6&0x3F), byte(0x80 | r&0x3F)})
		}
		for form, piece := range map[string]string{
			"first": "<" + c + "x/>", "part": "<x" + c + "/>", "attribute": "<x y" + c + `=""/>`,
			"text": "<x>" + c + "</x>", "reference": "<x>&#" + decimal(r) + ";</x>",
		} {
			if _, err := xmlsec.Parse([]byte(piece), xmlsec.Message); err == nil {
				accepted[form]++
				b.WriteString(piece)
			}
		}
	}
	b.WriteString("</r>")
	f := newFiles(t)
	if out, err := exec.Command("xmllint", "--huge", "--noout", f.write("all.xml", []byte(b.String()))).CombinedOutput(); err != nil {
		t.Errorf("xmllint: %v\n%.2000s", err, out)
	}
	for form, least := range map[string]int{"first": 50_000, "part": 50_000, "attribute": 50_000, "text": 65_000, "reference": 65_000} {
		if accepted[form] < least {
			t.Errorf("%s: only %d characters accepted", form, accepted[form])
		}
	}
	t.Log(accepted)
}

func decimal(r rune) string {
	if r < 10 {
		return string('0' + r)
	}
	return decimal(r/10) + string('0'+r%10)
}
