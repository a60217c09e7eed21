package signer

import (
	"crypto"
	"crypto/subtle"
	"crypto/x509/pkix"
	"encoding/asn1"
	"fmt"

	"atrio/mrtd/lds"
	"atrio/mrtd/signature"
)

// Object is the security object of a chip (EF.SOD): the hashes of its data groups, signed.
type Object struct {
	Signer *Certificate // the document signer, from inside the object: trust it by its issuer
	Hash   crypto.Hash
	Groups map[int][]byte // number of a data group to its hash

	envelope *envelope
}

// maxObject is the longest security object that is read.
const maxObject = 64 << 10

var oidObject = asn1.ObjectIdentifier{2, 23, 136, 1, 1, 1}

// ParseObject reads EF.SOD. Nothing of it is true before Verify, and before somebody
// trusts the signer.
func ParseObject(file []byte) (*Object, error) {
	if len(file) > maxObject {
		return nil, fmt.Errorf("%w: security object of %d bytes", ErrMalformed, len(file))
	}
	der, err := lds.Content(lds.SOD, file)
	if err != nil {
		return nil, err
	}
	e, err := openEnvelope(der, oidObject)
	if err != nil {
		return nil, err
	}
	o := &Object{envelope: e}
	if err := o.takeGroups(); err != nil {
		return nil, err
	}
	o.Signer = e.signer
	return o, nil
}

func (o *Object) takeGroups() error {
	var list struct {
		Version int
		Hash    pkix.AlgorithmIdentifier
		Groups  []struct {
			Number int
			Hash   []byte
		}
		LDS asn1.RawValue `asn1:"optional"`
	}
	if !whole(o.envelope.content, &list) || list.Version < 0 || list.Version > 1 {
		return fmt.Errorf("%w: list of hashes", ErrMalformed)
	}
	var err error
	if o.Hash, err = signature.Hash(list.Hash); err != nil {
		return err
	}
	o.Groups = map[int][]byte{}
	for _, g := range list.Groups {
		if g.Number < 1 || g.Number > 16 || o.Groups[g.Number] != nil || len(g.Hash) != o.Hash.Size() {
			return fmt.Errorf("%w: hash of group %d", ErrMalformed, g.Number)
		}
		o.Groups[g.Number] = g.Hash
	}
	return nil
}

// Verify checks that the document signer signed the list of hashes.
func (o *Object) Verify() error { return o.envelope.verify() }

// Covers says whether a group is listed, and whether the file is the one that was signed.
func (o *Object) Covers(number int, file []byte) (listed, same bool) {
	want, listed := o.Groups[number]
	return listed, listed && subtle.ConstantTimeCompare(signature.Sum(o.Hash, file), want) == 1
}
