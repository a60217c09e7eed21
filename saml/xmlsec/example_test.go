package xmlsec_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"fmt"

	"atrio/saml/xmlsec"
)

// Whoever receives a message reads it from Signed, never from the tree that
// Parse gave.
func ExampleVerify() {
	key, _ := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	message := []byte(`<Ticket xmlns="urn:example" ID="_1"><Issuer>me</Issuer><Seat>12</Seat></Ticket>`)
	sent, err := xmlsec.Sign(message, "_1", xmlsec.Name{Space: "urn:example", Local: "Issuer"}, xmlsec.Signer{Key: key})
	if err != nil {
		fmt.Println(err)
		return
	}

	received, err := xmlsec.Parse(sent, xmlsec.Message)
	if err != nil {
		fmt.Println(err)
		return
	}
	signed, err := xmlsec.Verify(received, []crypto.PublicKey{key.Public()})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(signed.Root().Child(xmlsec.Name{Space: "urn:example", Local: "Seat"}).Text())
	// Output: 12
}
