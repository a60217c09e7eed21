package faults

import (
	"bytes"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"atrio/saml/samltest"
	corpus "atrio/test/corpus/saml"
	"atrio/test/faults/rig"
)

// The whole catalogue of test/corpus/saml, cut from an answer that the door takes and
// with the key of the provider that was asked, at the address of every door: nobody
// enters, nothing fails, and the answer it was cut from still works.
func TestTheCatalogueOpensNoDoor(t *testing.T) {
	t.Parallel()
	s := newSiege(t)
	var doors []*door
	for world := range worlds {
		doors = append(doors, newDoor(t, s, world))
	}
	before := s.Resident() // hashing a password takes memory too
	for _, d := range doors {
		t.Run(d.name, func(t *testing.T) {
			shop := corpus.Around(t, string(samltest.Apply(t, d.bare, prolonged(t, d.bare))), d.signer.Key)
			flow := d.answer.Values.Get("RelayState")
			played := 0
			for _, h := range shop.Hostile() {
				if h.Keys != nil || tooLarge(h) {
					continue // what is wrong there are the keys of the reader, or see the next test
				}
				played++
				d.turnedAway(t, h.Name, d.post(encoded(h.Data), flow), d.cookies, http.StatusBadRequest, 499)
			}
			if played < 380 {
				t.Errorf("only %d documents", played)
			}
			for _, c := range shop.Control()[:1] {
				if a := d.send(t, d.post(encoded(c.Data), flow), d.cookies...); a.Status != http.StatusSeeOther {
					t.Errorf("after all of them %q gets %d\n%s", c.Name, a.Status, a.Body)
				}
			}
		})
	}
	if grown := s.Resident() - before; grown > 64<<20 {
		t.Errorf("the program grew by %d MB", grown>>20)
	}
	t.Run("audit", s.audited)
	t.Run("log", func(t *testing.T) { s.discreet(t) })
}

// prolonged lets an answer be good for an hour more: the catalogue takes its time.
func prolonged(t *testing.T, document []byte) samltest.Edit {
	t.Helper()
	end, _ := samltest.Find(t, document, "Response/Assertion/Conditions").Attr("NotOnOrAfter")
	at, err := time.Parse(time.RFC3339, end)
	if err != nil {
		t.Fatal(err)
	}
	later := at.Add(time.Hour).UTC().Format("2006-01-02T15:04:05.000Z")
	return func(document []byte) ([]byte, error) {
		return []byte(strings.ReplaceAll(string(document), `NotOnOrAfter="`+end+`"`, `NotOnOrAfter="`+later+`"`)), nil
	}
}

// tooLarge are documents that do not fit into the form of a door.
func tooLarge(d corpus.Document) bool { return len(d.Data) > 256<<10 }

// Sixteen copies of one answer at the same instant let in once; and an assertion that
// was used is used, also in an answer to another request that its provider signs.
func TestAnAssertionIsUsedOnceWhateverIsAroundIt(t *testing.T) {
	t.Parallel()
	s := newSiege(t)
	for world := range worlds {
		t.Run(world, func(t *testing.T) {
			d := newDoor(t, s, world)
			used := samltest.Find(t, d.genuine, "Response/Assertion")
			id, _ := used.Attr("ID")
			response, _ := used.Parent.Attr("ID")
			d.atOnce(t)
			s.Advance("2m") // codes of an app work once
			again := newDoor(t, s, world)
			flow := again.answer.Values.Get("RelayState")
			for name, edit := range map[string]samltest.Edit{
				"the same assertion in a new answer":   samltest.SetAttribute("Response/Assertion", "ID", id),
				"another assertion in the same answer": samltest.SetAttribute("Response", "ID", response),
			} {
				again.turnedAway(t, name, again.post(again.edited(t, edit), flow), again.cookies, http.StatusConflict, http.StatusConflict)
			}
			if a := d.send(t, again.post(encoded(again.genuine), flow), again.cookies...); a.Status != http.StatusSeeOther {
				t.Errorf("the new answer as it came gets %d\n%s", a.Status, a.Body)
			}
		})
	}
	t.Run("audit", s.audited)
}

func (d *door) atOnce(t *testing.T) {
	t.Helper()
	const copies = 16
	over := make([]*http.Transport, copies)
	for i := range over {
		over[i] = rig.From(t, i)
	}
	statuses := map[int]int{}
	var mu sync.Mutex
	var all sync.WaitGroup
	start := make(chan struct{})
	for i := range copies {
		r := d.answer.HTTP()
		all.Go(func() {
			<-start
			a := rig.Raw(over[i], r, d.cookies...)
			mu.Lock()
			defer mu.Unlock()
			statuses[a.Status]++
		})
	}
	close(start)
	all.Wait()
	if statuses[http.StatusSeeOther] != 1 || statuses[http.StatusConflict] != copies-1 {
		t.Errorf("of %d copies at once: %v", copies, statuses)
	}
}

// A provider speaks for itself: what another one signs, trusted at its own door, opens
// nothing. // SAML-profiles 4.1.4.3
func TestTheKeyOfAnotherTrustedProviderOpensNothing(t *testing.T) {
	t.Parallel()
	s := newSiege(t)
	for _, c := range []struct{ world, other, address string }{
		{"spid", "cie", "/cie/acs"}, {"cie", "spid", "/spid/acs"}, {"eidas", "spid", "/cie/acs"}, {"cie", "eidas", "/spid/acs"},
	} {
		t.Run(c.other+" for "+c.world, func(t *testing.T) {
			s.Advance("2m") // codes of an app work once
			d := newDoor(t, s, c.world)
			flow, stranger := d.answer.Values.Get("RelayState"), s.signer(t, c.other)
			asserted := samltest.Sign(t, d.bare, stranger, true, false)
			for name, document := range map[string][]byte{
				"both signed by it":                 samltest.Sign(t, d.bare, stranger, true, true),
				"its assertion in a genuine answer": samltest.Sign(t, asserted, d.signer, false, true),
				"its assertion alone":               asserted,
			} {
				d.turnedAway(t, name, d.post(encoded(document), flow), d.cookies, http.StatusBadRequest, 499)
			}
			elsewhere := d.post(encoded(d.genuine), flow)
			elsewhere.URL.Path = c.address
			d.turnedAway(t, "at the address of the other", elsewhere, d.cookies, http.StatusForbidden, http.StatusForbidden)
		})
	}
	t.Run("audit", s.audited)
}

// What is too large is turned away before it is read, at every address that takes
// messages, and costs no memory.
func TestLargeMessagesCostNothing(t *testing.T) {
	t.Parallel()
	s := newSiege(t)
	bomb := deflated(t, make([]byte, 64<<20))
	var doors []*door
	for world := range worlds {
		doors = append(doors, newDoor(t, s, world))
	}
	before := s.Resident()
	for _, d := range doors {
		flow := d.answer.Values.Get("RelayState")
		four := append(bytes.Repeat([]byte(" "), 4<<20), d.genuine...)
		d.turnedAway(t, d.name+": 4 MB", withheld(t, d.post(encoded(four), flow)), d.cookies, http.StatusRequestEntityTooLarge, http.StatusRequestEntityTooLarge)
		d.turnedAway(t, d.name+": 64 MB, deflated", d.post(encoded(bomb), flow), d.cookies, http.StatusBadRequest, 499)
		if a := d.send(t, d.post(encoded(d.genuine), flow), d.cookies...); a.Status != http.StatusSeeOther {
			t.Errorf("%s: after them the genuine answer gets %d", d.name, a.Status)
		}
	}
	for _, path := range []string{s.Gateway() + "/spid/slo", s.Gateway() + "/cie/slo", s.IdP() + "/sso", s.IdP() + "/slo"} {
		role := "gateway"
		if strings.HasPrefix(path, s.IdP()) {
			role = "idp"
		}
		for _, parameter := range []string{"SAMLRequest", "SAMLResponse"} {
			values := url.Values{parameter: {encoded(bomb)}}
			get := request(http.MethodGet, path, nil)
			get.URL.RawQuery = values.Encode()
			small := request(http.MethodGet, path, nil)
			small.URL.RawQuery = url.Values{parameter: {encoded(deflated(t, make([]byte, 16<<20)))}}.Encode()
			for name, r := range map[string]*http.Request{
				"64 MB by GET": get, "16 MB by GET": small,
				"64 MB by POST": rig.Request{Method: http.MethodPost, Address: path, Values: values}.HTTP(),
			} {
				a := s.send(t, r)
				s.judge(t, path+" "+parameter+" "+name, role, a)
				if a.Status < 400 || a.Status > 499 {
					t.Errorf("%s %s, %s: %d, %v", path, parameter, name, a.Status, a.Err)
				}
			}
		}
	}
	if grown := s.Resident() - before; grown > 64<<20 {
		t.Errorf("the program grew by %d MB", grown>>20)
	}
	t.Run("audit", s.audited)
}

// withheld sends the first megabyte of a body and keeps the rest: whoever wants all of
// it before the answer never gets it.
func withheld(t *testing.T, r *http.Request) *http.Request {
	end := make(chan struct{})
	t.Cleanup(func() { close(end) })
	r.Body = io.NopCloser(io.MultiReader(io.LimitReader(r.Body, 1<<20), waiting(end)))
	return r
}

// waiting is a reader that gives nothing until the end.
type waiting <-chan struct{}

func (w waiting) Read([]byte) (int, error) {
	<-w
	return 0, io.ErrUnexpectedEOF
}
