package places

import (
	"slices"
	"strings"
	"testing"
	"time"

	"atrio/people/codicefiscale"
)

func date(t testing.TB, s string) time.Time {
	t.Helper()
	if s == "" {
		return time.Time{}
	}
	d, err := time.Parse(time.DateOnly, s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// born are places as people name them and the code that somebody born then has.
var born = []struct{ name, province, on, code string }{
	{"Roma", "RM", "1980-01-01", "H501"}, {"Milano", "MI", "1979-09-09", "F205"}, {"Torino", "TO", "1990-12-31", "L219"},
	{"Napoli", "NA", "1985-06-15", "F839"}, {"Bologna", "BO", "1992-02-29", "A944"}, {"Bari", "BA", "1999-10-10", "A662"},
	{"Firenze", "FI", "1983-05-10", "D612"}, {"Genova", "GE", "2001-03-03", "D969"}, {"Venezia", "VE", "1977-07-07", "L736"},
	{"Bolzano", "BZ", "1970-11-30", "A952"}, {"Trieste", "TS", "1988-08-18", "L424"},
	// The same name at different times.
	{"Bellagio", "CO", "1983-05-10", "A744"}, {"Bellagio", "CO", "2014-02-03", "A744"}, {"Bellagio", "CO", "2014-02-04", "M335"},
	// Suppressed.
	{"Civenna", "CO", "1983-05-10", "C754"}, {"Rossano", "CS", "1989-05-10", "H579"}, {"Corigliano-Rossano", "CS", "2019-05-10", "M403"},
	// Homonyms at one time.
	{"Livo", "CO", "1975-05-10", "E623"}, {"Livo", "TN", "1975-05-10", "E624"},
	{"Castro", "BG", "1975-05-10", "C337"}, {"Castro", "LE", "1985-05-10", "M261"},
	// The province of the time, and the one of today.
	{"Lodi", "MI", "1985-05-10", "E648"}, {"Lodi", "LO", "1985-05-10", "E648"}, {"Lodi", "LO", "1995-05-10", "E648"},
	{"Monza", "MI", "1990-05-10", "F704"}, {"Monza", "MB", "2012-05-10", "F704"},
	// Italian until 1947.
	{"Fiume", "FU", "1938-05-10", "D620"}, {"Pola", "PL", "1940-05-10", "G778"}, {"Zara", "ZA", "1938-05-10", "M149"},
	// The package has them begin too late, end too late, or not at all.
	{"Abbasanta", "CA", "1960-05-10", "A007"}, {"Abbasanta", "OR", "1980-05-10", "A007"}, {"Lonato", "BS", "1980-05-10", "E667"},
	// The name of the time, the name in the other language.
	{"Girgenti", "AG", "1926-05-10", "A089"}, {"Bozen", "BZ", "1970-11-30", "A952"}, {"aoste", "AO", "1970-11-30", "A326"},
	// Without accents, apostrophes and capitals.
	{"forli", "FO", "1980-01-01", "D704"}, {"l'aquila", "AQ", "1980-01-01", "A345"}, {"L Aquila", "AQ", "1980-01-01", "A345"},
	// States, also by their English and their former names.
	{"Jugoslavia", "", "1960-05-10", "Z118"}, {"URSS", "", "1970-05-10", "Z135"}, {"soviet union", "", "1970-05-10", "Z135"},
	{"Cecoslovacchia", "", "1985-05-10", "Z105"}, {"Repubblica Democratica Tedesca", "", "1985-05-10", "Z111"},
	{"Serbia e Montenegro", "", "2005-05-10", "Z157"}, {"Cina", "", "1995-05-10", "Z210"}, {"China", "", "1995-05-10", "Z210"},
	{"Regno Unito", "", "1995-05-10", "Z114"}, {"UK", "", "1995-05-10", "Z114"}, {"Kosovo", "", "2009-05-10", "Z160"},
	{"Sud Sudan", "", "2012-05-10", "Z907"}, {"Libia", "", "1935-05-10", "Z326"}, {"Eritrea", "", "1940-05-10", "Z368"},
	{"India", "", "1995-04-04", "Z222"}, {"Pakistan", "", "1995-04-04", "Z236"}, {"ivory coast", "", "1995-04-04", "Z313"},
	{"Turkey", "", "1995-04-04", "Z243"}, {"birmania", "", "1995-04-04", "Z206"}, {"costa d avorio", "", "1995-04-04", "Z313"},
}

func TestWhoIsBornSomewhereFindsThePlace(t *testing.T) {
	d := open(t)
	for _, c := range born {
		q := Query{Text: c.name, Province: c.province, On: date(t, c.on), Where: InItaly, Limit: 1}
		if c.province == "" {
			q.Where = Abroad
		}
		found := d.Search(q)
		if len(found) != 1 || found[0].Code != c.code {
			t.Errorf("%v: %+v", c, found)
			continue
		}
		if p, there := d.Find(c.code, q.On); !there || p != found[0] || !d.Known(c.code) {
			t.Errorf("%v: Find gives %+v %v", c, p, there)
		}
	}
}

func TestTheProvinceAndTheNameAreThoseOfTheDay(t *testing.T) {
	d := open(t)
	for _, c := range []struct{ code, on, label string }{
		{"E648", "1992-04-15", "Lodi (MI)"}, {"E648", "1992-04-16", "Lodi (LO)"}, {"E648", "", "Lodi (LO)"},
		{"F704", "2009-06-29", "Monza (MI)"}, {"F704", "2009-06-30", "Monza (MB)"},
		{"A007", "1974-08-19", "Abbasanta (CA)"}, {"A007", "1974-08-20", "Abbasanta (OR)"},
		{"A089", "1927-07-26", "Girgenti (AG)"}, {"A089", "1927-07-27", "Agrigento (AG)"},
		{"D704", "1992-04-15", "Forlì (FO)"}, {"D704", "2026-01-01", "Forlì (FC)"},
		{"A115", "2010-01-01", "Alà dei Sardi (OT)"}, {"A115", "", "Alà dei Sardi (SS)"},
		{"A744", "2014-02-04", "Bellagio (CO)"}, // not there any more: as it was last
		{"Z135", "2026-01-01", "Unione Sovietica"},
		{"X999", "2026-01-01", ""},
	} {
		if p, _ := d.Find(c.code, date(t, c.on)); p.Label() != c.label {
			t.Errorf("%v: %q", c, p.Label())
		}
	}
}

func TestPlacesThatWereNotThereAreNotOffered(t *testing.T) {
	d := open(t)
	for _, c := range []struct{ code, on string }{
		{"A744", "2014-02-04"}, {"M335", "2014-02-03"}, {"M149", "1950-01-01"}, {"Z135", "2000-01-01"}, {"H579", "2019-01-01"},
	} {
		p, there := d.Find(c.code, date(t, c.on))
		if there || p.Code != c.code {
			t.Errorf("%v is there: %+v", c, p)
		}
		for _, found := range d.Search(Query{Text: p.Name, On: date(t, c.on), Limit: 50}) {
			if found.Code == c.code {
				t.Errorf("%v is offered", c)
			}
		}
		if list := d.Search(Query{Text: c.code, On: date(t, c.on)}); len(list) != 0 {
			t.Errorf("%v is offered for its code", c)
		}
	}
	if p, there := d.Find("A744", time.Time{}); !there || !p.Last.Equal(date(t, "2014-02-03")) || !p.First.Equal(date(t, "1861-03-17")) {
		t.Errorf("%+v %v", p, there)
	}
}

func TestTheLikeliestComesFirst(t *testing.T) {
	d := open(t)
	for _, c := range []struct {
		q    Query
		want []string
	}{
		{Query{Text: "mil", Limit: 1}, []string{"Milano (MI)"}},
		{Query{Text: "rom", Limit: 2}, []string{"Roma (RM)", "Romania"}},
		{Query{Text: "re", Where: InItaly, Limit: 2}, []string{"Re (VB)", "Reggio di Calabria (RC)"}},
		{Query{Text: "reggio", Limit: 2}, []string{"Reggio di Calabria (RC)", "Reggio nell'Emilia (RE)"}},
		{Query{Text: "sud", Where: Abroad, Limit: 3}, []string{"Sudan", "Sud Sudan", "Sudafrica"}},
		{Query{Text: "giovanni fiore", Limit: 1}, []string{"San Giovanni in Fiore (CS)"}},
		{Query{Text: "fiore giov", Limit: 1}, []string{"San Giovanni in Fiore (CS)"}},
		{Query{Text: "castro", On: time.Date(1985, 5, 10, 0, 0, 0, 0, time.UTC), Limit: 2}, []string{"Castro (BG)", "Castro (LE)"}},
		{Query{Text: "h501"}, []string{"Roma (RM)"}},
		{Query{Text: " Z404 ", Where: Abroad}, []string{"Stati Uniti"}},
		{Query{Text: "Z404", Where: InItaly}, nil},
		{Query{Text: "georgia"}, []string{"Georgia"}}, // not twice, though it has two codes
		{Query{Text: "nessun posto così"}, nil},
		{Query{Text: "Москва"}, nil},
		{Query{Text: " .-' "}, nil},
		{Query{Text: strings.Repeat("a", longestQuery+1)}, nil},
	} {
		var got []string
		for _, p := range d.Search(c.q) {
			got = append(got, p.Label())
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%+v: %q, want %q", c.q, got, c.want)
		}
	}
	if n := len(d.Search(Query{Text: "a", Limit: 1000})); n != most {
		t.Errorf("%d places", n)
	}
	if n := len(d.Search(Query{Text: "san"})); n != fewest {
		t.Errorf("%d places", n)
	}
}

func TestListsForChoosingWithoutSearch(t *testing.T) {
	d := open(t)
	has := func(list []Province, letters string) bool {
		return slices.ContainsFunc(list, func(p Province) bool { return p.Letters == letters })
	}
	now, then := d.Provinces(time.Time{}), d.Provinces(date(t, "1985-05-10"))
	if len(now) != 107 || !has(now, "MB") || has(now, "FO") || has(then, "MB") || !has(then, "FO") || now[0].Name != "Agrigento" {
		t.Errorf("%d provinces now, %d then", len(now), len(then))
	}
	for _, p := range append(now, then...) {
		if p.Name == p.Letters {
			t.Errorf("the province %s has no name", p.Letters)
		}
	}
	list := d.Municipalities("LO", date(t, "1985-05-10"))
	if !slices.ContainsFunc(list, func(p Place) bool { return p.Code == "E648" && p.Province == "MI" }) || len(list) < 50 {
		t.Errorf("%d municipalities", len(list))
	}
	if !slices.IsSortedFunc(list, func(a, b Place) int { return strings.Compare(fold(a.Name), fold(b.Name)) }) {
		t.Error("not in the order of names")
	}
	if n := len(d.Municipalities("RM", time.Time{})); n != 121 {
		t.Errorf("%d municipalities around Rome", n)
	}
}

func TestCodesOfOneStateAndOfHeirsAreRelated(t *testing.T) {
	d := open(t)
	for _, c := range []struct {
		stated, coded, born string
		want                codicefiscale.Kind
	}{
		{"H501", "H501", "1980-01-01", ""},
		{"F205", "H501", "1980-01-01", codicefiscale.Differs},
		{"A744", "M335", "1983-05-10", codicefiscale.OtherPeriod},
		{"C337", "M261", "1985-05-10", codicefiscale.Differs}, // two Castros
		{"E623", "E624", "1975-05-10", codicefiscale.Differs},
		{"Z135", "Z254", "1970-05-10", codicefiscale.Successor},
		{"Z135", "Z136", "1970-05-10", codicefiscale.Successor},
		{"Z149", "Z118", "1984-05-10", codicefiscale.Successor},
		{"Z259", "Z143", "1970-05-10", ""},
		{"Z254", "Z136", "1995-05-10", ""},
		{"Z368", "Z315", "1940-05-10", codicefiscale.Successor},
		{"Z404", "Z401", "1980-05-10", codicefiscale.Differs},
		{"H501", "Z404", "1980-05-10", codicefiscale.Differs},
		{"Z404", "H501", "1980-05-10", codicefiscale.Differs},
		{"G778", "Z118", "1940-05-10", codicefiscale.Successor}, // Pola
		{"G778", "Z149", "1940-05-10", codicefiscale.Successor},
		{"G778", "Z110", "1940-05-10", codicefiscale.Differs},
		{"L095", "Z110", "1940-05-10", codicefiscale.Successor}, // Tenda
		{"H501", "X999", "1980-05-10", codicefiscale.Unknown},
		{"X999", "H501", "1980-05-10", codicefiscale.Differs},
		{"X999", "Z404", "1980-05-10", codicefiscale.Differs},
	} {
		if got := d.Relate(c.stated, c.coded, date(t, c.born)); got != c.want {
			t.Errorf("%v: %q", c, got)
		}
	}
}

func TestADirectoryServesComparisonsOfCodes(t *testing.T) {
	d := open(t)
	code, err := codicefiscale.Parse("FNTPRV83E10M335W")
	if err != nil {
		t.Fatal(err)
	}
	got := codicefiscale.Compare(code, codicefiscale.Person{
		Surname: "Finti", GivenName: "Prova", Sex: codicefiscale.Male, Born: date(t, "1983-05-10"), Place: "A744",
	}, d)
	want := []codicefiscale.Difference{{Field: codicefiscale.FieldPlace, Kind: codicefiscale.OtherPeriod}}
	if !slices.Equal(got.Differences, want) || got.Differs() {
		t.Errorf("%+v", got)
	}
}
