package cms_test

import (
	"bytes"
	"encoding/asn1"
	"encoding/hex"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/cryptobyte"
	tag "golang.org/x/crypto/cryptobyte/asn1"

	"atrio/idp/proofing/signature/cms"
	st "atrio/idp/proofing/signature/signaturetest"
)

var now = time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)

func bin(t testing.TB, s string) []byte {
	t.Helper()
	out, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestBERIsWrittenAsDEROnceAndStrictly(t *testing.T) {
	for _, c := range []struct{ ber, der, rest string }{
		{"0400", "0400", ""},
		{"3080020101" + "0000", "3003020101", ""},
		{"300302010105", "3003020101", "05"},
		{"308103020101", "3003020101", ""},                          // a length with more octets than needed
		{"3084000000030201 01", "3003020101", ""},                   // four of them
		{"2480" + "0402aabb" + "0401cc" + "0000", "0403aabbcc", ""}, // in pieces
		{"2406" + "0401aa" + "0401bb", "0402aabb", ""},              // in pieces of known length
		{"2480" + "2480" + "0401aa" + "0000" + "0401bb" + "0000", "0402aabb", ""},
		{"24800000", "0400", ""},
		{"a080" + "3080" + "0000" + "0000", "a0023000", ""},
		{"8003aabbcc", "8003aabbcc", ""},
		{"30800000" + "00000000", "3000", "00000000"},
	} {
		clean := string(bytes.ReplaceAll([]byte(c.ber), []byte(" "), nil))
		der, rest, err := cms.Normalise(bin(t, clean))
		if err != nil || !bytes.Equal(der, bin(t, c.der)) || !bytes.Equal(rest, bin(t, c.rest)) {
			t.Errorf("%s: %x %x %v", c.ber, der, rest, err)
		}
	}
	for name, bad := range map[string]string{
		"nothing":                        "",
		"a tag alone":                    "30",
		"cut":                            "3003020",
		"longer than it is":              "300402010 1",
		"no end":                         "3080020101",
		"an end in a definite one":       "30020000",
		"an end outside":                 "0000",
		"a primitive without a length":   "04800000",
		"a reserved length":              "30ff00",
		"a length of nine octets":        "3089000000000000000000",
		"a length beyond measure":        "3084ffffffff",
		"a long tag":                     "1f8101 00",
		"a set of the application":       "6000",
		"a private one":                  "e000",
		"a sequence that is none":        "1000",
		"a number in pieces":             "2280020101 0000",
		"a text in pieces":               "2c800c01610000",
		"bits in pieces":                 "2380030200ff0000",
		"pieces of another kind":         "2480020101 0000",
		"pieces of a sequence":           "248030000000",
		"an element longer than its box": "3003" + "0402aa",
	} {
		clean := bytes.ReplaceAll([]byte(bad), []byte(" "), nil)
		if len(clean)%2 == 1 {
			clean = append(clean, '0')
		}
		if der, _, err := cms.Normalise(bin(t, string(clean))); err == nil {
			t.Errorf("%s: %x", name, der)
		}
	}
	deep := append(bytes.Repeat([]byte{0x30, 0x80}, 100), bytes.Repeat([]byte{0, 0}, 100)...)
	if _, _, err := cms.Normalise(deep); err == nil {
		t.Error("a hundred levels")
	}
	many := append(append([]byte{0x30, 0x80}, bytes.Repeat([]byte{5, 0}, 1<<19)...), 0, 0)
	if _, _, err := cms.Normalise(many); err == nil {
		t.Error("half a million elements")
	}
}

func TestAMessageIsVerifiedOverWhatItIsGiven(t *testing.T) {
	a := st.New(now)
	mario := a.Person(a.Granted, "RSSMRA80A01H501U")
	m, err := cms.Parse(st.Message{Content: []byte("a text"), Claimed: now}.Sign(mario))
	if err != nil {
		t.Fatal(err)
	}
	for _, pieces := range [][][]byte{{[]byte("a text")}, {[]byte("a "), []byte("text")}, {nil, []byte("a text")}} {
		if c, err := m.Verify(false, pieces...); err != nil || !c.Equal(mario.Certificate) {
			t.Errorf("%q: %v", pieces, err)
		}
	}
	if !m.Signer.SigningTime().Equal(now) || m.Signer.Algorithm.String() != "ECDSA with SHA-256" {
		t.Errorf("%v %v", m.Signer.SigningTime(), m.Signer.Algorithm)
	}
	for _, pieces := range [][][]byte{nil, {[]byte("a texT")}, {[]byte("text"), []byte("a ")}} {
		if _, err := m.Verify(false, pieces...); err == nil {
			t.Errorf("%q is taken for the content", pieces)
		}
	}
}

// No octet of a message may be changed unnoticed, but for those that say nothing: the
// list of algorithms beside the signer's, and its version.
func TestEveryOctetOfASignatureCounts(t *testing.T) {
	a := st.New(now)
	mario := a.Person(a.Granted, "RSSMRA80A01H501U")
	der := st.Message{Content: []byte("a text")}.Sign(mario)
	from := bytes.Index(der, []byte("a text"))
	for i := from; i < len(der); i++ {
		for _, flip := range []byte{1, 0x80} {
			changed := bytes.Clone(der)
			changed[i] ^= flip
			m, err := cms.Parse(changed)
			if err != nil {
				continue
			}
			c, err := m.Verify(false, m.Content)
			if err == nil && (!c.Equal(mario.Certificate) || !bytes.Equal(m.Content, []byte("a text"))) {
				t.Fatalf("octet %d: the message says something else and is verified", i)
			}
		}
	}
}

// pss writes the AlgorithmIdentifier of RSASSA-PSS.
func pss(hash, mask, generator string, salt, trailer int64) cryptobyte.String {
	oid := func(b *cryptobyte.Builder, s string) {
		var list asn1.ObjectIdentifier
		for _, part := range strings.Split(s, ".") {
			n, _ := strconv.Atoi(part)
			list = append(list, n)
		}
		b.AddASN1ObjectIdentifier(list)
	}
	field := func(b *cryptobyte.Builder, n uint8, do func(*cryptobyte.Builder)) {
		b.AddASN1(tag.Tag(n).ContextSpecific().Constructed(), do)
	}
	one := func(s string) func(*cryptobyte.Builder) {
		return func(b *cryptobyte.Builder) { b.AddASN1(tag.SEQUENCE, func(b *cryptobyte.Builder) { oid(b, s) }) }
	}
	var b cryptobyte.Builder
	b.AddASN1(tag.SEQUENCE, func(b *cryptobyte.Builder) {
		oid(b, "1.2.840.113549.1.1.10")
		b.AddASN1(tag.SEQUENCE, func(b *cryptobyte.Builder) {
			if hash != "" {
				field(b, 0, one(hash))
			}
			field(b, 1, func(b *cryptobyte.Builder) {
				b.AddASN1(tag.SEQUENCE, func(b *cryptobyte.Builder) {
					oid(b, generator)
					one(mask)(b)
				})
			})
			field(b, 2, func(b *cryptobyte.Builder) { b.AddASN1Int64(salt) })
			field(b, 3, func(b *cryptobyte.Builder) { b.AddASN1Int64(trailer) })
		})
	})
	return b.BytesOrPanic()
}

func TestParametersOfPSSLeaveNothingOpen(t *testing.T) {
	const sha1, sha256, sha512, mgf1 = "1.3.14.3.2.26", "2.16.840.1.101.3.4.2.1", "2.16.840.1.101.3.4.2.3", "1.2.840.113549.1.1.8"
	for _, c := range []struct {
		name string
		in   cryptobyte.String
		ok   bool
	}{
		{"SHA-256", pss(sha256, sha256, mgf1, 32, 1), true},
		{"the longest salt of 2048 bits", pss(sha256, sha256, mgf1, 222, 1), true},
		{"the default, SHA-1", pss("", sha256, mgf1, 32, 1), false},
		{"SHA-1", pss(sha1, sha1, mgf1, 20, 1), false},
		{"a mask of SHA-1", pss(sha256, sha1, mgf1, 32, 1), false},
		{"a mask of another hash", pss(sha256, sha512, mgf1, 32, 1), false},
		{"another generator", pss(sha256, sha256, "1.2.3", 32, 1), false},
		{"a short salt", pss(sha256, sha256, mgf1, 20, 1), false},
		{"no salt", pss(sha256, sha256, mgf1, 0, 1), false},
		{"another trailer", pss(sha256, sha256, mgf1, 32, 2), false},
	} {
		if a, err := cms.ReadAlgorithm(&c.in, 0); (err == nil) != c.ok {
			t.Errorf("%s: %v %v", c.name, a, err)
		}
	}
}

func FuzzNormalise(f *testing.F) {
	a := st.New(now)
	der := st.Message{Content: []byte("a text")}.Sign(a.Person(a.Granted, "RSSMRA80A01H501U"))
	f.Add(der)
	f.Add(st.BER(der))
	f.Add([]byte{0x24, 0x80, 4, 1, 1, 0, 0})
	f.Fuzz(func(t *testing.T, data []byte) {
		once, rest, err := cms.Normalise(data)
		if err != nil {
			return
		}
		twice, left, err := cms.Normalise(once)
		if err != nil || len(left) > 0 || !bytes.Equal(once, twice) || !bytes.HasSuffix(data, rest) {
			t.Fatalf("%x becomes %x, then %x, %v", data, once, twice, err)
		}
		if len(once) > len(data)+16 {
			t.Fatalf("%d octets become %d", len(data), len(once))
		}
	})
}

func FuzzParse(f *testing.F) {
	a := st.New(now)
	mario := a.Person(a.Granted, "RSSMRA80A01H501U")
	f.Add(st.Message{Content: []byte("a text"), Claimed: now}.Sign(mario))
	f.Add(st.Message{Content: []byte("a text"), Stamp: func(v []byte) []byte { return a.Token(a.TSA, v, now) }}.Sign(mario))
	f.Add(st.Message{Content: []byte("a text"), PSS: true}.Sign(a.IssueFor(a.Granted, st.RSAKey(), st.Qualified("TINIT-RSSMRA80A01H501U"))))
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := cms.Parse(data)
		if err != nil {
			return
		}
		if c, err := m.Verify(true, m.Content); err == nil && c == nil {
			t.Fatal("verified by nobody")
		}
	})
}
