package chip_test

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"

	"atrio/base/audit"
	"atrio/idp/enrolment"
	"atrio/idp/enrolment/way"
	"atrio/idp/proofing/chip"
	"atrio/mrtd/mrtdtest"
	"atrio/mrtd/relay"
)

// waiting is a document that answers its first command after somebody lets it.
type waiting struct {
	relay.Card
	once       sync.Once
	asked, let chan struct{}
}

func waits(d *mrtdtest.Document) *waiting {
	return &waiting{Card: mrtdtest.Insert(d), asked: make(chan struct{}), let: make(chan struct{})}
}

func (c *waiting) Transceive(ctx context.Context, command []byte) ([]byte, error) {
	c.once.Do(func() { close(c.asked); <-c.let })
	return c.Card.Transceive(ctx, command)
}

func word(err error) relay.Word {
	var ended relay.Ended
	errors.As(err, &ended)
	return ended.Word
}

// A14: while a document is read for a request no other one is; the code of who has to wait
// stays good.
func TestOneDocumentIsReadAtATimeForARequest(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		a := w.apply(0, nil)
		d := withKey(amira())
		address, code := a.code()
		slow, read := waits(d), make(chan error, 1)
		go func() { read <- relay.Carry(t.Context(), address, code, slow) }()
		<-slow.asked
		_, second := a.code()
		a.shows("Stiamo leggendo il documento")
		if err := relay.Carry(t.Context(), address, second, mrtdtest.Insert(d)); word(err) != relay.Busy {
			t.Errorf("a second reading at once: %v", err)
		}
		if !w.audited("chip_reading") {
			t.Error("no line")
		}
		close(slow.let)
		if err := <-read; err != nil || a.request().State != enrolment.ChipRead {
			t.Fatalf("%s, %v", a.request().State, err)
		}
		if err := relay.Carry(t.Context(), address, second, mrtdtest.Insert(d)); word(err) != relay.Unknown { // of the request as it was
			t.Errorf("%v", err)
		}
		_, third := a.code()
		w.advance(time.Second)
		if err := relay.Carry(t.Context(), address, third, mrtdtest.Insert(d)); err != nil {
			t.Errorf("afterwards: %v", err)
		}
	})
}

// A08: of two who bring one document at once one is the first.
func TestOneDocumentForTwoRequestsAtOnceIsSeen(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		d := withKey(amira(), mrtdtest.WithoutDG11())
		both := []*applicant{w.apply(0, nil), w.apply(1, nil)}
		read := make(chan error, len(both))
		for _, a := range both {
			address, code := a.code()
			go func() { read <- relay.Carry(t.Context(), address, code, mrtdtest.Insert(d)) }()
		}
		for range both {
			if err := <-read; err != nil {
				t.Error(err)
			}
		}
		states := string(both[0].request().State) + " " + string(both[1].request().State)
		if states != "chip_read fraud_review" && states != "fraud_review chip_read" {
			t.Error(states)
		}
	})
}

// Connections that say no code take no turns, one network has a part of the places, and who
// has to wait keeps the code.
func TestNobodyKeepsTheOthersWaiting(t *testing.T) {
	w := one(t)
	a := w.apply(0, nil)
	d := withKey(amira())
	address, code := a.code()
	busy := func(why string) {
		t.Helper()
		if err := relay.Carry(t.Context(), address, code, mrtdtest.Insert(d)); word(err) != relay.Busy {
			t.Errorf("%s: %v", why, err)
		}
	}
	leave := w.chip.Connect("127.0.0.1", chip.OfNetwork)
	busy("all places of the network are taken")
	leave()
	leave = w.chip.TakeTurns(chip.AtOnce)
	busy("all turns are taken")
	if !w.audited("chip_busy") {
		t.Error("no line")
	}
	leave()

	w.chip.TakeTurns(chip.AtOnce - 1)
	for range chip.OfNetwork / 2 { // the last one that was busy may still be leaving
		conn, _, err := websocket.Dial(t.Context(), "ws"+address[len("http"):], &websocket.DialOptions{Subprotocols: []string{relay.Protocol}}) //nolint:bodyclose // there is none
		if err != nil {
			t.Fatal(err)
		}
		defer conn.CloseNow() //nolint:errcheck // the test is over
	}
	if err := relay.Carry(t.Context(), address, code, mrtdtest.Insert(d)); err != nil || a.request().State != enrolment.ChipRead {
		t.Errorf("silent connections took the last turn, or being busy the code: %s, %v", a.request().State, err)
	}
}

// What goes wrong here is not told as a bad document, and is no failure of the applicant's.
func TestFaultsOfTheServerAreNotTheDocuments(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		a := w.apply(0, nil)
		w.breaks(errors.New("no room on the disk"))
		for range 3 {
			if err := a.present(mrtdtest.Insert(withKey(amira()))); word(err) != relay.Failed {
				t.Fatalf("%v", err)
			}
			if p := a.shows("Ora non riusciamo a finire la lettura. Prova più tardi."); p.Has("volte di fila") || p.Has("Non riusciamo a leggere questo chip") {
				t.Error("it is told as the document's")
			}
		}
		var n int
		err := w.db.Read().QueryRowContext(t.Context(), `SELECT count(*) FROM audit WHERE reason = 'chip_server' AND outcome = $1`, audit.Failed).Scan(&n)
		if err != nil || n != 3 {
			t.Errorf("%d lines, %v", n, err)
		}
		w.breaks(nil)
		if err := a.present(mrtdtest.Insert(withKey(amira()))); err != nil || a.request().State != enrolment.ChipRead {
			t.Errorf("%s, %v", a.request().State, err)
		}
		a.Get(w.base+way.Chip).Expect(http.StatusOK, "Abbiamo letto il documento")
	})
}
