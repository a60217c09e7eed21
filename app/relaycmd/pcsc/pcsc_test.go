package pcsc_test

import (
	"encoding/binary"
	"errors"
	"io"
	"net"
	"path/filepath"
	"strings"
	"testing"

	"atrio/app/relaycmd/pcsc"
)

// service answers each command with what is given, after reading what comes with it.
func service(t *testing.T, answers ...any) (socket string) {
	t.Helper()
	socket = filepath.Join(t.TempDir(), "s")
	l, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		defer conn.Close()
		for _, a := range answers {
			var head [8]byte
			if _, err := io.ReadFull(conn, head[:]); err != nil {
				return
			}
			io.CopyN(io.Discard, conn, int64(binary.NativeEndian.Uint32(head[:]))) //nolint:errcheck // writing tells
			if binary.Write(conn, binary.NativeEndian, a) != nil {
				return
			}
		}
	}()
	return socket
}

type version struct {
	Major, Minor int32
	Code         uint32
}

var (
	spoken      = version{4, 4, 0}
	established = [3]uint32{2, 7, 0}
)

func TestAServiceThatSpeaksOtherwiseIsRefused(t *testing.T) {
	if _, err := pcsc.Open(t.Context(), service(t, version{3, 0, 0})); err == nil || !strings.Contains(err.Error(), "version 3") {
		t.Errorf("%v", err)
	}
	if _, err := pcsc.Open(t.Context(), service(t, spoken, [3]uint32{2, 0, 0x8010001d})); err == nil || !strings.Contains(err.Error(), "8010001D") {
		t.Errorf("%v", err)
	}
	if _, err := pcsc.Open(t.Context(), service(t)); err == nil {
		t.Error("nothing was answered")
	}
}

// connected is the answer to connect, with a handle, T=1 and a code.
func connected(code uint32) any {
	return struct {
		Context         uint32
		Reader          [128]byte
		Mode, Protocols uint32
		Handle          int32
		Active, Code    uint32
	}{Handle: 9, Active: 2, Code: code}
}

func TestAMissingCardIsTold(t *testing.T) {
	for _, code := range []uint32{0x8010000c, 0x80100069, 0x80100067} {
		s, err := pcsc.Open(t.Context(), service(t, spoken, established, connected(code)))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.Connect(t.Context(), "Prova"); !errors.Is(err, pcsc.ErrNoCard) {
			t.Errorf("%X: %v", code, err)
		}
	}
}

func TestAnAnswerIsBounded(t *testing.T) {
	for name, c := range map[string]struct {
		size uint32
		code uint32
		want string
	}{
		"too long": {1 << 20, 0, "an answer of 1048576 bytes"}, "an error": {2, 0x80100016, "80100016"}, "cut off": {300, 0, "EOF"},
	} {
		s, err := pcsc.Open(t.Context(), service(t, spoken, established, connected(0), [2]uint32{9, 0}, [8]uint32{9, 2, 16, 5, 2, 16, c.size, c.code}))
		if err != nil {
			t.Fatal(err)
		}
		card, err := s.Connect(t.Context(), "Prova")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := card.Transceive(t.Context(), nil); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	s, err := pcsc.Open(t.Context(), service(t, spoken, established))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Connect(t.Context(), strings.Repeat("x", 128)); err == nil {
		t.Error("a name that does not fit")
	}
}
