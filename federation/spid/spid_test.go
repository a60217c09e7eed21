package spid

import (
	"encoding/json"
	"io/fs"
	"strings"
	"testing"
)

func TestLevelsAreReadFromTheirURIsOnly(t *testing.T) {
	for l := L1; l <= L3; l++ {
		if got, ok := ParseLevel(l.URI()); !ok || got != l {
			t.Errorf("ParseLevel(%s) = %v, %v", l.URI(), got, ok)
		}
	}
	for _, uri := range []string{"", "https://www.spid.gov.it/SpidL4", "https://www.spid.gov.it/SpidL1 ", "http://www.spid.gov.it/SpidL1", "urn:oasis:names:tc:SAML:2.0:ac:classes:SpidL1"} {
		if l, ok := ParseLevel(uri); ok {
			t.Errorf("ParseLevel(%q) = %v", uri, l)
		}
	}
}

// The table is that of spid-sp-test (response_mods.py): equal but with better, higher
// always, lower with maximum only.
func TestComparisonDecidesLikeTheOfficialTool(t *testing.T) {
	for _, c := range []Comparison{Exact, Minimum, Better, Maximum} {
		for asked := L1; asked <= L3; asked++ {
			for got := L1; got <= L3; got++ {
				want := got == asked && c != Better || got > asked || got < asked && c == Maximum
				if c.Satisfied(asked, got) != want {
					t.Errorf("%s: asked %d, got %d: %v", c, asked, got, !want)
				}
			}
		}
	}
	for _, bad := range []bool{Comparison("about").Satisfied(L1, L3), Minimum.Satisfied(0, L3), Minimum.Satisfied(L1, 4), Minimum.Satisfied(L1, 0)} {
		if bad {
			t.Error("nonsense satisfies")
		}
	}
}

func TestAProviderAimsAtTheLevelThatAnswersTheRequest(t *testing.T) {
	for _, c := range []struct {
		comparison  Comparison
		asked, want Level
		ok          bool
	}{{Minimum, L2, L2, true}, {Exact, L1, L1, true}, {Maximum, L3, L3, true}, {Better, L1, L2, true}, {Better, L3, 4, false}, {"", L1, L1, false}} {
		if got, ok := c.comparison.Target(c.asked); got != c.want || ok != c.ok {
			t.Errorf("%s of %d: %d, %v", c.comparison, c.asked, got, ok)
		}
	}
}

func TestAnomaliesAreFoundInMessages(t *testing.T) {
	for message, want := range map[string]int{
		"ErrorCode nr19": 19, "ErrorCode nr08": 8, "ErrorCode nr8": 8, "Annullato (errorcode NR25).": 25, "x ErrorCode nr 30 y": 30,
		"Échec : ErrorCode nr21 ; réessayez": 21, "ErrorCode nr99 ErrorCode nr25": 25, "ErrorCode nr08, ErrorCode nr22": 8, "ErrorCode  NR\n19": 19,
		"": 0, "ErrorCode nr00": 0, "ErrorCode nr31": 0, "ErrorCode nr190": 0, "ErrorCode": 0, "nr19": 0,
	} {
		got, ok := ParseAnomaly(message)
		if got.Code != want || ok != (want != 0) {
			t.Errorf("%q: %d, %v", message, got.Code, ok)
		}
	}
}

func TestEveryAnomalyOfTheTableCanBeReportedAndShown(t *testing.T) {
	words := readTexts(t)
	seen := map[int]bool{}
	for _, a := range Anomalies() {
		if seen[a.Code] || a.Key == "" {
			t.Errorf("row %+v", a)
		}
		seen[a.Code] = true
		if a.To == ToPerson != (a.Status == "") || a.To == ToPerson && a.HTTP < 400 {
			t.Errorf("nr%d: nobody learns of it", a.Code)
		}
		if got, ok := ParseAnomaly(a.Message()); !ok || got.Code != a.Code {
			t.Errorf("nr%d: message %q", a.Code, a.Message())
		}
		for lang, catalogue := range words {
			if catalogue[a.Key] == "" || a.Code != 1 && catalogue[a.Key+".help"] == "" {
				t.Errorf("nr%d has no %s text", a.Code, lang)
			}
		}
	}
	for code := 1; code <= 30; code++ {
		if !seen[code] {
			t.Errorf("nr%d is missing", code)
		}
	}
}

// What a page says of an anomaly begins with who can do something about it.
func TestEveryAnomalyOfAServiceSaysWhoSolvesIt(t *testing.T) {
	words := readTexts(t)
	for _, a := range Anomalies() {
		told := a.To == ToService && a.Code != 1
		if told != (a.Page == 403 || a.Page == 422) || told != (a.Solver != "") || a.User != (a.Page == 403) {
			t.Errorf("row %+v", a)
		}
		if !told {
			continue
		}
		key := a.Key
		if !a.User {
			key = "error.spid.our_request"
		}
		for lang, catalogue := range words {
			if !strings.HasPrefix(catalogue[key+".help"], catalogue["spid.solver."+string(a.Solver)]+": ") || catalogue[key+".title"] == "" {
				t.Errorf("nr%d in %s: %q", a.Code, lang, catalogue[key+".help"])
			}
		}
	}
}

func TestEveryAttributeHasALabelAndAType(t *testing.T) {
	words := readTexts(t)
	for _, a := range Attributes() {
		if found, ok := LookupAttribute(a.Name); !ok || found != a || a.Type != "string" && a.Type != "date" {
			t.Errorf("row %+v", a)
		}
		for lang, catalogue := range words {
			if catalogue[a.Key] == "" {
				t.Errorf("%s has no %s label", a.Name, lang)
			}
		}
	}
	if _, ok := LookupAttribute("cn"); ok {
		t.Error("an attribute that SPID does not know")
	}
}

func TestTheTwoLanguagesHaveTheSameKeys(t *testing.T) {
	words := readTexts(t)
	for key := range words["it"] {
		if strings.TrimSpace(words["en"][key]) == "" {
			t.Errorf("%s is missing in English", key)
		}
	}
	if len(words["it"]) != len(words["en"]) {
		t.Errorf("%d Italian and %d English texts", len(words["it"]), len(words["en"]))
	}
}

func readTexts(t *testing.T) map[string]map[string]string {
	t.Helper()
	words := map[string]map[string]string{}
	for _, lang := range []string{"it", "en"} {
		raw, err := fs.ReadFile(Texts(), lang+".json")
		if err != nil {
			t.Fatal(err)
		}
		var catalogue map[string]string
		if err := json.Unmarshal(raw, &catalogue); err != nil {
			t.Fatal(err)
		}
		words[lang] = catalogue
	}
	return words
}
