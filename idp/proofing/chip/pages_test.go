package chip

import (
	"encoding/json"
	"slices"
	"testing"
	"time"

	"atrio/idp/enrolment/way"
	"atrio/web/ui"
	"atrio/web/webtest"
)

func TestEveryPageIsSoundInBothLanguages(t *testing.T) {
	at := time.Date(2026, 3, 10, 9, 0, 0, 0, rome)
	clients := []ClientConfig{{Name: "<Lettore>", URL: "https://lettore.example.org/?a=b&c"}, {Name: "Altro", URL: "https://altro.example.org"}}
	var pages []any
	for _, reason := range pageWords() {
		pages = append(pages, pageView{Attempts: Attempts{Failures: 3, Reason: reason}, Tired: true, Clients: clients})
	}
	pages = append(pages, pageView{}, pageView{Read: true, Name: "<PROVA>, AMIRA"}, pageView{Read: true, Signed: true}, pageView{Licence: true}, pageView{Bound: true}, pageView{Bound: true, Read: true}, pageView{Bound: true, Stale: true},
		pageView{Errors: ui.Errors{{Field: "can", Key: "chip.can.wrong"}, {Field: "opener", Key: "chip.opener.missing"}}, Number: "CA00001AA", Birth: at, Expiry: at, Opener: "can", Clients: clients},
		pageView{Attempts: Attempts{Reading: true}}, pageView{Attempts: Attempts{Waiting: at}})
	task := draw("r", at, at.Add(together))
	task.Actions = actions
	webtest.Pages(t, Pages(), map[string][]any{
		"chip": pages,
		"code": {codeView{}, codeView{Code: "AB10-2131", Address: "https://identita.example.org/enrol/chip/relay", Minutes: 5, Size: 25, Drawing: `d="M4 4h7v1h-7z"`, Clients: clients}},
		"face": {faceView{}, faceView{Task: &task, Minutes: 10, Most: 24}, faceView{Errors: ui.Errors{{Field: "film", Key: "chip.film.large", Args: []any{"max", 24}}}, Task: &task, Most: 24}},
	}, way.Pages())
}

func TestEveryWordOfThisPackageHasItsText(t *testing.T) {
	for _, lang := range []string{"it", "en"} {
		raw, err := files.ReadFile("texts/" + lang + ".json")
		if err != nil {
			t.Fatal(err)
		}
		var texts map[string]string
		if err := json.Unmarshal(raw, &texts); err != nil {
			t.Fatal(err)
		}
		var keys []string
		for _, w := range pageWords() {
			keys = append(keys, "chip.refused."+w)
		}
		for _, a := range actions {
			keys = append(keys, "chip.action."+a)
		}
		for _, k := range []string{"late", "missing", "large", "type", "short"} {
			keys = append(keys, "chip.film."+k)
		}
		for _, k := range append(keys, "chip.suspect.elsewhere", "chip.code.unknown", "chip.relay.browser") {
			if texts[k] == "" {
				t.Errorf("%s: no text for %s", lang, k)
			}
		}
	}
}

func TestTasksAreDrawn(t *testing.T) {
	now := time.Date(2026, 3, 10, 9, 0, 0, 0, time.UTC)
	orders, digits := map[string]bool{}, map[string]bool{}
	for range 200 {
		d := draw("r", now, now.Add(together))
		seen := slices.Clone(d.Actions)
		slices.Sort(seen)
		if len(d.Actions) != 3 || len(slices.Compact(seen)) != 3 || len(d.Spoken) != 4 || !d.Expires.Equal(now.Add(10*time.Minute)) {
			t.Fatalf("%+v", d)
		}
		orders[d.Actions[0]+d.Actions[1]+d.Actions[2]], digits[d.Spoken] = true, true
	}
	if d := draw("r", now, now.Add(time.Minute)); !d.Expires.Equal(now.Add(time.Minute)) {
		t.Errorf("the time of the document is not kept: %s", d.Expires)
	}
	if len(orders) < 50 || len(digits) < 150 { // of 120 and some thousands
		t.Errorf("%d orders, %d numbers", len(orders), len(digits))
	}
}

func TestFilmsAreKnownByTheirBytes(t *testing.T) {
	for name, c := range map[string]struct{ file, want string }{
		"WebM":              {"\x1a\x45\xdf\xa3\x9f\x42\x86\x81\x01\x42\x82\x84webm", "video/webm"},
		"Matroska":          {"\x1a\x45\xdf\xa3\x9f\x42\x86\x81\x01\x42\x82\x88matroska", ""},
		"MP4":               {"\x00\x00\x00\x18ftypisom\x00\x00\x02\x00isommp41", "video/mp4"},
		"of a telephone":    {"\x00\x00\x00\x14ftypqt  \x00\x00\x00\x00qt  ", "video/quicktime"},
		"a picture":         {"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic", ""},
		"a box that lies":   {"\xff\xff\xff\xffftypisom\x00\x00\x02\x00isommp41", ""},
		"HTML":              {"<html><video>webm</video></html>", ""},
		"HTML behind a box": {"ftypisom<html>", ""},
		"nothing":           {"", ""},
	} {
		if got, ok := mediaType([]byte(c.file)); got != c.want || ok != (c.want != "") {
			t.Errorf("%s is %q", name, got)
		}
	}
}
