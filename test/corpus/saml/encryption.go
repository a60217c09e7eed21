package corpus

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1" //nolint:gosec // the mask of RSA-OAEP as XML Encryption has it
	"encoding/base64"
	"strings"
)

const encSpace = "http://www.w3.org/2001/04/xmlenc#"

// Encrypted gives answers whose assertion, or a part of it, is encrypted. There is
// nothing to decrypt with, so they differ in nothing that a sender could learn from:
// whole and broken ciphertexts, right and wrong padding, signed and unsigned content
// (Jager and Somorovsky, "How To Break XML Encryption", 2011).
func (w *Workshop) Encrypted() []Document {
	w.t.Helper()
	plain, genuine := clean(w.assertion(assertID, Forged)), assertionOf(bare(w.signedAssertion("rsa", template{})))
	open := clean(w.base)
	around := func(piece string) string { return swap(open, assertionOf(open), piece) }
	sealed := func(piece string) string {
		return w.SignWith("rsa", clean(swap(swap(w.base, assertionOf(w.base), piece), atResponse, template{}.String())))
	}
	var all []Document
	for _, c := range []struct {
		name string
		ciphered
	}{
		{"AES-GCM, RSA-OAEP", w.gcm(genuine)}, {"AES-GCM of an unsigned assertion", w.gcm(plain)},
		{"AES-CBC, RSA 1.5", w.cbc(genuine)}, {"AES-CBC of an unsigned assertion", w.cbc(plain)},
	} {
		for _, e := range []struct {
			fault string
			ciphered
		}{{"", c.ciphered}, {", tag or padding broken", c.broken()}, {", key broken", c.withoutKey()}, {", nothing in it", ciphered{method: c.method, transport: c.transport}}} {
			all = append(all,
				refuse("encrypted: "+c.name+e.fault, around(e.element("EncryptedAssertion")), "sig_missing"),
				refuse("encrypted: "+c.name+e.fault+", response signed", sealed(e.element("EncryptedAssertion")), CodeAssertions),
			)
		}
	}
	hidden := w.gcm(genuine).element("EncryptedAssertion")
	unnamed := func(name string, c ciphered) Document {
		document := swap(w.base, between(w.base, "<saml:NameID", "</saml:NameID>"), c.element("EncryptedID"))
		return refuse(name, w.SignWith("rsa", clean(swap(document, atAssertion, template{id: assertID}.String()))), CodeNoName)
	}
	return append(all,
		refuse("encrypted: genuine, a forged one in clear before it", around(plain+hidden), "sig_missing"),
		refuse("encrypted: genuine, a forged one in clear behind it", around(hidden+plain), "sig_missing"),
		unnamed("encrypted: NameID", w.gcm(Forged)),
		unnamed("encrypted: NameID, tag broken", w.gcm(Forged).broken()),
	)
}

// ciphered is a text encrypted for a service.
type ciphered struct{ method, transport, key, data string }

// service is a key of a service; ours has none that is published for encryption.
func (w *Workshop) service() *rsa.PublicKey { return w.Keys["stranger"].Public().(*rsa.PublicKey) }

func (w *Workshop) gcm(text string) ciphered {
	key, block := w.contentKey()
	aead, err := cipher.NewGCM(block)
	w.must(err)
	nonce := random(aead.NonceSize())
	wrapped, err := rsa.EncryptOAEP(sha1.New(), rand.Reader, w.service(), key, nil) //nolint:gosec // as above
	w.must(err)
	return ciphered{"http://www.w3.org/2009/xmlenc11#aes128-gcm", encSpace + "rsa-oaep-mgf1p", string(wrapped), string(aead.Seal(nonce, nonce, []byte(text), nil))}
}

func (w *Workshop) cbc(text string) ciphered {
	key, block := w.contentKey()
	pad := aes.BlockSize - len(text)%aes.BlockSize
	padded := append([]byte(text+strings.Repeat("\x00", pad-1)), byte(pad))
	iv := random(aes.BlockSize)
	cipher.NewCBCEncrypter(block, iv).CryptBlocks(padded, padded)
	//lint:ignore SA1019 old providers write it: that it is refused is what the corpus is for
	wrapped, err := rsa.EncryptPKCS1v15(rand.Reader, w.service(), key)
	w.must(err)
	return ciphered{encSpace + "aes128-cbc", encSpace + "rsa-1_5", string(wrapped), string(iv) + string(padded)}
}

func (w *Workshop) contentKey() ([]byte, cipher.Block) {
	key := random(16)
	block, err := aes.NewCipher(key)
	w.must(err)
	return key, block
}

func random(n int) []byte {
	b := make([]byte, n)
	_, _ = rand.Read(b) // never fails
	return b
}

// broken has another last byte, which is the padding or the tag.
func (c ciphered) broken() ciphered {
	c.data = c.data[:len(c.data)-1] + string(c.data[len(c.data)-1]^1)
	return c
}

func (c ciphered) withoutKey() ciphered {
	c.key = string(random(len(c.key)))
	return c
}

// element is the text in XML Encryption 3, inside an element of SAML.
func (c ciphered) element(name string) string {
	value := func(data string) string {
		return `<xenc:CipherData><xenc:CipherValue>` + base64.StdEncoding.EncodeToString([]byte(data)) + `</xenc:CipherValue></xenc:CipherData>`
	}
	return `<saml:` + name + `><xenc:EncryptedData xmlns:xenc="` + encSpace + `" Type="` + encSpace + `Element"><xenc:EncryptionMethod Algorithm="` + c.method + `"/>` +
		`<ds:KeyInfo xmlns:ds="` + dsSpace + `"><xenc:EncryptedKey><xenc:EncryptionMethod Algorithm="` + c.transport + `"/>` + value(c.key) +
		`</xenc:EncryptedKey></ds:KeyInfo>` + value(c.data) + `</xenc:EncryptedData></saml:` + name + `>`
}
