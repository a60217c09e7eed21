package mrtdtest

import (
	"bytes"
	"crypto"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/binary"
	"image"
	"image/color"
	"image/jpeg"
	"maps"
	"math/big"
	"slices"
	"strings"

	"atrio/mrtd/lds"
	"atrio/mrtd/messaging"
	"atrio/mrtd/signature"
	"atrio/mrtd/tlv"
)

// Person is who stands on a document, in the alphabet of the machine-readable zone.
type Person struct {
	State              string // three letters, or D
	Number             string // of the document
	Surname, Given     string
	Birth, Sex, Expiry string // YYMMDD, M or F, YYMMDD
	PersonalNumber     string // goes into DG11
}

// Anna is an invented person of an invented country.
var Anna = Person{State: "UTO", Number: "PR0000001", Surname: "PROVA", Given: "ANNA FINTA", Birth: "850412", Sex: "F", Expiry: "330411", PersonalNumber: "PRVNNF85D52Z999X"}

func fill(s string, n int) string {
	s = strings.ReplaceAll(s, " ", "<")
	return (s + strings.Repeat("<", n))[:n]
}

// Card is the zone of an identity card: three lines, given as one string.
func (p Person) Card() string {
	number, optional := fill(p.Number, 9)+lds.CheckDigit(fill(p.Number, 9)), ""
	if len(p.Number) > 9 { // ICAO 9303-5 4.2.2
		number, optional = p.Number[:9]+"<", p.Number[9:]+lds.CheckDigit(p.Number)+"<"
	}
	first := fill("C<"+fill(p.State, 3)+number+optional, 30)
	birth, expiry := p.Birth+lds.CheckDigit(p.Birth), p.Expiry+lds.CheckDigit(p.Expiry)
	rest := fill("", 11)
	digit := lds.CheckDigit(first[5:] + birth + expiry + rest)
	return first + birth + p.Sex + expiry + fill(p.State, 3) + rest + digit + fill(p.Surname+"<<"+p.Given, 30)
}

// Passport is the zone of a passport: two lines, given as one string.
func (p Person) Passport() string {
	number, optional := fill(p.Number, 9)+lds.CheckDigit(fill(p.Number, 9)), fill("", 14)+"<"
	birth, expiry := p.Birth+lds.CheckDigit(p.Birth), p.Expiry+lds.CheckDigit(p.Expiry)
	second := number + fill(p.State, 3) + birth + p.Sex + expiry + optional
	return fill("P<"+fill(p.State, 3)+p.Surname+"<<"+p.Given, 44) + second + lds.CheckDigit(number+birth+expiry+optional)
}

// Document is what a country puts on a chip.
type Document struct {
	Zone        string
	Files       map[lds.File][]byte
	CAN         string
	PACE        messaging.Suite // zero for BAC alone
	PACEGroup   int             // number of the standardized domain parameters
	ActiveKey   Key             // signs challenges
	ChipKey     Key             // agrees on keys
	ChipSuite   messaging.Suite // AES-128 when zero
	signer      *Authority
	withoutDG11 bool
}

// Option changes how a document is made.
type Option func(*Document)

// WithPACE has the chip speak PACE, beside BAC, in a group by its number (ICAO 9303-11 9.5.1).
func WithPACE(s messaging.Suite, group int) Option {
	return func(d *Document) { d.PACE, d.PACEGroup = s, group }
}

// WithActive gives the chip a key for active authentication.
func WithActive(k Key) Option { return func(d *Document) { d.ActiveKey = k } }

// WithChip gives the chip a key for chip authentication.
func WithChip(k Key, s messaging.Suite) Option {
	return func(d *Document) { d.ChipKey, d.ChipSuite = k, s }
}

// WithoutDG11 leaves out further details about the holder.
func WithoutDG11() Option { return func(d *Document) { d.withoutDG11 = true } }

// Issue makes a document for a person. zone is their Card or Passport.
func (a *Authority) Issue(p Person, zone string, options ...Option) *Document {
	d := &Document{Zone: zone, CAN: "123456", signer: a, PACEGroup: 13, ChipSuite: messaging.AES128, Files: map[lds.File][]byte{
		lds.DG1:  tlv.Append(nil, 0x61, tlv.Append(nil, 0x5f1f, []byte(zone))),
		lds.DG2:  PortraitFile(Face()),
		lds.DG12: tlv.Append(nil, 0x6c, tlv.Append(nil, 0x5c, []byte{0x5f, 0x19, 0x5f, 0x26}), tlv.Append(nil, 0x5f19, []byte("COMUNE DI PROVA")), tlv.Append(nil, 0x5f26, []byte("20230412"))),
	}}
	for _, o := range options {
		o(d)
	}
	if !d.withoutDG11 {
		d.Files[lds.DG11] = tlv.Append(nil, 0x6b, tlv.Append(nil, 0x5c, []byte{0x5f, 0x0e, 0x5f, 0x10, 0x5f, 0x11}),
			tlv.Append(nil, 0x5f0e, []byte(fill(p.Surname+"<<"+p.Given, len(p.Surname)+2+len(p.Given)))), tlv.Append(nil, 0x5f10, []byte(p.PersonalNumber)), tlv.Append(nil, 0x5f11, []byte("PROVA<PR")))
	}
	if infos := d.securityInfos(); len(infos) > 0 {
		d.Files[lds.DG14] = tlv.Append(nil, 0x6e, set(infos))
	}
	if !d.ActiveKey.none() {
		d.Files[lds.DG15] = tlv.Append(nil, 0x6f, d.ActiveKey.PublicInfo())
	}
	if d.PACE != 0 {
		d.Files[lds.CardAccess] = set([][]byte{d.paceInfo()})
	}
	d.Seal()
	return d
}

func set(entries [][]byte) []byte {
	sorted := slices.Clone(entries)
	slices.SortFunc(sorted, bytes.Compare) // DER
	return tlv.Append(nil, 0x31, sorted...)
}

// family is the number of a kind of group in identifiers: 1 integers, 2 curves.
func family(group int) int {
	if group <= 2 {
		return 1
	}
	return 2
}

func (d *Document) paceOID() asn1.ObjectIdentifier {
	return oid(0, 4, 0, 127, 0, 7, 2, 2, 4, family(d.PACEGroup), int(d.PACE))
}

func (d *Document) paceInfo() []byte {
	return marshal(struct {
		Protocol           asn1.ObjectIdentifier
		Version, Parameter int
	}{d.paceOID(), 2, d.PACEGroup})
}

func (d *Document) securityInfos() (infos [][]byte) {
	if d.PACE != 0 {
		infos = append(infos, d.paceInfo())
	}
	if !d.ChipKey.none() {
		infos = append(infos,
			marshal(struct {
				Protocol asn1.ObjectIdentifier
				Version  int
			}{oid(0, 4, 0, 127, 0, 7, 2, 2, 3, family(d.ChipKey.id), int(d.ChipSuite)), 1}),
			marshal(struct {
				Protocol asn1.ObjectIdentifier
				Key      asn1.RawValue
			}{oid(0, 4, 0, 127, 0, 7, 2, 2, 1, family(d.ChipKey.id)), raw(d.ChipKey.PublicInfo())}))
	}
	if d.ActiveKey.Curve != nil {
		infos = append(infos, marshal(struct {
			Protocol  asn1.ObjectIdentifier
			Version   int
			Signature asn1.ObjectIdentifier
		}{oid(2, 23, 136, 1, 1, 5), 1, oid(0, 4, 0, 127, 0, 7, 1, 1, 4, 1, 3)}))
	}
	return infos
}

// Seal writes EF.COM and EF.SOD over the data groups as they are now.
func (d *Document) Seal() {
	type hash struct {
		Number int
		Hash   []byte
	}
	var list []hash
	var tags []byte
	for _, f := range slices.Sorted(maps.Keys(d.Files)) {
		if n := f.Number(); n > 0 {
			list = append(list, hash{n, signature.Sum(crypto.SHA256, d.Files[f])})
			tags = append(tags, byte(f.Tag()))
		}
	}
	d.Files[lds.COM] = tlv.Append(nil, 0x60, tlv.Append(nil, 0x5f01, []byte("0107")), tlv.Append(nil, 0x5f36, []byte("040000")), tlv.Append(nil, 0x5c, tags))
	sha256 := pkix.AlgorithmIdentifier{Algorithm: oidSHA256}
	content := marshal(struct {
		Version int
		Hash    pkix.AlgorithmIdentifier
		Groups  []hash
	}{0, sha256, list})
	d.Files[lds.SOD] = tlv.Append(nil, 0x77, d.signer.envelop(oid(2, 23, 136, 1, 1, 1), content))
}

// envelop is the signed data of CMS around a content of a type.
func (a *Authority) envelop(object asn1.ObjectIdentifier, content []byte) []byte {
	sha256 := pkix.AlgorithmIdentifier{Algorithm: oidSHA256}
	attribute := func(id int, v any) []byte {
		return marshal(struct {
			Type   asn1.ObjectIdentifier
			Values asn1.RawValue
		}{oid(1, 2, 840, 113549, 1, 9, id), raw(set([][]byte{marshal(v)}))})
	}
	attributes := set([][]byte{attribute(3, object), attribute(4, signature.Sum(crypto.SHA256, content))})
	type issuerAndSerial struct {
		Issuer asn1.RawValue
		Serial *big.Int
	}
	info := marshal(struct {
		Version    int
		ID         issuerAndSerial
		Digest     pkix.AlgorithmIdentifier
		Attributes asn1.RawValue
		Algorithm  pkix.AlgorithmIdentifier
		Signature  []byte
	}{1, issuerAndSerial{raw(a.issuer), a.Certificate.Serial}, sha256, raw(append([]byte{0xa0}, attributes[1:]...)), a.Key.algorithm(), a.Key.sign(attributes)})
	data := marshal(struct {
		Version int
		Digests asn1.RawValue
		Content struct {
			Type    asn1.ObjectIdentifier
			Content []byte `asn1:"explicit,tag:0"`
		}
		Certificates asn1.RawValue
		Signers      asn1.RawValue
	}{3, raw(set([][]byte{marshal(sha256)})), struct {
		Type    asn1.ObjectIdentifier
		Content []byte `asn1:"explicit,tag:0"`
	}{object, content}, raw(tlv.Append(nil, 0xa0, a.Certificate.Raw)), raw(set([][]byte{info}))})
	return marshal(struct {
		Type    asn1.ObjectIdentifier
		Content asn1.RawValue
	}{oid(1, 2, 840, 113549, 1, 7, 2), raw(tlv.Append(nil, 0xa0, data))})
}

// Face is a small picture that nobody mistakes for a person.
func Face() []byte {
	picture := image.NewRGBA(image.Rect(0, 0, 35, 45))
	for y := range 45 {
		for x := range 35 {
			picture.Set(x, y, color.RGBA{uint8(x * 7), uint8(y * 5), 128, 255})
		}
	}
	var b bytes.Buffer
	must(jpeg.Encode(&b, picture, nil))
	return b.Bytes()
}

// PortraitFile is DG2 around an image, in the form of ISO 19794-5:2005.
func PortraitFile(img []byte) []byte {
	record := make([]byte, 14+20+12, 14+20+12+len(img))
	copy(record, "FAC\x00010\x00")
	binary.BigEndian.PutUint32(record[8:], uint32(len(record)+len(img)))
	binary.BigEndian.PutUint16(record[12:], 1)
	binary.BigEndian.PutUint32(record[14:], uint32(20+12+len(img)))
	record[34] = 1 // a full frontal image
	record = append(record, img...)
	header := tlv.Append(nil, 0xa1, tlv.Append(nil, 0x80, []byte{1, 1}), tlv.Append(nil, 0x81, []byte{2}), tlv.Append(nil, 0x87, []byte{1, 1}), tlv.Append(nil, 0x88, []byte{0, 8}))
	template := tlv.Append(nil, 0x7f60, header, tlv.Append(nil, 0x5f2e, record))
	return tlv.Append(nil, 0x75, tlv.Append(nil, 0x7f61, tlv.Append(nil, 0x02, []byte{1}), template))
}
