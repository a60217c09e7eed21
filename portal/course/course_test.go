package course

import (
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

var day = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// sound is an entry without mistakes.
func sound() Course {
	return Course{
		ID: "statica-1", Title: Text{It: "Statica"}, Summary: Text{It: "Forze"}, About: Text{It: "Equilibri"},
		Area: "engineering", Language: "it", Hours: 10, Starts: "2026-09-01", Ends: "2026-12-31",
	}
}

func TestACourseIsOpenFromItsFirstToItsLastDay(t *testing.T) {
	for _, x := range []struct {
		starts, ends string
		want         State
	}{
		{"", "", Open}, {"2026-11-22", "2026-11-22", Open}, {"2026-11-23", "", Upcoming}, {"2026-11-23", "2026-11-24", Upcoming},
		{"", "2026-11-21", Ended}, {"2026-01-01", "2026-11-21", Ended}, {"2026-01-01", "2026-11-22", Open}, {"2026-11-22", "", Open},
	} {
		if got := (Course{Starts: x.starts, Ends: x.ends}).StateOn(day); got != x.want {
			t.Errorf("%s to %s is %s, want %s", x.starts, x.ends, got, x.want)
		}
	}
}

func TestEveryMistakeOfAnEntryIsNamed(t *testing.T) {
	if err := sound().Validate(); err != nil {
		t.Fatal(err)
	}
	for name, x := range map[string]struct {
		spoil func(c *Course)
		want  string
	}{
		"no id":           {func(c *Course) { c.ID = "" }, "the id must be"},
		"id with a slash": {func(c *Course) { c.ID = "a/b" }, "the id must be"},
		"id in capitals":  {func(c *Course) { c.ID = "Statica" }, "the id must be"},
		"id of two lines": {func(c *Course) { c.ID = "a\nb" }, "the id must be"},
		"endless id":      {func(c *Course) { c.ID = strings.Repeat("a", 81) }, "the id must be"},
		"no title":        {func(c *Course) { c.Title.It = "" }, "needed in Italian"},
		"no about":        {func(c *Course) { c.About = Text{En: "About"} }, "needed in Italian"},
		"area":            {func(c *Course) { c.Area = "magic" }, `area "magic" is not one of`},
		"language":        {func(c *Course) { c.Language = "de" }, "it or en"},
		"no hours":        {func(c *Course) { c.Hours = 0 }, "between 1 and 999"},
		"too many hours":  {func(c *Course) { c.Hours = 1000 }, "between 1 and 999"},
		"date":            {func(c *Course) { c.Starts = "22/11/2026" }, "is not a date"},
		"day":             {func(c *Course) { c.Ends = "2026-02-30" }, "is not a date"},
		"order":           {func(c *Course) { c.Ends = "2026-08-31" }, "ends before it starts"},
	} {
		c := sound()
		x.spoil(&c)
		if err := c.Validate(); err == nil || !strings.Contains(err.Error(), x.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestTextsFallBackToItalian(t *testing.T) {
	if (Text{It: "a"}).In("en") != "a" || (Text{It: "a", En: "b"}).In("en") != "b" || (Text{It: "a", En: "b"}).In("it") != "a" {
		t.Error("a text is shown in the wrong language")
	}
}

func TestSearchFindsWordsWithoutAccentsAndCase(t *testing.T) {
	all := []Course{
		{ID: "a", Title: Text{It: "Perché i ponti stanno su", En: "Why bridges stand"}, Teacher: "Niccolò Dell’Orto", Area: "engineering", Language: "it", Ends: "2026-12-31"},
		{ID: "b", Title: Text{It: "Città e società"}, About: Text{It: "Straße, naïve, Ångström"}, Area: "society", Language: "en", Starts: "2027-01-01"},
	}
	for _, x := range []struct {
		q    Query
		want string
	}{
		{Query{}, "ab"},
		{Query{Text: "perche"}, "a"}, {Query{Text: "PERCHÉ"}, "a"}, {Query{Text: "perche\u0301"}, "a"}, {Query{Text: "ponti perché"}, "a"},
		{Query{Text: "bridges ponti"}, "a"}, {Query{Text: "niccolo"}, "a"}, {Query{Text: "citta"}, "b"}, {Query{Text: "naive ANGSTROM"}, "b"},
		{Query{Text: "ponti citta"}, ""}, {Query{Text: "   "}, "ab"}, {Query{Text: "\x00"}, ""}, {Query{Text: "\xff"}, ""}, {Query{Text: ".*"}, ""},
		{Query{Area: "society"}, "b"}, {Query{Area: "x"}, ""}, {Query{Language: "it"}, "a"}, {Query{State: "open"}, "a"}, {Query{State: "upcoming"}, "b"}, {Query{State: "ended"}, ""},
		{Query{Text: "ponti", Area: "society"}, ""}, {Query{Text: "ponti", Area: "engineering", Language: "it", State: "open"}, "a"},
	} {
		var got string
		for _, c := range Search(all, x.q, day) {
			got += c.ID
		}
		if got != x.want {
			t.Errorf("%+v finds %q, want %q", x.q, got, x.want)
		}
	}
}

func TestSearchKeepsTheOrderAndMoreWordsNeverFindMore(t *testing.T) {
	word := rapid.SampledFrom([]string{"città", "Ponte", "perché", "arte", "è", "X", "ß", "I", "İ"})
	rapid.Check(t, func(t *rapid.T) {
		words := rapid.SliceOfN(word, 0, 6)
		all := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) Course {
			return Course{
				ID: rapid.StringMatching(`[a-z]{6}`).Draw(t, "id"), Title: Text{It: strings.Join(words.Draw(t, "title"), " ")},
				Area: rapid.SampledFrom(Areas()).Draw(t, "area"), Language: rapid.SampledFrom(Languages()).Draw(t, "language"),
			}
		}), 0, 12).Draw(t, "courses")
		q := Query{Text: strings.Join(words.Draw(t, "words"), " "), Area: rapid.SampledFrom(append(Areas(), "")).Draw(t, "area")}
		found := Search(all, q, day)
		narrower := q
		narrower.Text += " " + word.Draw(t, "one more")
		fewer := Search(all, narrower, day)
		if !inOrder(fewer, found) || !inOrder(found, all) {
			t.Fatalf("%q finds %v, %q finds %v of %v", q.Text, found, narrower.Text, fewer, all)
		}
		for _, c := range all {
			if self := Search([]Course{c}, Query{Text: strings.ToUpper(c.Title.It)}, day); len(self) != 1 && !strings.ContainsAny(c.Title.It, "ßİ") {
				t.Fatalf("%q does not find itself", c.Title.It)
			}
		}
	})
}

// inOrder reports whether some are a selection of all in the same order.
func inOrder(some, all []Course) bool {
	i := 0
	for _, c := range all {
		if i < len(some) && some[i].ID == c.ID {
			i++
		}
	}
	return i == len(some)
}
