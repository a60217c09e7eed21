package console_test

import (
	"net/http"
	"strings"
	"testing"

	"atrio/web/webtest"
)

func TestPagesSayInWordsWhatTheyMean(t *testing.T) {
	w := one(t)
	k := w.operator(vera)
	k.Get(w.base+"/operator/video").Expect(http.StatusOK, "Nessuno in attesa")
	r, second := w.ready(1, amira, true), w.ready(2, "PRVMRA83E50A744X", true)
	c := w.waits(r)
	w.advance(1) // who comes later waits longer
	other := w.waits(second)
	for _, one := range []struct {
		*webtest.Client
		reads string
	}{{c, "Il prossimo turno è tuo"}, {other, "Prima di te c’è 1 persona"}} {
		for _, path := range []string{"/enrol/video/waiting", "/enrol/video/waiting/place"} {
			if p := one.Get(w.base + path); !strings.Contains(p.Body, one.reads) {
				t.Errorf("%s: %q is missing in %s", path, one.reads, p.Body)
			}
		}
	}
	k.Get(w.base+"/operator/video").Expect(http.StatusOK, "Aspettano 2 persone")
	s := k.meets(r, c)
	p := k.Get(w.base+"/operator/video/"+s.ID).Expect(http.StatusOK, "Carta d’identità")
	if p.Has("cartaIdentita") {
		t.Error("the kind of document is a code")
	}
	// Whether the note is needed depends on the reason: it is called neither the one nor the other.
	if label := p.Text("label[for=note]"); strings.Contains(label, "facoltativo") {
		t.Error(label)
	}
}
