// Command smsd is a small message centre that speaks SMPP 3.4, a real process at the
// other end of the wire for tests. It reads the octets by itself, so that it does not
// share a mistake with the library that the sender uses.
//
// It prints "listening ADDRESS" and then a line of JSON for each event. The last two
// digits of the number decide what it answers: 11 invalid destination, 20 queue full,
// 58 throttled, 80 no answer, 90 it hangs up instead of answering, 91 the same, but
// only the first time.
package main

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"os"
	"sync"
	"unicode/utf16"
)

// Commands and statuses. // SMPP-3.4 5.1.2, 5.1.3
const (
	nack          = 0x80000000
	submit        = 0x00000004
	bindTransmit  = 0x00000002
	unbind        = 0x00000006
	enquire       = 0x00000015
	answer        = 0x80000000
	statusOK      = 0
	statusCommand = 0x03
	statusBound   = 0x05
	statusNumber  = 0x0B
	statusPass    = 0x0E
	statusFull    = 0x14
	statusSlow    = 0x58
)

// Event is what is printed.
type Event struct {
	Kind   string `json:"kind"` // bound, refused, message, unbound, enquired, gone
	From   string `json:"from,omitempty"`
	To     string `json:"to,omitempty"`
	Text   string `json:"text,omitempty"`
	Coding int    `json:"coding"`
	Part   int    `json:"part,omitempty"`
	Of     int    `json:"of,omitempty"`
}

type centre struct {
	systemID, password string

	mu    sync.Mutex
	out   *json.Encoder
	hungs map[string]bool
}

func main() {
	c := &centre{out: json.NewEncoder(os.Stdout), hungs: map[string]bool{}}
	flag.StringVar(&c.systemID, "system-id", "atrio", "who may bind")
	flag.StringVar(&c.password, "password", "secret", "with which password")
	flag.Parse()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		fmt.Fprintln(os.Stderr, "smsd:", err)
		os.Exit(1)
	}
	fmt.Println("listening", l.Addr())
	go func() { // ends with the test that started it
		_, _ = io.Copy(io.Discard, os.Stdin)
		os.Exit(0)
	}()
	for {
		conn, err := l.Accept()
		if err != nil {
			fmt.Fprintln(os.Stderr, "smsd:", err)
			os.Exit(1)
		}
		go func() {
			defer conn.Close()
			c.serve(conn)
			c.say(Event{Kind: "gone"})
		}()
	}
}

func (c *centre) say(e Event) {
	c.mu.Lock()
	defer c.mu.Unlock()
	_ = c.out.Encode(e)
}

func (c *centre) serve(conn net.Conn) {
	bound := false
	for {
		command, sequence, body, err := read(conn)
		if err != nil {
			return
		}
		switch {
		case command == bindTransmit && !bound:
			if bound = c.bind(body); !bound {
				reply(conn, bindTransmit|answer, statusPass, sequence, nil)
				return
			}
			reply(conn, bindTransmit|answer, statusOK, sequence, []byte("smsd\x00"))
			reply(conn, enquire, statusOK, 1, nil) // as a centre does now and then
		case command == bindTransmit:
			reply(conn, bindTransmit|answer, statusBound, sequence, nil)
		case command == submit && bound:
			if !c.submit(conn, sequence, body) {
				return
			}
		case command == unbind:
			reply(conn, unbind|answer, statusOK, sequence, nil)
			c.say(Event{Kind: "unbound"})
			return
		case command == enquire|answer:
			c.say(Event{Kind: "enquired"})
		default:
			reply(conn, nack, statusCommand, sequence, nil)
		}
	}
}

// read takes one PDU: length, command, status, sequence, body. // SMPP-3.4 3.2
func read(conn net.Conn) (command, sequence uint32, body []byte, err error) {
	var head [16]byte
	if _, err = io.ReadFull(conn, head[:]); err != nil {
		return 0, 0, nil, err
	}
	length := binary.BigEndian.Uint32(head[:])
	if length < 16 || length > 4096 {
		return 0, 0, nil, errors.New("length")
	}
	body = make([]byte, length-16)
	_, err = io.ReadFull(conn, body)
	return binary.BigEndian.Uint32(head[4:]), binary.BigEndian.Uint32(head[12:]), body, err
}

func reply(conn net.Conn, command, status, sequence uint32, body []byte) {
	b := binary.BigEndian.AppendUint32(nil, uint32(16+len(body)))
	b = binary.BigEndian.AppendUint32(b, command)
	b = binary.BigEndian.AppendUint32(b, status)
	b = binary.BigEndian.AppendUint32(b, sequence)
	_, _ = conn.Write(append(b, body...))
}

// fields reads the body of a PDU from left to right.
type fields struct {
	rest []byte
	bad  bool
}

func (f *fields) text() string {
	for i, c := range f.rest {
		if c == 0 {
			s := string(f.rest[:i])
			f.rest = f.rest[i+1:]
			return s
		}
	}
	f.bad = true
	return ""
}

func (f *fields) octet() byte {
	if len(f.rest) == 0 {
		f.bad = true
		return 0
	}
	c := f.rest[0]
	f.rest = f.rest[1:]
	return c
}

// bind reads bind_transmitter. // SMPP-3.4 4.1.1
func (c *centre) bind(body []byte) bool {
	f := &fields{rest: body}
	id, password := f.text(), f.text()
	f.text() // system_type
	version := f.octet()
	ok := !f.bad && id == c.systemID && password == c.password && version == 0x34
	kind := "bound"
	if !ok {
		kind = "refused"
	}
	c.say(Event{Kind: kind, From: id})
	return ok
}

// submit reads submit_sm and answers as its number says; false hangs up. // SMPP-3.4 4.4.1
func (c *centre) submit(conn net.Conn, sequence uint32, body []byte) bool {
	e, ok := message(body)
	if !ok {
		reply(conn, submit|answer, statusCommand, sequence, nil)
		return true
	}
	status := uint32(statusOK)
	switch end := e.To[max(0, len(e.To)-2):]; end {
	case "11":
		status = statusNumber
	case "20":
		status = statusFull
	case "58":
		status = statusSlow
	case "80":
		return true
	case "90":
		return false
	case "91":
		c.mu.Lock()
		before := c.hungs[e.To]
		c.hungs[e.To] = true
		c.mu.Unlock()
		if !before {
			return false
		}
	}
	if status != statusOK {
		reply(conn, submit|answer, status, sequence, nil)
		return true
	}
	c.say(e)
	reply(conn, submit|answer, statusOK, sequence, []byte("1\x00"))
	return true
}

func message(body []byte) (e Event, ok bool) {
	f := &fields{rest: body}
	f.text() // service_type
	ton, npi := f.octet(), f.octet()
	e.Kind, e.From = "message", fmt.Sprintf("%d/%d/%s", ton, npi, f.text())
	ton, npi = f.octet(), f.octet()
	to := f.text()
	if ton != 1 || npi != 1 {
		return e, false // the tests send international numbers only
	}
	e.To = "+" + to
	class := f.octet()
	f.octet() // protocol_id
	f.octet() // priority_flag
	f.text()  // schedule_delivery_time
	f.text()  // validity_period
	f.octet() // registered_delivery
	f.octet() // replace_if_present_flag
	e.Coding = int(f.octet())
	f.octet() // sm_default_msg_id
	octets := make([]byte, f.octet())
	for i := range octets {
		octets[i] = f.octet()
	}
	if f.bad || len(f.rest) != 0 {
		return e, false
	}
	if class&0x40 != 0 { // a header stands before the text
		if len(octets) < 6 || octets[0] != 5 || octets[1] != 0 || octets[2] != 3 {
			return e, false
		}
		e.Of, e.Part = int(octets[4]), int(octets[5])
		octets = octets[6:]
	}
	e.Text, ok = text(e.Coding, octets)
	return e, ok
}

// text reads the alphabets that a phone shows: 0 basic, 8 UTF-16.
func text(coding int, octets []byte) (string, bool) {
	switch {
	case coding == 8 && len(octets)%2 == 0:
		units := make([]uint16, 0, len(octets)/2)
		for i := 0; i < len(octets); i += 2 {
			units = append(units, binary.BigEndian.Uint16(octets[i:]))
		}
		return string(utf16.Decode(units)), true
	case coding == 0:
		var out []rune
		for i := 0; i < len(octets); i++ {
			c := octets[i]
			if c == 0x1B && i+1 < len(octets) {
				i++
				out = append(out, extension[octets[i]])
				continue
			}
			if c > 0x7F {
				return "", false
			}
			out = append(out, basic[c])
		}
		return string(out), true
	}
	return "", false
}

// The basic alphabet and its extension. // 3GPP 23.038 6.2.1
var (
	basic = []rune("@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\x1bÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?" +
		"¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà")
	extension = map[byte]rune{0x0A: '\f', 0x14: '^', 0x28: '{', 0x29: '}', 0x2F: '\\', 0x3C: '[', 0x3D: '~', 0x3E: ']', 0x40: '|', 0x65: '€'}
)
