package spidcases

import (
	"bufio"
	"fmt"
	"os"
	"strings"
	"testing"

	"atrio/federation/spid"
	"atrio/federation/spid/spidsaml"
	"atrio/people/person"
)

// official lists every id that one of the two tools has.
func official() []string {
	// 50, 101 and 102 are disabled in both tools.
	skipped := map[int]bool{50: true, 101: true, 102: true, 6: true, 7: true}
	ids := []string{"1-NS", "xslt"}
	for n := 1; n <= 113; n++ {
		if !skipped[n] {
			ids = append(ids, fmt.Sprint(n))
		}
	}
	for n := 1; n <= 8; n++ {
		ids = append(ids, fmt.Sprintf("xsw%d", n))
	}
	return ids
}

func TestEveryOfficialCaseIsThereOnce(t *testing.T) {
	seen := map[string]Case{}
	for _, c := range SPID() {
		if _, twice := seen[c.ID]; twice {
			t.Errorf("%s twice", c.ID)
		}
		if c.Title.It == "" || c.Title.En == "" || c.Tools == "" {
			t.Errorf("%s says too little: %+v", c.ID, c.Title)
		}
		seen[c.ID] = c
	}
	for _, id := range official() {
		if c, ok := seen[id]; !ok || c.Tools == Own {
			t.Errorf("%s is missing", id)
		}
		delete(seen, id)
	}
	for id, c := range seen {
		if c.Tools != Own {
			t.Errorf("%s is in no official list", id)
		}
	}
	for _, id := range []string{"25", "67", "84", "91", "112", "113", "1-NS"} {
		if c, _ := Find(SPID(), id); c.Tools != SAMLCheck {
			t.Errorf("%s is in %s", id, c.Tools)
		}
	}
}

// The file says what the official tool's own documents lead to at the gateway: ours must
// lead to the same verdict, though not always by the same check.
func TestTheVerdictsAreThoseOfTheOfficialTool(t *testing.T) {
	file, err := os.Open("../../../test/interop/spid-sp-test/cases.txt")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	a := &spidsaml.Authn{Level: spid.L2, Comparison: spid.Minimum}
	compared := 0
	for s := bufio.NewScanner(file); s.Scan(); {
		f := strings.Fields(s.Text())
		if len(f) != 3 || f[0] == "#" || strings.Contains(f[0], ":") {
			continue
		}
		c, ok := Find(SPID(), f[0])
		if !ok {
			t.Errorf("no case %s", f[0])
			continue
		}
		compared++
		if got := c.Expected(a); got.Accepted != (f[1] == "200") {
			t.Errorf("%s: the tool's document leads to %s, ours to %+v", c.ID, f[1], got)
		}
	}
	if compared != 111 {
		t.Errorf("%d cases compared", compared)
	}
}

func TestEveryCodeThatAServiceLearnsOfIsPlayed(t *testing.T) {
	played := map[int]bool{}
	for _, c := range SPID() {
		played[c.expect.Anomaly] = true
	}
	for _, a := range spid.Anomalies() {
		if (a.Page != 0) != played[a.Code] {
			t.Errorf("nr%02d is played: %v", a.Code, played[a.Code])
		}
	}
}

func TestCIEHasItsOwnScreensAndTakesAnIssuerWithoutFormat(t *testing.T) {
	all := CIE()
	for _, id := range []string{"nr01", "nr21", "nr22", "nr23", "nr25"} {
		if _, ok := Find(all, id); !ok {
			t.Errorf("%s is missing", id)
		}
	}
	for id, accepted := range map[string]bool{"70": true, "71": true, "72": false, "1": true, "2": false, "nr21": false} {
		if c, ok := Find(all, id); !ok || c.expect.Accepted != accepted {
			t.Errorf("%s: accepted %v", id, c.expect.Accepted)
		}
	}
	for id := range map[string]bool{"104": true, "111": true, "nr18": true} {
		if _, ok := Find(all, id); ok {
			t.Errorf("%s is not of CIE", id)
		}
	}
}

func TestThePersonOfTheCasesHasAValidCode(t *testing.T) {
	for _, number := range []string{Person()["fiscalNumber"], CIEPerson()["fiscalNumber"], forgedNumber} {
		if _, err := person.ParseFiscalCode(strings.TrimPrefix(number, "TINIT-")); err != nil {
			t.Errorf("%s: %v", number, err)
		}
	}
}
