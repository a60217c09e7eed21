package mrtdtest_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"testing"
	"time"

	"atrio/mrtd"
	"atrio/mrtd/mrtdtest"
)

var today = time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)

// virtualReader is vpcd's side of the bridge: it listens, and drives whoever lays a card on it.
type virtualReader struct{ conn net.Conn }

func (v virtualReader) send(message []byte) error {
	_, err := v.conn.Write(append(binary.BigEndian.AppendUint16(nil, uint16(len(message))), message...))
	return err
}

func (v virtualReader) receive() ([]byte, error) {
	var size [2]byte
	if _, err := io.ReadFull(v.conn, size[:]); err != nil {
		return nil, err
	}
	b := make([]byte, binary.BigEndian.Uint16(size[:]))
	_, err := io.ReadFull(v.conn, b)
	return b, err
}

func (v virtualReader) Transceive(_ context.Context, command []byte) ([]byte, error) {
	if err := v.send(command); err != nil {
		return nil, err
	}
	return v.receive()
}

// laid puts a document on a virtual reader; ended tells how the bridge ended.
func laid(t *testing.T, ctx context.Context, d *mrtdtest.Document) (reader virtualReader, ended <-chan error) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	over := make(chan error, 1)
	go func() { over <- mrtdtest.Insert(d).Bridge(ctx, l.Addr().String()) }()
	conn, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return virtualReader{conn}, over
}

func document() (mrtdtest.World, *mrtdtest.Document) {
	w := mrtdtest.NewWorld(12, mrtdtest.Years(today, 1, 15), mrtdtest.Years(today, 1, 10))
	return w, w.Signer.Issue(mrtdtest.Anna, mrtdtest.Anna.Card(), mrtdtest.WithActive(mrtdtest.NewKey(12)))
}

func TestADocumentIsReadThroughTheVirtualReader(t *testing.T) {
	w, d := document()
	reader, ended := laid(t, context.Background(), d)
	for range 2 { // powered, and powered again
		if err := reader.send([]byte{1}); err != nil {
			t.Fatal(err)
		}
		if atr, err := reader.Transceive(context.Background(), []byte{4}); err != nil || !bytes.Equal(atr, mrtdtest.ATR) {
			t.Fatalf("%X: %v", atr, err)
		}
		key, err := mrtd.KeyFromZone(mrtdtest.Anna.Number, mrtdtest.Anna.Birth, mrtdtest.Anna.Expiry)
		if err != nil {
			t.Fatal(err)
		}
		reading, err := mrtd.Reader{Key: key}.Read(context.Background(), reader)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := mrtd.Judge(reading, w.Trust(), today); err != nil {
			t.Error(err)
		}
		if err := reader.send([]byte{2}); err != nil { // reset: the session is over
			t.Fatal(err)
		}
		if answer, err := reader.Transceive(context.Background(), []byte{0x0c, 0xb0, 0, 0, 0}); err != nil || !bytes.Equal(answer, []byte{0x69, 0x88}) {
			t.Errorf("%X: %v", answer, err)
		}
	}
	reader.conn.Close()
	if err := <-ended; err != nil {
		t.Errorf("the reader went away: %v", err)
	}
}

func TestTheBridgeEndsWithItsContextAndAtNonsense(t *testing.T) {
	_, d := document()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	_, ended := laid(t, ctx, d)
	cancel()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	reader, ended := laid(t, context.Background(), d)
	if err := reader.send([]byte{9}); err != nil {
		t.Fatal(err)
	}
	if err := <-ended; err == nil {
		t.Error("an unknown control message passes")
	}
	reader, ended = laid(t, context.Background(), d)
	if _, err := reader.conn.Write([]byte{0, 9, 1}); err != nil {
		t.Fatal(err)
	}
	reader.conn.Close()
	if err := <-ended; !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("half a message: %v", err)
	}
}
