// Command atrio-pkcs11 signs with the keys of a PKCS#11 token. The main program
// starts it and talks to it by lines of JSON; see base/keys/hsm. It is the only
// part that loads the C library of a token, and ends with its standard input.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"sync"

	"atrio/base/keys/hsm"
)

// token is what the library offers.
type token interface {
	public(label string) ([]byte, error)
	sign(q hsm.Request) ([]byte, error)
}

// problem is an error with the code that the other side reads.
type problem struct{ code, message string }

// Error never holds the PIN: messages are made of labels and return codes.
func (p problem) Error() string { return p.code + ": " + p.message }

func problemf(code, format string, args ...any) problem {
	return problem{code, fmt.Sprintf(format, args...)}
}

func main() {
	if len(os.Args) > 1 {
		fmt.Fprintln(os.Stderr, "atrio-pkcs11 is started by atrio; it takes no arguments")
		os.Exit(2)
	}
	replies := os.NewFile(hsm.ReplyFile, "replies")
	if info, err := replies.Stat(); err != nil || info.Mode()&os.ModeNamedPipe == 0 {
		fmt.Fprintln(os.Stderr, "atrio-pkcs11 is started by atrio")
		os.Exit(2)
	}
	os.Exit(serve(os.Stdin, replies, open))
}

// server answers requests, each in a goroutine of its own.
type server struct {
	out   io.Writer
	mu    sync.Mutex // of out
	token token
	work  sync.WaitGroup
	fatal chan struct{} // closed when the token failed
	once  sync.Once
}

func serve(in io.Reader, out io.Writer, open func(hsm.Request) (token, error)) int {
	s := &server{out: out, fatal: make(chan struct{})}
	requests := make(chan hsm.Request)
	go read(in, requests)
	for {
		select {
		case <-s.fatal:
			return 1
		case q, more := <-requests:
			if !more {
				s.work.Wait()
				return 0
			}
			if s.token == nil {
				if !s.begin(q, open) {
					return 1
				}
				continue
			}
			s.work.Go(func() { s.answer(q) })
		}
	}
}

// read gives the requests until the input ends or makes no sense.
func read(in io.Reader, requests chan<- hsm.Request) {
	defer close(requests)
	lines := bufio.NewScanner(in)
	lines.Buffer(nil, hsm.MaxFrame)
	for lines.Scan() {
		var q hsm.Request
		if json.Unmarshal(lines.Bytes(), &q) != nil {
			return
		}
		requests <- q
	}
}

// begin opens the token; nothing else can come first.
func (s *server) begin(q hsm.Request, open func(hsm.Request) (token, error)) bool {
	if q.Op != "open" {
		s.reply(hsm.Reply{ID: q.ID}, problemf(hsm.CodeToken, "nothing is open"))
		return false
	}
	t, err := open(q)
	s.token = t
	s.reply(hsm.Reply{ID: q.ID}, err)
	return err == nil
}

func (s *server) answer(q hsm.Request) {
	r := hsm.Reply{ID: q.ID}
	var err error
	switch q.Op {
	case "public":
		r.Public, err = s.token.public(q.Label)
	case "sign":
		r.Signature, err = s.token.sign(q)
	default:
		err = problemf(hsm.CodeKey, "unknown operation")
	}
	s.reply(r, err)
}

// reply writes a line. After a failure of the token the helper ends: a new one
// begins with a fresh session.
func (s *server) reply(r hsm.Reply, err error) {
	if err != nil {
		p, known := err.(problem)
		if !known {
			p = problem{hsm.CodeToken, err.Error()}
		}
		r.Code, r.Message = p.code, p.message
	}
	line, jsonErr := json.Marshal(r)
	s.mu.Lock()
	_, writeErr := s.out.Write(append(line, '\n'))
	s.mu.Unlock()
	if jsonErr != nil || writeErr != nil || r.Code == hsm.CodeToken || r.Code == hsm.CodePIN {
		s.once.Do(func() { close(s.fatal) })
	}
}
