package civil

import (
	"errors"
	"io/fs"
	"slices"
	"testing"
	"time"

	"atrio/assets"
	"atrio/people/codicefiscale"
	"atrio/people/places"
)

func day(year int, month time.Month, d int) time.Time {
	return time.Date(year, month, d, 0, 0, 0, 0, time.UTC)
}

func open(t *testing.T) *Gazetteer {
	t.Helper()
	d, err := places.Open(assets.FS())
	if errors.Is(err, fs.ErrNotExist) {
		t.Fatal("the assets are not built: run `make assets`")
	}
	if err != nil {
		t.Fatal(err)
	}
	return New(func() *places.Directory { return d }, func() time.Time { return day(2026, 11, 28) }, "it", "en")
}

// A gateway that nobody registers at holds no list of places. // DESIGN 6
func TestNothingIsOpenedBeforeTheFirstQuestion(t *testing.T) {
	opened := 0
	g := New(func() *places.Directory { opened++; return new(places.Directory) }, func() time.Time { return day(2026, 11, 28) }, "it", "en")
	if len(g.BirthStates("it")) == 0 || len(g.Citizenships("en")) == 0 || !g.IsCitizenship("IN") || g.Citizenships("xx") != nil || opened != 0 {
		t.Errorf("the states opened the municipalities %d times", opened)
	}
	if g.Suggest("bell", day(1983, 5, 10)); opened != 1 {
		t.Errorf("a question about a municipality opened them %d times", opened)
	}
}

func codes(list []Town) (out []string) {
	for _, t := range list {
		out = append(out, t.Code)
	}
	return out
}

func TestMunicipalitiesAreThoseOfTheDay(t *testing.T) {
	g := open(t)
	for name, x := range map[string]struct {
		name, province string
		at             time.Time
		want           []string
	}{
		"Bellagio of 1983":           {"bellagio", "CO", day(1983, 5, 10), []string{"A744"}},
		"Bellagio of today":          {"BELLAGIO", "CO", day(2020, 1, 1), []string{"M335"}},
		"two of one name":            {"Livo", "", day(1975, 5, 10), []string{"E623", "E624"}},
		"one of them":                {"Livo", "TN", day(1975, 5, 10), []string{"E624"}},
		"the province of today":      {"Lodi", "LO", day(1980, 1, 1), []string{"E648"}},
		"the province of then":       {"Lodi", "MI", day(1980, 1, 1), []string{"E648"}},
		"the second language":        {"Bozen", "BZ", day(1980, 1, 1), []string{"A952"}},
		"a beginning is not a name":  {"Bellag", "CO", day(1983, 5, 10), nil},
		"a city of another country":  {"Paris", "", day(1983, 5, 10), nil},
		"nothing that is in a table": {"<script>", "", day(1983, 5, 10), nil},
	} {
		got := codes(g.Towns(x.name, x.province, x.at))
		slices.Sort(got)
		if !slices.Equal(got, x.want) {
			t.Errorf("%s: %v, want %v", name, got, x.want)
		}
	}
	old, ok := g.Town("A744", day(1983, 5, 10))
	if !ok || !old.Until.Equal(day(2014, 2, 3)) || old.Province != "CO" {
		t.Errorf("%+v", old)
	}
	if _, ok := g.Town("Z118", day(1983, 5, 10)); ok {
		t.Error("a state is no municipality")
	}
	if list := g.TownsOf("CO", day(1983, 5, 10)); !slices.Contains(codes(list), "A744") || slices.Contains(codes(list), "M335") || len(list) < 100 {
		t.Errorf("%d municipalities of Como in 1983", len(list))
	}
	if got := g.Suggest("bell", day(1983, 5, 10)); len(got) == 0 || len(got) > mostSuggested {
		t.Errorf("%d suggestions", len(got))
	}
}

func TestListsHaveThePastWhereItBelongs(t *testing.T) {
	g := open(t)
	if known, then := g.IsBirthState("Z118", day(1980, 1, 1)); !known || !then {
		t.Error("somebody was born in Yugoslavia in 1980")
	}
	if _, then := g.IsBirthState("Z118", day(2010, 1, 1)); then {
		t.Error("nobody was born in Yugoslavia in 2010")
	}
	if known, _ := g.IsBirthState("H501", day(1980, 1, 1)); known {
		t.Error("Rome is no state")
	}
	has := func(list []Option, code string) bool {
		return slices.ContainsFunc(list, func(o Option) bool { return o.Code == code && o.Name != "" })
	}
	for _, lang := range []string{"it", "en"} {
		if !has(g.BirthStates(lang), "Z118") || !has(g.Citizenships(lang), "IT") || g.Citizenships(lang)[0].Code != Italy || len(g.Countries(lang)) < 190 {
			t.Errorf("the lists in %s", lang)
		}
	}
	for _, province := range []string{"CO", "FU", "PL", "ZA", "SU"} {
		if !g.IsProvince(province) || !has(g.Provinces(), province) {
			t.Errorf("the province %s is missing", province)
		}
	}
	if g.IsProvince("QQ") || g.IsCitizenship("") || g.IsCitizenship("ITA") || !g.IsCountry("IN") {
		t.Error("codes that are none")
	}
}

func TestOnlyWhatNoRightCodeDiffersInIsNamed(t *testing.T) {
	g := open(t)
	prova := Facts{FamilyName: "Finti", GivenName: "Prova", Sex: Male, Birth: day(1983, 5, 10), Place: "A744"}
	for name, x := range map[string]struct {
		change func(*Facts)
		want   []string
	}{
		"the same person":          {func(*Facts) {}, nil},
		"another sex":              {func(f *Facts) { f.Sex = Female }, []string{FactSex}},
		"a sex without a letter":   {func(f *Facts) { f.Sex = Other }, nil},
		"another name":             {func(f *Facts) { f.GivenName = "Anna" }, []string{FactGivenName}},
		"two given names":          {func(f *Facts) { f.GivenName = "Prova Seconda" }, nil},
		"another surname":          {func(f *Facts) { f.FamilyName = "Esempi" }, []string{FactFamilyName}},
		"another day":              {func(f *Facts) { f.Birth = day(1983, 5, 11) }, []string{FactBirthDate}},
		"another place":            {func(f *Facts) { f.Place = "H501" }, []string{FactBirthPlace}},
		"the code of another time": {func(f *Facts) { f.Place = "M335" }, nil},
		"a place that no list has": {func(f *Facts) { f.Place = "" }, nil},
	} {
		f := prova
		x.change(&f)
		if got := g.Compare(codicefiscale.Code("FNTPRV83E10A744R"), f); !slices.Equal(got, x.want) {
			t.Errorf("%s: %v, want %v", name, got, x.want)
		}
	}
}
