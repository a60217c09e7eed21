package samltest_test

import (
	"crypto/rsa"
	"testing"

	"atrio/saml/samltest"
	"atrio/saml/xmlsec"
)

func TestATestNeverMeetsTheSameKeyTwice(t *testing.T) {
	signers := []xmlsec.Signer{samltest.RSA(t), samltest.RSA(t)}
	t.Run("a sub-test is part of its test", func(t *testing.T) { signers = append(signers, samltest.RSA(t)) })
	for i, key := range samltest.Public(signers...) {
		for _, earlier := range samltest.Public(signers[:i]...) {
			if key.(*rsa.PublicKey).Equal(earlier) {
				t.Errorf("signer %d has the key of an earlier one", i)
			}
		}
	}
}
