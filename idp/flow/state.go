// Package flow carries one login through the provider: what the service asked,
// and how far the person has come.
//
// The state travels sealed in one cookie per tab, named by a random handle that
// also stands in the address of every page of the login; the cookie binds it to
// the browser, and nodes keep nothing. Tries, sent codes and answers given are
// never in the state, since a person could bring back an older copy of it: they
// are rows (packages credential and samlsso).
//
// The package knows no order of steps: each handler hands the state back with
// Next, and the product (idp.order) says what comes now.
package flow

import (
	"bytes"
	"compress/flate"
	"encoding/binary"
	"encoding/json"
	"errors"
	"io"
	"slices"
	"time"

	"atrio/federation/spid"
	"atrio/federation/spid/spidsaml"
)

// State is one login. JSON names are short because the cookie has to stay below
// 2 KiB.
type State struct {
	// Handle names the flow: 128 random bits, the key of its cookie, of its rows
	// and of its addresses.
	Handle string `json:"-"`
	// Request is what the service asked; nil when the holder signs in to the
	// account page of the provider itself. Its XML is kept for the ledger.
	Request *spidsaml.Authn `json:"r,omitempty"`
	// StartedAt orders the flows of a browser, Deadline ends the login (nr 21).
	StartedAt time.Time `json:"a"`
	Deadline  time.Time `json:"d"`

	// Identity is the internal reference of the identity whose password was
	// right at PasswordAt.
	Identity   string    `json:"i,omitempty"`
	PasswordAt time.Time `json:"p,omitzero"`
	// SecondAt is when the second factor was right, Method which one it was.
	SecondAt time.Time `json:"s,omitzero"`
	Method   Method    `json:"m,omitempty"`
	// Session is the public handle of the level 1 session that stands for the
	// password; "" when the password was typed in this flow.
	Session string `json:"e,omitempty"`
	// Fresh asks for the password although a session exists: the person wants
	// to use another identity.
	Fresh bool `json:"f,omitempty"`
	// Prove asks a holder at the provider's own pages for the highest level that they
	// have, whatever session there is; To is the page that it leads to. REG 19
	Prove bool   `json:"v,omitempty"`
	To    string `json:"t,omitempty"`

	// Prolonged says that the time for the login began anew once, for a holder who gets
	// credentials of level 2 in it. E30
	Prolonged bool `json:"w,omitempty"`

	// Later lets a password that is over pass in this login: it could not be changed, since
	// somebody else who has to know it did not answer. E21
	Later bool `json:"l,omitempty"`

	// End is what the person decided in the present request. It never travels.
	End End `json:"-"`
}

// Method names the second factor used.
type Method string

// The second factors of levels 2 and 3.
const (
	TOTP Method = "totp"
	SMS  Method = "sms"
	// App is the key of a telephone that was bound.
	App Method = "app"
	// Card is the certificate of a CNS, of level 3.
	Card Method = "cns"
)

// End is a decision that ends a login.
type End string

// The ends. Agreed answers with the attributes, the others with an anomaly.
const (
	Open      End = ""
	Agreed    End = "agreed"
	Denied    End = "denied"
	Cancelled End = "cancelled"
	// Exhausted: the policy limit of wrong credentials in this request.
	Exhausted End = "exhausted"
)

// Need is the SPID level that this login has to reach; the account page needs 1.
func (s *State) Need() spid.Level {
	if s.Request == nil {
		return spid.L1
	}
	return s.Request.Target()
}

// Service is the display name of who asked, "" for the provider's own pages.
func (s *State) Service(lang string) string {
	if s.Request == nil {
		return ""
	}
	return s.Request.DisplayNames.In(lang)
}

// Forget puts the login back before the password.
func (s *State) Forget() {
	s.Identity, s.Session, s.Method = "", "", ""
	s.PasswordAt, s.SecondAt, s.Later = time.Time{}, time.Time{}, false
}

var errForm = errors.New("flow: state of another form")

// marshal writes JSON, and behind it the request as it was received: base64
// inside JSON would cost a third more. Both are deflated together, since the
// request repeats the addresses that the JSON holds.
func (s *State) marshal() ([]byte, error) {
	plain := *s
	var message []byte
	if s.Request != nil {
		request := *s.Request
		message, request.XML = request.XML, nil
		plain.Request = &request
	}
	head, err := json.Marshal(&plain)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	z, err := flate.NewWriterDict(&out, flate.BestCompression, []byte(dictionary))
	if err != nil {
		return nil, err
	}
	_, err = z.Write(slices.Concat(binary.AppendUvarint(nil, uint64(len(head))), head, message))
	if err = errors.Join(err, z.Close()); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

// maxState bounds what a state may inflate to, in bytes. Only our own sealed
// values come here; the bound is for a mistake of ours.
const maxState = 64 << 10

// unmarshal reads what marshal wrote.
func unmarshal(sealed []byte) (*State, error) {
	raw, err := io.ReadAll(io.LimitReader(flate.NewReaderDict(bytes.NewReader(sealed), []byte(dictionary)), maxState))
	if err != nil {
		return nil, err
	}
	size, n := binary.Uvarint(raw)
	if n <= 0 || size > uint64(len(raw)-n) {
		return nil, errForm
	}
	head, message := raw[n:n+int(size)], raw[n+int(size):]
	var s State
	if err := json.Unmarshal(head, &s); err != nil {
		return nil, err
	}
	if s.Request != nil {
		s.Request.XML = message
	}
	return &s, nil
}
