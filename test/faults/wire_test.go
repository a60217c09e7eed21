package faults

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"atrio/test/faults/rig"
)

// dial opens a connection to a listener and bounds its life.
func dial(t *testing.T, address string) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(rig.Patience)); err != nil {
		t.Fatal(err)
	}
	return conn
}

// Requests that no client library writes: what is broken is refused and the
// connection closed, what never ends is ended.
func TestBrokenAndEndlessRequestsAreEnded(t *testing.T) {
	t.Parallel()
	d := rig.Start(t, program, rig.Options{})
	for offset, role := range rig.Roles() {
		name := fmt.Sprintf("localhost:%d", d.Base+offset)
		address := d.Listen(offset)
		for what, request := range map[string]string{
			"a header over the limit":    "GET /login HTTP/1.1\r\nHost: " + name + "\r\nX: " + strings.Repeat("a", 64<<10) + "\r\n\r\n",
			"a thousand headers":         "GET /login HTTP/1.1\r\nHost: " + name + "\r\n" + strings.Repeat("X-A: "+strings.Repeat("b", 60)+"\r\n", 1000) + "\r\n",
			"an address over the limit":  "GET /" + strings.Repeat("a", 64<<10) + " HTTP/1.1\r\nHost: " + name + "\r\n\r\n",
			"two lengths":                "POST /login HTTP/1.1\r\nHost: " + name + "\r\nContent-Length: 3\r\nContent-Length: 5\r\n\r\na=bcd",
			"no host":                    "GET /login HTTP/1.1\r\n\r\n",
			"two hosts":                  "GET /login HTTP/1.1\r\nHost: " + name + "\r\nHost: evil.example\r\n\r\n",
			"another host as address":    "GET http://evil.example/login HTTP/1.1\r\nHost: " + name + "\r\n\r\n",
			"a blank in a header's name": "GET /login HTTP/1.1\r\nHost: " + name + "\r\nX : y\r\n\r\n",
			"a length that is no number": "POST /login HTTP/1.1\r\nHost: " + name + "\r\nContent-Length: -1\r\n\r\n",
			"another protocol":           "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
			"an old protocol":            "GET /login HTTP/1.0\r\n\r\n",
			"chunks of no size":          "POST /spid/acs HTTP/1.1\r\nHost: " + name + "\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
		} {
			t.Run(role+" "+what, func(t *testing.T) {
				conn := dial(t, address)
				if _, err := io.WriteString(conn, request); err != nil && !closed(err) {
					t.Fatal(err)
				}
				res, err := http.ReadResponse(bufio.NewReader(conn), nil)
				if err != nil {
					if closed(err) {
						return // refused without a word
					}
					t.Fatal(err)
				}
				defer res.Body.Close()
				if res.StatusCode < 300 || res.StatusCode >= 500 && res.StatusCode != http.StatusHTTPVersionNotSupported {
					t.Errorf("%d", res.StatusCode)
				}
			})
		}
		t.Run(role+" a length and chunks", func(t *testing.T) { smuggle(t, address, name) })
		for _, path := range []string{"/login", "/spid/acs", "/oidc/token", "/sso", "/profile"} {
			t.Run(role+" chunks without end to "+path, func(t *testing.T) { endless(t, address, name, path) })
		}
	}
	t.Run("slow", func(t *testing.T) {
		for offset, role := range rig.Roles() {
			t.Run(role, func(t *testing.T) {
				t.Parallel()
				slow(t, d.Listen(offset), fmt.Sprintf("localhost:%d", d.Base+offset))
			})
		}
	})
}

// smuggle sends a request with a length and chunks, and a second one in its body:
// the second must not be answered as one of its own on a connection that goes on.
func smuggle(t *testing.T, address, name string) {
	conn := dial(t, address)
	inner := "GET /licences HTTP/1.1\r\nHost: " + name + "\r\n\r\n"
	_, err := io.WriteString(conn, "POST /none HTTP/1.1\r\nHost: "+name+"\r\nContent-Length: "+fmt.Sprint(len(inner)+5)+"\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"+inner)
	if err != nil {
		t.Fatal(err)
	}
	data, err := io.ReadAll(io.LimitReader(conn, 1<<20))
	if err != nil && !closed(err) {
		t.Fatal(err)
	}
	if n := strings.Count(string(data), "HTTP/1.1 "); n != 1 {
		t.Errorf("%d answers to one request\n%.400s", n, data)
	}
}

// endless sends a body without end: it must be cut after little more than the limit.
func endless(t *testing.T, address, name, path string) {
	t.Parallel()
	conn := dial(t, address)
	began := time.Now()
	_, err := io.WriteString(conn, "POST "+path+" HTTP/1.1\r\nHost: "+name+
		"\r\nContent-Type: application/x-www-form-urlencoded\r\nTransfer-Encoding: chunked\r\n\r\n")
	if err != nil {
		t.Fatal(err)
	}
	answered := make(chan int, 1)
	go func() {
		status := 0
		if res, err := http.ReadResponse(bufio.NewReader(conn), nil); err == nil {
			status = res.StatusCode
			res.Body.Close()
		}
		answered <- status
	}()
	chunk := "1000\r\n" + strings.Repeat("a", 0x1000) + "\r\n"
	const bound = 64 << 20 // far above every limit and every buffer on the way
	sent := 0
	for sent < bound {
		n, err := io.WriteString(conn, chunk)
		sent += n
		if err != nil {
			break
		}
	}
	if sent >= bound {
		t.Errorf("%d bytes were taken", sent)
	}
	conn.Close()
	if status := <-answered; status >= 500 || status == http.StatusOK {
		t.Errorf("status %d", status)
	}
	if took := time.Since(began); took > patience {
		t.Errorf("it took %s", took)
	}
}

// slow sends a header a byte at a time: the server must end it on its own.
func slow(t *testing.T, address, name string) {
	conn := dial(t, address)
	ended := make(chan struct{})
	began := time.Now()
	go func() {
		_, _ = io.Copy(io.Discard, conn) // ends when the server closes
		close(ended)
	}()
	tick := time.NewTicker(200 * time.Millisecond)
	defer tick.Stop()
	line := "GET /login HTTP/1.1\r\nHost: " + name + "\r\nX: " + strings.Repeat("a", 4096)
	for i := 0; i < len(line); i++ {
		select {
		case <-ended:
			if took := time.Since(began); took > 30*time.Second {
				t.Errorf("a slow header was waited for during %s", took)
			}
			return
		case <-tick.C:
			_, _ = conn.Write([]byte{line[i]}) //nolint:errcheck // the end is heard by the reader
		}
	}
	t.Error("a slow header is waited for without end")
}

// closed reports whether the other side ended the connection.
func closed(err error) bool {
	var broken *net.OpError
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.As(err, &broken) && !errors.Is(err, os.ErrDeadlineExceeded)
}
