package signer_test

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"math/big"
	"testing"
	"time"

	"atrio/mrtd/lds"
	"atrio/mrtd/mrtdtest"
	"atrio/mrtd/signature"
	"atrio/mrtd/signer"
)

var today = time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)

// made is a certificate of the standard library: somebody else's hand.
func made(t testing.TB, template, parent *x509.Certificate, public any, private crypto.Signer) *signer.Certificate {
	t.Helper()
	der, err := x509.CreateCertificate(rand.Reader, template, parent, public, private)
	if err != nil {
		t.Fatal(err)
	}
	c, err := signer.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func template(name string, ca bool) *x509.Certificate {
	c := &x509.Certificate{SerialNumber: big.NewInt(7), Subject: pkix.Name{Country: []string{"ut"}, CommonName: name}, NotBefore: today.AddDate(-1, 0, 0), NotAfter: today.AddDate(1, 0, 0), BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature, SubjectKeyId: []byte(name)}
	if ca {
		c.IsCA, c.KeyUsage = true, x509.KeyUsageCertSign|x509.KeyUsageCRLSign
	}
	return c
}

func TestCertificatesOfTheStandardLibraryAreRead(t *testing.T) {
	ec, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	for _, private := range []crypto.Signer{ec, rsaKey} {
		for _, algorithm := range []x509.SignatureAlgorithm{x509.UnknownSignatureAlgorithm, x509.SHA512WithRSAPSS} {
			if algorithm != x509.UnknownSignatureAlgorithm && private != crypto.Signer(rsaKey) {
				continue
			}
			top := template("country", true)
			top.SignatureAlgorithm = algorithm
			country := made(t, top, top, private.Public(), private)
			below := template("signer", false)
			below.SignatureAlgorithm = algorithm
			s := made(t, below, top, ec.Public(), private)
			if !country.IsCountry() || country.MaySign() || s.IsCountry() || !s.MaySign() || s.Country != "UT" || country.Serial.Int64() != 7 {
				t.Errorf("%+v, %+v", country, s)
			}
			if err := s.IssuedBy(country); err != nil {
				t.Errorf("%T: %v", private, err)
			}
			if err := country.IssuedBy(s); err == nil {
				t.Errorf("%T: a signer issues certificates", private)
			}
			if !s.ValidAt(s.NotAfter) || s.ValidAt(s.NotAfter.Add(1)) || s.ValidAt(s.NotBefore.Add(-1)) {
				t.Error("validity")
			}
			list, err := x509.CreateRevocationList(rand.Reader, &x509.RevocationList{Number: big.NewInt(1), ThisUpdate: today, NextUpdate: today.AddDate(0, 3, 0), RevokedCertificateEntries: []x509.RevocationListEntry{{SerialNumber: big.NewInt(7), RevocationTime: today, ReasonCode: 1}}}, top, private)
			if err != nil {
				t.Fatal(err)
			}
			l, err := signer.ParseList(list)
			if err != nil {
				t.Fatal(err)
			}
			if err := l.IssuedBy(country); err != nil || !l.Revoked(s) || !l.Current(today) || l.Current(today.AddDate(0, 4, 0)) {
				t.Errorf("%T: %+v: %v", private, l, err)
			}
			for i := range list { // no byte of it may change unseen
				changed := bytes.Clone(list)
				changed[i] ^= 1
				if l, err := signer.ParseList(changed); err == nil && l.IssuedBy(country) == nil {
					t.Fatalf("%T: a list is accepted with byte %d changed", private, i)
				}
			}
		}
	}
}

func TestEveryByteOfACertificateCounts(t *testing.T) {
	w := mrtdtest.NewWorld(12, mrtdtest.Years(today, 1, 10), mrtdtest.Years(today, 1, 5))
	der := w.Signer.Certificate.Raw
	for i := range der {
		changed := bytes.Clone(der)
		changed[i] ^= 1
		if c, err := signer.ParseCertificate(changed); err == nil && c.IssuedBy(w.Country.Certificate) == nil {
			t.Fatalf("accepted with byte %d of %d changed", i, len(der))
		}
	}
}

func TestCertificatesThatAreNotUnderstoodAreRefused(t *testing.T) {
	ec, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	critical, twice := template("critical", false), template("twice", false)
	critical.ExtraExtensions = []pkix.Extension{{Id: asn1.ObjectIdentifier{1, 2, 3}, Critical: true, Value: []byte{5, 0}}}
	twice.Subject.Country = []string{"UT", "IT"}
	for _, c := range []*x509.Certificate{critical, twice} {
		der, err := x509.CreateCertificate(rand.Reader, c, c, ec.Public(), ec)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := signer.ParseCertificate(der); !errors.Is(err, signer.ErrMalformed) {
			t.Errorf("%s is read as %+v: %v", c.Subject.CommonName, got, err)
		}
	}
	for name, der := range map[string][]byte{"nothing": nil, "too long": make([]byte, 17<<10), "a sequence": {0x30, 0}} {
		if _, err := signer.ParseCertificate(der); !errors.Is(err, signer.ErrMalformed) {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := signer.ParseList(der); !errors.Is(err, signer.ErrMalformed) {
			t.Errorf("%s as a list: %v", name, err)
		}
	}
}

// securityObject is one of a document, with its signer.
func securityObject(t testing.TB) (mrtdtest.World, []byte) {
	t.Helper()
	w := mrtdtest.NewWorld(12, mrtdtest.Years(today, 1, 10), mrtdtest.Years(today, 1, 5))
	return w, w.Signer.Issue(mrtdtest.Anna, mrtdtest.Anna.Card()).Files[lds.SOD]
}

func TestEveryByteOfASecurityObjectCounts(t *testing.T) {
	w, file := securityObject(t)
	whole, err := signer.ParseObject(file)
	if err != nil || whole.Verify() != nil || whole.Signer.IssuedBy(w.Country.Certificate) != nil {
		t.Fatalf("%v", err)
	}
	passing := 0
	for i := range file {
		changed := bytes.Clone(file)
		changed[i] ^= 1
		o, err := signer.ParseObject(changed)
		if err != nil || o.Verify() != nil || o.Signer.IssuedBy(w.Country.Certificate) != nil {
			continue
		}
		// Versions and the list of hashes used are not signed in CMS; nothing is read from them.
		passing++
		if len(o.Groups) != len(whole.Groups) || !bytes.Equal(o.Signer.Raw, whole.Signer.Raw) {
			t.Fatalf("byte %d of %d changes what is believed", i, len(file))
		}
		for n, h := range whole.Groups {
			if !bytes.Equal(o.Groups[n], h) {
				t.Fatalf("byte %d of %d changes the hash of group %d", i, len(file), n)
			}
		}
	}
	if passing > 20 {
		t.Errorf("%d bytes are not looked at", passing)
	}
}

func TestSecurityObjectsInEveryAlgorithm(t *testing.T) {
	rsaKey := mrtdtest.NewRSAKey(2048)
	pss := rsaKey
	pss.PSS = true
	for name, key := range map[string]mrtdtest.Key{"RSA": rsaKey, "PSS": pss, "P-521": mrtdtest.NewKey(18), "brainpoolP320r1": mrtdtest.NewKey(14), "P-224": mrtdtest.NewKey(10)} {
		country := mrtdtest.NewCountry("UT", key, mrtdtest.Years(today, 1, 10))
		d := country.Signer(key, mrtdtest.Years(today, 1, 5)).Issue(mrtdtest.Anna, mrtdtest.Anna.Card())
		o, err := signer.ParseObject(d.Files[lds.SOD])
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if err := errors.Join(o.Verify(), o.Signer.IssuedBy(country.Certificate)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if listed, same := o.Covers(1, d.Files[lds.DG1]); !listed || !same {
			t.Errorf("%s: DG1 listed %t, same %t", name, listed, same)
		}
		if listed, same := o.Covers(1, d.Files[lds.DG2]); !listed || same {
			t.Errorf("%s: DG2 passes for DG1", name)
		}
		if listed, same := o.Covers(3, nil); listed || same {
			t.Errorf("%s: DG3 is listed", name)
		}
	}
}

func TestSecurityObjectsThatAreNotUnderstoodAreRefused(t *testing.T) {
	_, file := securityObject(t)
	sha256, other := []byte{0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01}, []byte{0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x09}
	if o, err := signer.ParseObject(bytes.ReplaceAll(file, sha256, other)); !errors.Is(err, signature.ErrUnsupported) {
		t.Errorf("%+v: %v", o, err)
	}
	for _, b := range [][]byte{nil, {0x77, 0}, make([]byte, 70<<10), file[:len(file)-1], append(bytes.Clone(file), 0)} {
		if o, err := signer.ParseObject(b); err == nil {
			t.Errorf("%d bytes are read as %+v", len(b), o)
		}
	}
}

func FuzzParseObject(f *testing.F) {
	w, file := securityObject(f)
	f.Add(file)
	f.Fuzz(func(t *testing.T, b []byte) {
		o, err := signer.ParseObject(b)
		if err != nil {
			return
		}
		if o.Signer == nil || o.Groups == nil || !o.Hash.Available() {
			t.Fatalf("%+v", o)
		}
		if o.Verify() == nil && o.Signer.IssuedBy(w.Country.Certificate) == nil && !bytes.Equal(o.Signer.Raw, w.Signer.Certificate.Raw) {
			t.Fatalf("%X is signed by another of the country", b)
		}
	})
}

func FuzzParseCertificate(f *testing.F) {
	w, _ := securityObject(f)
	f.Add(w.Signer.Certificate.Raw)
	f.Add(w.Country.Certificate.Raw)
	f.Fuzz(func(t *testing.T, der []byte) {
		c, err := signer.ParseCertificate(der)
		if err == nil && c.IssuedBy(w.Country.Certificate) == nil && !bytes.Equal(der, w.Signer.Certificate.Raw) && !bytes.Equal(der, w.Country.Certificate.Raw) {
			t.Fatalf("%X is issued by the country", der)
		}
	})
}

func FuzzParseList(f *testing.F) {
	w, _ := securityObject(f)
	known := w.Country.List(mrtdtest.Years(today, 1, 1), w.Signer.Certificate).Raw
	f.Add(known)
	f.Fuzz(func(t *testing.T, der []byte) {
		if l, err := signer.ParseList(der); err == nil && l.IssuedBy(w.Country.Certificate) == nil && !bytes.Equal(der, known) {
			t.Fatalf("%X is issued by the country", der)
		}
	})
}
