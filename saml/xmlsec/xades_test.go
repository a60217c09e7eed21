package xmlsec

import (
	"crypto"
	"crypto/elliptic"
	"encoding/base64"
	"strings"
	"testing"
)

const listed = `<l:List xmlns:l="urn:list" Id="list"><l:Entry xml:lang="en">granted &amp; good</l:Entry></l:List>`

// xadesDocument signs a document as trusted lists are signed; uri is the reference to it.
func xadesDocument(t testing.TB, s Signer, uri string) string {
	t.Helper()
	parsed := func(doc string) *Element {
		root, err := Parse([]byte(doc), Message)
		if err != nil {
			t.Fatal(err)
		}
		return root
	}
	canonical := func(e *Element) []byte {
		out, err := Canonical(e)
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	digest := func(e *Element) string { return base64.StdEncoding.EncodeToString(sum(crypto.SHA256, canonical(e))) }
	m, err := s.method()
	if err != nil {
		t.Fatal(err)
	}
	content, properties, value := digest(parsed(listed)), "AA==", "AA=="
	write := func() string {
		const transform = `<ds:Transform Algorithm="` + excC14NURI + `"/>`
		const method = `<ds:DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"/>`
		return strings.TrimSuffix(listed, "</l:List>") + `<ds:Signature xmlns:ds="` + dsSpace + `" Id="sig"><ds:SignedInfo>` +
			`<ds:CanonicalizationMethod Algorithm="` + excC14NURI + `"/><ds:SignatureMethod Algorithm="` + m.uri + `"/>` +
			`<ds:Reference URI="` + uri + `"><ds:Transforms><ds:Transform Algorithm="` + envelopedURI + `"/>` + transform + `</ds:Transforms>` + method +
			`<ds:DigestValue>` + content + `</ds:DigestValue></ds:Reference><ds:Reference Type="` + signedProperties + `" URI="#props"><ds:Transforms>` + transform +
			`</ds:Transforms>` + method + `<ds:DigestValue>` + properties + `</ds:DigestValue></ds:Reference></ds:SignedInfo><ds:SignatureValue>` + value +
			`</ds:SignatureValue><ds:Object><x:QualifyingProperties xmlns:x="` + xadesSpace + `" Target="#sig"><x:SignedProperties Id="props"><x:Time>noon</x:Time>` +
			`</x:SignedProperties></x:QualifyingProperties></ds:Object></ds:Signature></l:List>`
	}
	signature := func() *Element { return parsed(write()).Child(Name{dsSpace, "Signature"}) }
	properties = digest(signature().Child(Name{dsSpace, "Object"}).Child(Name{xadesSpace, "QualifyingProperties"}).Child(Name{xadesSpace, "SignedProperties"}))
	raw, err := s.sign(m, canonical(signature().Child(Name{dsSpace, "SignedInfo"})))
	if err != nil {
		t.Fatal(err)
	}
	value = base64.StdEncoding.EncodeToString(raw)
	return write()
}

func verifyXAdES(t testing.TB, doc string, key crypto.PublicKey) (Signed, error) {
	t.Helper()
	root, err := Parse([]byte(doc), Message)
	if err != nil {
		t.Fatal(err)
	}
	return VerifyXAdES(root, []crypto.PublicKey{key})
}

func TestASignedDocumentIsReadWithoutItsSignature(t *testing.T) {
	for _, key := range []crypto.Signer{newRSA(t), newECDSA(t, elliptic.P256())} {
		for _, uri := range []string{"", "#list"} {
			signed, err := verifyXAdES(t, xadesDocument(t, Signer{Key: key}, uri), key.Public())
			if err != nil {
				t.Fatal(uri, err)
			}
			if string(signed.Bytes()) != listed || HasSignature(signed.Root()) || signed.Root().Child(Name{"urn:list", "Entry"}).Text() != "granted & good" {
				t.Errorf("%s", signed.Bytes())
			}
		}
	}
}

func TestEveryPartOfAnXAdESSignatureIsHeldToItsPlace(t *testing.T) {
	key := newECDSA(t, elliptic.P256())
	good := xadesDocument(t, Signer{Key: key}, "")
	const unsigned = `<x:UnsignedProperties></x:UnsignedProperties></x:QualifyingProperties>`
	if _, err := verifyXAdES(t, strings.Replace(good, "</x:QualifyingProperties>", unsigned, 1), key.Public()); err != nil {
		t.Error(err)
	}
	for _, c := range []struct{ old, new, code string }{
		{"granted", "withdrawn", CodeDigest},
		{"noon", "night", CodeDigest},
		{`<ds:Signature `, `<l:Entry></l:Entry><ds:Signature `, CodeDigest},
		{`</ds:Signature>`, `</ds:Signature><l:Entry></l:Entry>`, CodeDigest},
		{`</ds:Signature>`, `</ds:Signature><ds:Signature xmlns:ds="` + dsSpace + `"></ds:Signature>`, CodeManySigned},
		{`URI=""`, `URI="#list"`, CodeMismatch},
		{`URI=""`, `URI="#sig"`, CodeReferenceURI},
		{`Reference URI=""`, `Reference`, CodeReferenceURI},
		{`URI="#props"`, `URI="#list"`, CodeReferenceURI},
		{`URI="#props"`, `URI=""`, CodeReferenceURI},
		{`Type="` + signedProperties + `"`, `Type="urn:other"`, CodeReferences},
		{`Reference URI=""`, `Reference Type="` + signedProperties + `" URI=""`, CodeReferences},
		{`<ds:Transform Algorithm="` + envelopedURI + `"/>`, ``, CodeTransforms},
		{`</ds:Object>`, `</ds:Object><ds:Object></ds:Object>`, CodeGrammar},
		{`Target="#sig"`, `Target="#list"`, CodeObject},
		{`<x:SignedProperties `, `<x:Other></x:Other><x:SignedProperties `, CodeObject},
		{`</x:SignedProperties>`, `</x:SignedProperties><x:SignedProperties></x:SignedProperties>`, CodeObject},
		{`</x:QualifyingProperties>`, `</x:QualifyingProperties><x:Other xmlns:x="urn:x"></x:Other>`, CodeObject},
		{`ecdsa-sha256`, `ecdsa-sha1`, CodeMethod},
		{`xmlenc#sha256`, `xmlenc#sha1`, CodeDigestMethod},
		{`<ds:SignatureMethod`, `<ds:Other></ds:Other><ds:SignatureMethod`, CodeGrammar},
		{`<ds:Object>`, `<ds:KeyInfo><evil></evil></ds:KeyInfo><ds:Object>`, CodeGrammar},
	} {
		doc := strings.Replace(good, c.old, c.new, 1)
		if doc == good {
			t.Fatalf("%q is not there", c.old)
		}
		if _, err := verifyXAdES(t, doc, key.Public()); CodeOf(err) != c.code {
			t.Errorf("%s → %s: %v, want %s", c.old, c.new, err, c.code)
		}
	}
	if _, err := verifyXAdES(t, good, newECDSA(t, elliptic.P256()).Public()); CodeOf(err) != CodeMismatch {
		t.Errorf("another key: %v", err)
	}
	if _, err := verifyXAdES(t, listed, key.Public()); CodeOf(err) != CodeUnsigned {
		t.Errorf("no signature: %v", err)
	}
	root, err := Parse([]byte(`<w xmlns="urn:w">`+good+`</w>`), Message)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := VerifyXAdES(root.first, []crypto.PublicKey{key.Public()}); CodeOf(err) != CodeUnsigned {
		t.Errorf("inside another document: %v", err)
	}
}
