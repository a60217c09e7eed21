package operator

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"time"

	"atrio/authn/passkey"
	"atrio/base/fault"
)

// asked is how long a page may wait for a key.
const asked = 10 * time.Minute

// maxAnswer bounds the answer of a browser, in characters.
const maxAnswer = 16 << 10

// errNoKeys: WebAuthn needs a domain name. // A17
var errNoKeys = fault.New(fault.NotFound, "error.operator.no_keys").For("operator_no_domain")

// question is a page that asks for a key: what it is about, and when it is over. It needs
// no row before it is answered; that it is answered once is a row.
type question struct{ id, sealed string }

// ask begins a question. What binds it stands in its seal.
func (d *Desk) ask(purpose string, about ...string) (question, error) {
	id := rand.Text()
	sealed, err := d.Keyring.Seal("operator."+purpose, d.Now().Add(asked), []byte(strings.Join(append([]string{id}, about...), " ")))
	return question{id, sealed}, err
}

// read gives a question back, nil for one that is over, or about something else.
func (d *Desk) read(purpose, sealed string, about ...string) *question {
	plain, err := d.Keyring.Open("operator."+purpose, d.Now(), sealed)
	if err != nil {
		return nil
	}
	id, rest, _ := strings.Cut(string(plain), " ")
	if rest != strings.Join(about, " ") {
		return nil
	}
	return &question{id, sealed}
}

// challenge is what a key signs: nobody can guess it.
func (d *Desk) challenge(purpose string, q question) []byte {
	return d.Keyring.MAC("operator.challenge."+purpose, q.id)
}

// owner is an operator as keys know them.
func owner(o Operator, keys []Key) passkey.Owner {
	out := passkey.Owner{Handle: []byte(o.ID), Name: o.Email}
	for _, k := range keys {
		out.Keys = append(out.Keys, k.Key)
	}
	return out
}

// keyID is the reference of a key: no two operators share one.
func keyID(raw []byte) string {
	sum := sha256.Sum256(raw)
	return hex.EncodeToString(sum[:16])
}

// use is the answer of a key, to be stored.
func (d *Desk) use(who Operator, q question, a passkey.Answer) Use {
	now := d.Now()
	return Use{Operator: who.ID, Key: keyID(a.KeyID), Count: a.Count, Challenge: q.id, Until: now.Add(asked), At: now}
}
