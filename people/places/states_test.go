package places

import (
	"slices"
	"strings"
	"testing"
)

func TestTheTableOfStatesIsWhole(t *testing.T) {
	if len(stateList) != 284 || len(stateByCode) != len(stateList) {
		t.Errorf("%d states, %d codes", len(stateList), len(stateByCode))
	}
	names := map[string]string{}
	for _, s := range stateList {
		for _, code := range append([]string{s.sameAs}, s.successors...) {
			if code != "" && stateByCode[code] == nil {
				t.Errorf("%s refers to %s, which is not there", s.Code, code)
			}
		}
		if s.Birthplace && s.sameAs != "" {
			t.Errorf("%s is offered under two codes", s.Name)
		}
		if other := names[fold(s.Name)]; s.Birthplace && other != "" {
			t.Errorf("%s and %s have one name", s.Code, other)
		}
		if s.Birthplace {
			names[fold(s.Name)] = s.Code
		}
		if s.Citizenship && (s.ISO == "" || s.last != still) {
			t.Errorf("%s has citizens but is not of today", s.Code)
		}
		if s.Name != strings.TrimSpace(s.Name) || s.English == "" || strings.ContainsAny(s.Name+s.English, "?|") {
			t.Errorf("%s: %q %q", s.Code, s.Name, s.English)
		}
	}
}

func TestThereAreTwentySevenStatesInTheUnion(t *testing.T) {
	var eu []string
	for _, s := range Citizenships("it") {
		if s.EU {
			eu = append(eu, s.ISO)
		}
	}
	slices.Sort(eu)
	if got := strings.Join(eu, " "); got != "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK" {
		t.Error(got)
	}
}

func TestStatesAreListedInTheLanguageOfThePage(t *testing.T) {
	born := date(t, "1970-05-10")
	for lang, want := range map[string]string{"it": "Germania", "en": "Germany"} {
		list := States(born, lang)
		if !slices.ContainsFunc(list, func(s State) bool { return s.In(lang) == want }) {
			t.Errorf("%s is not listed", want)
		}
		if !slices.IsSortedFunc(list, func(a, b State) int { return strings.Compare(fold(a.In(lang)), fold(b.In(lang))) }) {
			t.Errorf("%s: not in the order of names", lang)
		}
	}
	had := func(list []State, code string) bool {
		return slices.ContainsFunc(list, func(s State) bool { return s.Code == code })
	}
	if !had(States(born, "it"), "Z135") || had(States(date(t, "2000-05-10"), "it"), "Z135") || had(States(date(t, ""), "it"), "Z135") {
		t.Error("the Soviet Union is a place of birth until 1991")
	}
	if c := Citizenships("it"); c[0] != Italy || had(c, "Z135") || had(c, "Z402") || !had(c, "Z160") || len(c) < 195 {
		t.Errorf("%d citizenships", len(c))
	}
}

func TestStatesAreFoundByTheirCodes(t *testing.T) {
	if s, ok := StateByISO("DE"); !ok || s.Code != "Z112" || !s.EU {
		t.Errorf("%+v", s)
	}
	if s, ok := StateByISO("IT"); !ok || s != Italy {
		t.Errorf("%+v", s)
	}
	if s, ok := StateByISO(""); ok {
		t.Errorf("%+v", s)
	}
	if s, ok := StateByCode("Z118"); !ok || s.Citizenship || s.English != "Yugoslavia" {
		t.Errorf("%+v", s)
	}
	if _, ok := StateByCode("H501"); ok {
		t.Error("Rome is no state")
	}
}

func TestABrokenTableIsRefused(t *testing.T) {
	for _, bad := range []string{
		"Z100\tAL\tbc\t-\t-\tAlbania\t-\t=\t-", // nine fields
		"H501\tIT\tbc\t-\t-\tRoma\t-\t=\t-\t-",
		"Z100\tAL\tbc\t-\tgestern\tAlbania\t-\t=\t-\t-",
	} {
		if _, err := readStates(bad); err == nil {
			t.Errorf("%q was read", bad)
		}
	}
}
