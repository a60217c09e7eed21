// Package passkeytest is an authenticator for tests: it makes a key and answers, as a
// browser with a security key does, and can be made to misbehave.
package passkeytest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"net/url"
	"testing"
)

// Device holds one key.
type Device struct {
	ID, Handle []byte
	// Origin is the site that the browser says it is at.
	Origin string
	// Count grows with every use.
	Count uint32
	// Unverified leaves out the PIN, Absent the touch.
	Unverified, Absent bool

	key *ecdsa.PrivateKey
}

// New makes a device in a browser at a site.
func New(t testing.TB, origin string) *Device {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	id := make([]byte, 32)
	rand.Read(id)
	return &Device{ID: id, Origin: origin, key: key}
}

type options struct {
	Challenge string `json:"challenge"`
	RP        struct {
		ID string `json:"id"`
	} `json:"rp"`
	RPID string `json:"rpId"`
	User struct {
		ID string `json:"id"`
	} `json:"user"`
}

// Create answers the question for a new key.
func (d *Device) Create(t testing.TB, question []byte) string {
	t.Helper()
	o := read(t, question)
	var err error
	if d.Handle, err = base64.RawURLEncoding.DecodeString(o.User.ID); err != nil {
		t.Fatal(err)
	}
	public, err := d.key.PublicKey.Bytes() // 4 | x | y
	if err != nil {
		t.Fatal(err)
	}
	data := d.data(t, o.RP.ID, 0x40)
	data = append(data, make([]byte, 16)...) // AAGUID
	data = binary.BigEndian.AppendUint16(data, uint16(len(d.ID)))
	data = append(data, d.ID...)
	data = append(data, cose(public)...)
	// {"fmt": "none", "attStmt": {}, "authData": data}
	object := append([]byte{0xa3, 0x63}, "fmt"...)
	object = append(append(object, 0x64), "none"...)
	object = append(append(object, 0x67), "attStmt"...)
	object = append(append(append(object, 0xa0), 0x68), "authData"...)
	object = append(append(object, 0x59), byte(len(data)>>8), byte(len(data)))
	object = append(object, data...)
	return d.answer(t, map[string]any{
		"clientDataJSON": encode(d.client(t, "webauthn.create", o.Challenge)), "attestationObject": encode(object), "transports": []string{"usb"},
	})
}

// Get answers the question for a key.
func (d *Device) Get(t testing.TB, question []byte) string {
	t.Helper()
	o := read(t, question)
	data, client := d.data(t, o.RPID, 0), d.client(t, "webauthn.get", o.Challenge)
	hash := sha256.Sum256(client)
	digest := sha256.Sum256(append(data[:len(data):len(data)], hash[:]...))
	signature, err := ecdsa.SignASN1(rand.Reader, d.key, digest[:])
	if err != nil {
		t.Fatal(err)
	}
	return d.answer(t, map[string]any{
		"clientDataJSON": encode(client), "authenticatorData": encode(data), "signature": encode(signature), "userHandle": encode(d.Handle),
	})
}

func read(t testing.TB, question []byte) (o options) {
	t.Helper()
	if err := json.Unmarshal(question, &o); err != nil {
		t.Fatalf("%v in %s", err, question)
	}
	return o
}

// data is the authenticator data without that of a new key. WebAuthn 6.1
func (d *Device) data(t testing.TB, rpID string, flags byte) []byte {
	t.Helper()
	if u, err := url.Parse(d.Origin); err != nil || rpID == "" {
		t.Fatal("no relying party", u, err)
	}
	hash := sha256.Sum256([]byte(rpID))
	if !d.Absent {
		flags |= 0x01
	}
	if !d.Unverified && !d.Absent {
		flags |= 0x04
	}
	d.Count++
	return binary.BigEndian.AppendUint32(append(hash[:], flags), d.Count)
}

func (d *Device) client(t testing.TB, kind, challenge string) []byte {
	t.Helper()
	out, err := json.Marshal(map[string]any{"type": kind, "challenge": challenge, "origin": d.Origin, "crossOrigin": false})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func (d *Device) answer(t testing.TB, response map[string]any) string {
	t.Helper()
	out, err := json.Marshal(map[string]any{
		"id": encode(d.ID), "rawId": encode(d.ID), "type": "public-key", "response": response, "clientExtensionResults": map[string]any{},
	})
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

// cose writes a P-256 key: {1: 2, 3: -7, -1: 1, -2: x, -3: y}. RFC 9053 7.1.1
func cose(public []byte) []byte {
	out := []byte{0xa5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21, 0x58, 0x20}
	out = append(out, public[1:33]...)
	out = append(out, 0x22, 0x58, 0x20)
	return append(out, public[33:]...)
}

func encode(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }
