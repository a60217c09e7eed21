package locale_test

import (
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"atrio/web/locale"
)

func source(it, en string) fs.FS {
	return fstest.MapFS{"it.json": {Data: []byte(it)}, "en.json": {Data: []byte(en)}}
}

func load(t *testing.T, it, en string) *locale.Catalog {
	t.Helper()
	c, err := locale.Load([]string{"it", "en"}, source(it, en))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestATextTakesItsArgumentsInBothLanguages(t *testing.T) {
	c := load(t, `{"k":"{n} {n|giorno|giorni} per {who}"}`, `{"k":"{n} {n|day|days} for {who}"}`)
	for _, x := range []struct {
		lang string
		n    int
		want string
	}{{"it", 1, "1 giorno per Ada"}, {"it", 0, "0 giorni per Ada"}, {"en", 2, "2 days for Ada"}, {"de", 1, "1 giorno per Ada"}} {
		if got := c.Text(x.lang, "k", "n", x.n, "who", "Ada"); got != x.want {
			t.Errorf("%s %d: %q, want %q", x.lang, x.n, got, x.want)
		}
	}
	if got := c.Text("it", "unknown"); got != "unknown" {
		t.Errorf("unknown key gives %q", got)
	}
	if c.Check("k", "n", 1) == nil || c.Check("unknown") == nil || c.Check("k", "n") == nil || c.Check("k", "n", 1, "who", "x") != nil {
		t.Error("Check must find missing arguments and unknown keys")
	}
}

func TestATextMayHoldWhatJSONEscapes(t *testing.T) {
	c := load(t, "\t{ \"a\" :\r\n\"\\u00e8 \\\"x\\\" \\\\\" ,\"b\\u0062\":\"è\xff\"}\n", `{"a":"x","bb":"y"}`)
	if got, want := c.Text("it", "a"), `è "x" \`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if got := c.Text("it", "bb"); got != "è\ufffd" {
		t.Errorf("got %q", got)
	}
}

func TestMarkupIsKeptAndArgumentsAreEscaped(t *testing.T) {
	c := load(t, `{"k":"<strong>{a}</strong> <a href=\"{u}\">qui</a>"}`, `{"k":"<strong>{a}</strong> <a href=\"{u}\">here</a>"}`)
	got := string(c.HTML("it", "k", "a", "<script>", "u", "javascript:alert(1)"))
	if want := `<strong>&lt;script&gt;</strong> <a href="#">qui</a>`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	got = string(c.HTML("en", "k", "a", "x", "u", `/p?a=1&b="`))
	if want := `<strong>x</strong> <a href="/p?a=1&amp;b=&#34;">here</a>`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestFaultyCataloguesAreRefusedWithTheKey(t *testing.T) {
	for name, x := range map[string]struct{ it, en, want string }{
		"a missing twin":             {`{"a":"x","b":"y"}`, `{"a":"x"}`, `"b" is missing in en.json`},
		"a missing twin in Italian":  {`{"a":"x"}`, `{"a":"x","c":"y"}`, `"c" is missing in it.json`},
		"other arguments":            {`{"a":"{x}"}`, `{"a":"{y}"}`, `"a" takes [x] in it but [y] in en`},
		"a key twice":                {`{"a":"x","a":"y"}`, `{"a":"x"}`, `"a" is defined twice`},
		"a script":                   {`{"a":"<script>x</script>"}`, `{"a":"x"}`, `markup "<script>"`},
		"an attribute with a script": {`{"a":"<a href=\"/\" onclick=\"x\">x</a>"}`, `{"a":"x"}`, `is not allowed`},
		"an argument inside a tag":   {`{"a":"<span lang=\"{x}\">y</span>"}`, `{"a":"{x}"}`, `is not allowed`},
		"half a link argument":       {`{"a":"<a href=\"/x?{q}\">y</a>"}`, `{"a":"{q}"}`, `stands inside a tag`},
		"an open brace":              {`{"a":"{x"}`, `{"a":"{x}"}`, `not closed`},
		"a strange argument":         {`{"a":"{X y}"}`, `{"a":"x"}`, `is not an argument`},
		"a plural of two":            {`{"a":"{n|x}"}`, `{"a":"x"}`, `is not an argument`},
		"a number for a text":        {`{"a":1}`, `{"a":"x"}`, `"a" must be a text`},
		"no object":                  {`[]`, `{}`, `must be one JSON object`},
		"broken JSON":                {`{"a":`, `{}`, `it.json`},
		"an open text":               {`{"a":"x\"`, `{}`, `it.json`},
		"a line break in a text":     {"{\"a\":\"x\ny\"}", `{"a":"x"}`, `it.json`},
		"a wrong escape":             {`{"a":"\x"}`, `{"a":"x"}`, `it.json`},
		"no comma":                   {`{"a":"x" "b":"y"}`, `{}`, `it.json`},
		"a comma too many":           {`{"a":"x",}`, `{}`, `it.json`},
		"no colon":                   {`{"a" "x"}`, `{}`, `it.json`},
		"a second object":            {`{"a":"x"}{}`, `{"a":"x"}`, `must end with its object`},
	} {
		_, err := locale.Load([]string{"it", "en"}, source(x.it, x.en))
		if err == nil || !strings.Contains(err.Error(), x.want) {
			t.Errorf("%s: got %v, want %q", name, err, x.want)
		}
	}
	_, err := locale.Load([]string{"it", "en"}, source(`{"a":"x"}`, `{"a":"x"}`), source(`{"a":"y"}`, `{"a":"y"}`))
	if err == nil || !strings.Contains(err.Error(), "defined twice") {
		t.Errorf("the same key in two sources: %v", err)
	}
	if _, err := locale.Load([]string{"it", "en"}, fstest.MapFS{}); err == nil {
		t.Error("a source without files must be refused")
	}
}

func TestAThemeMayReplaceKnownTextsOnly(t *testing.T) {
	c := load(t, `{"a":"{x} a","b":"b"}`, `{"a":"{x} a","b":"b"}`)
	o, err := c.Overlay(fstest.MapFS{"it.json": {Data: []byte(`{"a":"nostro {x}"}`)}})
	if err != nil {
		t.Fatal(err)
	}
	if o.Text("it", "a", "x", 1) != "nostro 1" || o.Text("en", "a", "x", 1) != "1 a" || c.Text("it", "a", "x", 1) != "1 a" {
		t.Error("the overlay must replace one language and leave the original alone")
	}
	for _, bad := range []string{`{"z":"x"}`, `{"b":"x","b":"y"}`, `{"a":"ohne"}`, `{"b":"<b>"}`} {
		if _, err := c.Overlay(fstest.MapFS{"it.json": {Data: []byte(bad)}}); err == nil {
			t.Errorf("overlay %s must be refused", bad)
		}
	}
}

func TestDatesAreWrittenInTheItalianTimeZone(t *testing.T) {
	c := load(t, `{}`, `{}`)
	winter := time.Date(2026, 11, 22, 23, 5, 0, 0, time.UTC)
	summer := time.Date(2026, 8, 1, 7, 30, 0, 0, time.UTC)
	for _, x := range []struct{ got, want string }{
		{c.Date("it", winter), "23 novembre 2026"},
		{c.DateTime("it", winter), "23 novembre 2026, 00:05"},
		{c.DateTime("en", summer), "1 August 2026, 09:30"},
		{c.Date("it", time.Time{}), ""},
		{c.DateTime("en", time.Time{}), ""},
	} {
		if x.got != x.want {
			t.Errorf("got %q, want %q", x.got, x.want)
		}
	}
}

func FuzzACatalogueNeverPanics(f *testing.F) {
	f.Add(`{"a":"{n|x|y} <a href=\"{u}\">z</a>"}`)
	f.Add(`{"a":"{"}`)
	f.Fuzz(func(t *testing.T, s string) {
		c, err := locale.Load([]string{"it"}, fstest.MapFS{"it.json": {Data: []byte(s)}})
		if err != nil {
			return
		}
		for _, k := range c.Keys() {
			c.Text("it", k, "n", 1)
			c.HTML("it", k, "n", 1)
		}
	})
}
