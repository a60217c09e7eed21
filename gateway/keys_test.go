package gateway_test

import (
	"path/filepath"
	"sync"
	"testing"

	"atrio/base/keys"
	"atrio/base/seal"
	"atrio/saml/samltest"
	"atrio/saml/xmlsec"
)

// pairOfSigners are the RSA keys of gateway and provider, and towards CIE, made once: a key takes
// longer than a test.
type pairOfSigners struct{ sp, idp, cie xmlsec.Signer }

var made struct {
	sync.Once
	pairOfSigners
}

func signers(t *testing.T) pairOfSigners {
	made.Do(func() { made.pairOfSigners = pairOfSigners{samltest.RSA(t), samltest.RSA(t), samltest.RSA(t)} })
	return made.pairOfSigners
}

type ring struct{ keyring *seal.Keyring }

// testKeys makes the keys of a gateway in a directory of the test.
func testKeys(t *testing.T) (ring, *keys.Pair) {
	t.Helper()
	store, err := keys.Open(filepath.Join(t.TempDir(), "keys"), "gateway")
	if err != nil {
		t.Fatal(err)
	}
	k, err := store.Keyring()
	if err != nil {
		t.Fatal(err)
	}
	pair, err := store.ECDSA("token")
	if err != nil {
		t.Fatal(err)
	}
	return ring{k}, pair
}
