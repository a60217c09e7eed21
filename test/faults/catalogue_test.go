package faults

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"atrio/saml/samltest"
	corpus "atrio/test/corpus/saml"
)

// The whole catalogue of test/corpus/saml, cut from an answer that the door takes and
// with the key of the provider that was asked, at the address of every door: nobody
// enters, nothing fails, and the answer it was cut from still works.
func TestTheCatalogueOpensNoDoor(t *testing.T) {
	t.Parallel()
	s := newSiege(t)
	before := s.Resident()
	for world := range worlds {
		d := newDoor(t, s, world)
		t.Run(world, func(t *testing.T) {
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
