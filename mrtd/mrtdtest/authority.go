package mrtdtest

import (
	"crypto/sha1" // the usual number of a key, RFC 5280 4.2.1.2
	"crypto/x509/pkix"
	"encoding/asn1"
	"math/big"
	"time"

	"atrio/mrtd/signer"
)

// Authority is a country that issues documents, or a signer of its documents.
type Authority struct {
	Certificate *signer.Certificate
	Key         Key
	name        []byte
	issuer      []byte // the name of who issued the certificate
	country     string
	next        int64
}

// Validity is a span of time.
type Validity struct{ From, To time.Time }

// Years is a validity around a day.
func Years(day time.Time, before, after int) Validity {
	return Validity{day.AddDate(-before, 0, 0), day.AddDate(after, 0, 0)}
}

// NewCountry makes a country's own certificate (CSCA).
func NewCountry(country string, key Key, v Validity) *Authority {
	a := &Authority{Key: key, name: name(country, "Prova CSCA"), country: country, next: 1}
	a.issuer = a.name
	a.Certificate = a.certify(certificate{serial: 1, subject: a.name, key: key, validity: v, country: true})
	return a
}

// Signer issues the certificate of a document signer (DSC).
func (a *Authority) Signer(key Key, v Validity) *Authority { return a.SignerOf(a.country, key, v) }

// SignerOf issues one that says another country.
func (a *Authority) SignerOf(country string, key Key, v Validity) *Authority {
	s := &Authority{Key: key, name: name(country, "Prova DS"), issuer: a.name, country: country}
	a.next++
	s.Certificate = a.certify(certificate{serial: a.next, subject: s.name, key: key, validity: v})
	return s
}

// ListSigner issues the certificate of who signs master lists.
func (a *Authority) ListSigner(key Key, v Validity) *Authority {
	s := &Authority{Key: key, name: name(a.country, "Prova ML"), issuer: a.name, country: a.country}
	a.next++
	s.Certificate = a.certify(certificate{serial: a.next, subject: s.name, key: key, validity: v, lists: true})
	return s
}

// MasterList is a list of certificates, signed.
func (a *Authority) MasterList(certificates ...[]byte) []byte {
	content := marshal(struct {
		Version      int
		Certificates asn1.RawValue
	}{0, raw(set(certificates))})
	return a.envelop(oid(2, 23, 136, 1, 1, 2), content)
}

func name(country, common string) []byte {
	return marshal(pkix.Name{Country: []string{country}, CommonName: common}.ToRDNSequence())
}

type certificate struct {
	serial   int64
	subject  []byte
	key      Key
	validity Validity
	country  bool
	lists    bool // signs master lists
}

func keyNumber(k Key) []byte {
	sum := sha1.Sum(k.PublicInfo())
	return sum[:]
}

func extension(id int, critical bool, v any) pkix.Extension {
	return pkix.Extension{Id: oid(2, 5, 29, id), Critical: critical, Value: marshal(v)}
}

type authorityNumber struct {
	KeyID []byte `asn1:"tag:0"`
}

func (a *Authority) certify(c certificate) *signer.Certificate {
	usage := asn1.BitString{Bytes: []byte{0x80}, BitLength: 1}
	extensions := []pkix.Extension{
		extension(14, false, keyNumber(c.key)),
		extension(35, false, authorityNumber{keyNumber(a.Key)}),
	}
	if c.country {
		usage = asn1.BitString{Bytes: []byte{0x06}, BitLength: 7}
		extensions = append(extensions, extension(19, true, struct {
			CA     bool
			Length int
		}{true, 0}))
	}
	if c.lists {
		extensions = append(extensions, extension(37, true, []asn1.ObjectIdentifier{oid(2, 23, 136, 1, 1, 3)}))
	}
	extensions = append(extensions, extension(15, true, usage))
	tbs := marshal(struct {
		Version    int `asn1:"explicit,tag:0"`
		Serial     int64
		Algorithm  pkix.AlgorithmIdentifier
		Issuer     asn1.RawValue
		Validity   struct{ From, To time.Time }
		Subject    asn1.RawValue
		Key        asn1.RawValue
		Extensions []pkix.Extension `asn1:"explicit,tag:3"`
	}{2, c.serial, a.Key.algorithm(), raw(a.name), struct{ From, To time.Time }{c.validity.From.UTC(), c.validity.To.UTC()}, raw(c.subject), raw(c.key.PublicInfo()), extensions})
	parsed, err := signer.ParseCertificate(a.signed(tbs))
	must(err)
	return parsed
}

func raw(der []byte) asn1.RawValue { return asn1.RawValue{FullBytes: der} }

func (a *Authority) signed(tbs []byte) []byte {
	s := a.Key.sign(tbs)
	return marshal(struct {
		TBS       asn1.RawValue
		Algorithm pkix.AlgorithmIdentifier
		Signature asn1.BitString
	}{raw(tbs), a.Key.algorithm(), asn1.BitString{Bytes: s, BitLength: 8 * len(s)}})
}

// List is a revocation list of the country, which withdraws the given certificates.
func (a *Authority) List(v Validity, withdrawn ...*signer.Certificate) *signer.List {
	type entry struct {
		Serial *big.Int
		Date   time.Time
	}
	var entries []entry
	for _, c := range withdrawn {
		entries = append(entries, entry{c.Serial, v.From.UTC()})
	}
	tbs := marshal(struct {
		Version    int
		Algorithm  pkix.AlgorithmIdentifier
		Issuer     asn1.RawValue
		This, Next time.Time
		Revoked    []entry          `asn1:"omitempty"`
		Extensions []pkix.Extension `asn1:"explicit,tag:0"`
	}{1, a.Key.algorithm(), raw(a.name), v.From.UTC(), v.To.UTC(), entries, []pkix.Extension{extension(35, false, authorityNumber{keyNumber(a.Key)}), extension(20, false, 1)}})
	l, err := signer.ParseList(a.signed(tbs))
	must(err)
	return l
}
