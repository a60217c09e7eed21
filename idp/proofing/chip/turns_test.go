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

// Connections that say no code take no turns, and one network has a part of the places.
func TestNobodyKeepsTheOthersWaiting(t *testing.T) {
	w := one(t)
	a := w.apply(0, nil)
	address, code := a.code()
	var idle []*websocket.Conn
	dial := func() (int, error) {
		conn, answer, err := websocket.Dial(t.Context(), "ws"+address[len("http"):], &websocket.DialOptions{Subprotocols: []string{relay.Protocol}}) //nolint:bodyclose // there is none
		if err != nil {
			if answer == nil {
				return 0, err
			}
			return answer.StatusCode, nil
		}
		idle = append(idle, conn)
		return http.StatusSwitchingProtocols, nil
	}
	for range chip.OfNetwork {
		if status, err := dial(); err != nil || status != http.StatusSwitchingProtocols {
			t.Fatalf("%d, %v", status, err)
		}
	}
	if status, err := dial(); err != nil || status != http.StatusTooManyRequests {
		t.Errorf("one more: %d, %v", status, err)
	}
	if err := relay.Carry(t.Context(), address, code, mrtdtest.Insert(withKey(amira()))); word(err) != relay.Busy {
		t.Errorf("all places of the network are taken: %v", err)
	}
	for _, conn := range idle {
		conn.CloseNow() //nolint:errcheck // as a flood does
	}
	for {
		err := relay.Carry(t.Context(), address, code, mrtdtest.Insert(withKey(amira())))
		if err == nil {
			break
		}
		if word(err) != relay.Busy {
			t.Fatalf("being busy burns no code: %v", err)
		}
	}
	if a.request().State != enrolment.ChipRead {
		t.Error(a.request().State)
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
