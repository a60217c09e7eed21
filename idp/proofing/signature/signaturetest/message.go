package signaturetest

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	_ "crypto/sha1" //nolint:gosec // a weak signature, to be refused
	_ "crypto/sha256"
	"crypto/x509"
	"encoding/asn1"
	"math/big"
	"time"

	"golang.org/x/crypto/cryptobyte"
	tag "golang.org/x/crypto/cryptobyte/asn1"
)

// Message says how a signed message is made. The zero value is a CAdES-BES with SHA-256.
type Message struct {
	Content  []byte
	Detached bool
	// Type of the content; data if nil.
	Type asn1.ObjectIdentifier
	Hash crypto.Hash // SHA-256 if zero
	// PSS signs with RSASSA-PSS.
	PSS bool
	// Claimed is signingTime, left out if zero.
	Claimed time.Time
	// Bound is the certificate that signingCertificateV2 names; the signer's if nil.
	Bound   *Identity
	Unbound bool
	// IssuerSerial also names issuer and serial number, those of this certificate.
	IssuerSerial *Identity
	// Mixed names another hash in the signature than beside it.
	Mixed crypto.Hash
	// OldBinding binds by SHA-1 alone (signingCertificate).
	OldBinding bool
	// OtherDigest puts the digest of something else into the attributes.
	OtherDigest bool
	// Spoiled alters the signature itself.
	Spoiled bool
	// Certificates go into the message; the signer's if nil.
	Certificates []*Identity
	// Others sign too.
	Others []*Identity
	// NoSigners leaves the set of signers empty.
	NoSigners bool
	// Countersigned adds an unsigned countersignature.
	Countersigned bool
	// Stamp makes a token of time over the value of the signature.
	Stamp func(value []byte) []byte
	// Twice repeats the signed attribute messageDigest.
	Twice bool
}

var (
	oidData       = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 1}
	oidSigned     = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 2}
	oidTSTInfo    = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 16, 1, 4}
	oidHashes     = map[crypto.Hash]asn1.ObjectIdentifier{crypto.SHA1: {1, 3, 14, 3, 2, 26}, crypto.SHA256: {2, 16, 840, 1, 101, 3, 4, 2, 1}, crypto.SHA384: {2, 16, 840, 1, 101, 3, 4, 2, 2}, crypto.SHA512: {2, 16, 840, 1, 101, 3, 4, 2, 3}}
	oidAttrType   = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 3}
	oidAttrHash   = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 4}
	oidAttrTime   = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 5}
	oidCounter    = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 6}
	oidOldBinding = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 16, 2, 12}
	oidBinding    = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 16, 2, 47}
	oidToken      = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 16, 2, 14}
)

func inContext(n uint8) tag.Tag { return tag.Tag(n).ContextSpecific().Constructed() }

type builder = cryptobyte.Builder

func seq(b *builder, do func(*builder)) { b.AddASN1(tag.SEQUENCE, do) }

func algorithmOf(b *builder, oid asn1.ObjectIdentifier) {
	seq(b, func(b *builder) { b.AddASN1ObjectIdentifier(oid) })
}

// Sign makes the message, DER.
func (m Message) Sign(by *Identity) []byte {
	if m.Hash == 0 {
		m.Hash = crypto.SHA256
	}
	if m.Type == nil {
		m.Type = oidData
	}
	certificates := m.Certificates
	if certificates == nil {
		certificates = append([]*Identity{by}, m.Others...)
	}
	var b builder
	seq(&b, func(b *builder) {
		b.AddASN1ObjectIdentifier(oidSigned)
		b.AddASN1(inContext(0), func(b *builder) {
			seq(b, func(b *builder) {
				b.AddASN1Int64(1)
				b.AddASN1(tag.SET, func(b *builder) { algorithmOf(b, oidHashes[m.Hash]) })
				seq(b, func(b *builder) {
					b.AddASN1ObjectIdentifier(m.Type)
					if !m.Detached {
						b.AddASN1(inContext(0), func(b *builder) { b.AddASN1OctetString(m.Content) })
					}
				})
				b.AddASN1(inContext(0), func(b *builder) {
					for _, c := range certificates {
						b.AddBytes(c.Certificate.Raw)
					}
				})
				b.AddASN1(tag.SET, func(b *builder) {
					if m.NoSigners {
						return
					}
					for _, s := range append([]*Identity{by}, m.Others...) {
						m.signerInfo(b, s)
					}
				})
			})
		})
	})
	return must(b.Bytes())
}

func (m Message) signerInfo(b *builder, by *Identity) {
	attributes := m.attributes(by)
	set := append([]byte{0x31}, attributes[1:]...)
	signing := m
	if m.Mixed != 0 {
		signing.Hash = m.Mixed
	}
	value := signing.value(by, set)
	if m.Spoiled {
		value[len(value)-1] ^= 1
	}
	seq(b, func(b *builder) {
		b.AddASN1Int64(1)
		seq(b, func(b *builder) {
			b.AddBytes(by.Certificate.RawIssuer)
			b.AddASN1BigInt(by.Certificate.SerialNumber)
		})
		algorithmOf(b, oidHashes[m.Hash])
		b.AddBytes(attributes)
		signing.algorithm(b, by)
		b.AddASN1OctetString(value)
		if m.Countersigned || m.Stamp != nil {
			b.AddASN1(inContext(1), func(b *builder) {
				if m.Countersigned {
					attribute(b, oidCounter, func(b *builder) { seq(b, func(b *builder) { b.AddASN1Int64(1) }) })
				}
				if m.Stamp != nil {
					attribute(b, oidToken, func(b *builder) { b.AddBytes(m.Stamp(value)) })
				}
			})
		}
	})
}

func attribute(b *builder, oid asn1.ObjectIdentifier, value func(*builder)) {
	seq(b, func(b *builder) {
		b.AddASN1ObjectIdentifier(oid)
		b.AddASN1(tag.SET, value)
	})
}

// attributes makes the signed attributes under their tag in SignerInfo.
func (m Message) attributes(by *Identity) []byte {
	digest := hashOf(m.Hash, m.Content)
	if m.OtherDigest {
		digest = hashOf(m.Hash, []byte("something else"))
	}
	bound := by
	if m.Bound != nil {
		bound = m.Bound
	}
	var b builder
	b.AddASN1(inContext(0), func(b *builder) {
		attribute(b, oidAttrType, func(b *builder) { b.AddASN1ObjectIdentifier(m.Type) })
		if !m.Claimed.IsZero() {
			attribute(b, oidAttrTime, func(b *builder) { b.AddASN1UTCTime(m.Claimed.UTC()) })
		}
		attribute(b, oidAttrHash, func(b *builder) { b.AddASN1OctetString(digest) })
		if m.Twice {
			attribute(b, oidAttrHash, func(b *builder) { b.AddASN1OctetString(digest) })
		}
		if m.OldBinding {
			attribute(b, oidOldBinding, func(b *builder) {
				seq(b, func(b *builder) {
					seq(b, func(b *builder) {
						seq(b, func(b *builder) { b.AddASN1OctetString(hashOf(crypto.SHA1, bound.Certificate.Raw)) })
					})
				})
			})
		}
		if !m.Unbound && !m.OldBinding {
			attribute(b, oidBinding, func(b *builder) {
				seq(b, func(b *builder) {
					seq(b, func(b *builder) {
						seq(b, func(b *builder) {
							b.AddASN1OctetString(hashOf(crypto.SHA256, bound.Certificate.Raw))
							if i := m.IssuerSerial; i != nil {
								seq(b, func(b *builder) {
									seq(b, func(b *builder) {
										b.AddASN1(inContext(4), func(b *builder) { b.AddBytes(i.Certificate.RawIssuer) })
									})
									b.AddASN1BigInt(i.Certificate.SerialNumber)
								})
							}
						})
					})
				})
			})
		}
	})
	return must(b.Bytes())
}

func hashOf(h crypto.Hash, data []byte) []byte {
	w := h.New()
	w.Write(data)
	return w.Sum(nil)
}

func (m Message) value(by *Identity, set []byte) []byte {
	var opts crypto.SignerOpts = m.Hash
	if m.PSS {
		opts = &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash, Hash: m.Hash}
	}
	return must(by.Key.Sign(rand.Reader, hashOf(m.Hash, set), opts))
}

func (m Message) algorithm(b *builder, by *Identity) {
	_, isRSA := by.Key.Public().(*rsa.PublicKey)
	switch {
	case m.PSS:
		seq(b, func(b *builder) {
			b.AddASN1ObjectIdentifier(asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 10})
			seq(b, func(b *builder) {
				b.AddASN1(inContext(0), func(b *builder) { algorithmOf(b, oidHashes[m.Hash]) })
				b.AddASN1(inContext(1), func(b *builder) {
					seq(b, func(b *builder) {
						b.AddASN1ObjectIdentifier(asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 8})
						algorithmOf(b, oidHashes[m.Hash])
					})
				})
				b.AddASN1(inContext(2), func(b *builder) { b.AddASN1Int64(int64(m.Hash.Size())) })
			})
		})
	case isRSA:
		algorithmOf(b, asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 1})
	case m.Hash == crypto.SHA1:
		algorithmOf(b, asn1.ObjectIdentifier{1, 2, 840, 10045, 4, 1})
	default:
		algorithmOf(b, asn1.ObjectIdentifier{1, 2, 840, 10045, 4, 3, int(m.Hash-crypto.SHA256) + 2})
	}
}

// Token makes a token of time (RFC 3161) over a value.
func (a *Authority) Token(by *Identity, value []byte, at time.Time) []byte {
	var b builder
	seq(&b, func(b *builder) {
		b.AddASN1Int64(1)
		b.AddASN1ObjectIdentifier(asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 99999, 1})
		seq(b, func(b *builder) {
			algorithmOf(b, oidHashes[crypto.SHA256])
			b.AddASN1OctetString(hashOf(crypto.SHA256, value))
		})
		b.AddASN1BigInt(big.NewInt(at.Unix()))
		b.AddASN1GeneralizedTime(at.UTC())
	})
	return Message{Content: must(b.Bytes()), Type: oidTSTInfo}.Sign(by)
}

// BER writes a message as streams are written: every constructed element open-ended,
// long contents in pieces. Certificates and signed attributes stay as they were.
func BER(der []byte) []byte {
	var out []byte
	for s := cryptobyte.String(der); !s.Empty(); {
		var element, inner cryptobyte.String
		var t tag.Tag
		if !s.ReadAnyASN1Element(&element, &t) {
			panic("signaturetest: not DER")
		}
		body := element
		body.ReadAnyASN1(&inner, &t)
		_, noCertificate := x509.ParseCertificate(element)
		switch {
		case noCertificate == nil, t == inContext(0) && isAttributes(inner):
			out = append(out, element...)
		case t == tag.OCTET_STRING && len(inner) > 100:
			out = append(out, 0x24, 0x80)
			for len(inner) > 0 {
				n := min(len(inner), 100)
				out = append(append(out, 0x04, byte(n)), inner[:n]...)
				inner = inner[n:]
			}
			out = append(out, 0, 0)
		case element[0]&0x20 != 0:
			out = append(append(append(out, element[0], 0x80), BER(inner)...), 0, 0)
		default:
			out = append(out, element...)
		}
	}
	return out
}

// isAttributes knows signed attributes by the first one, contentType.
func isAttributes(inner cryptobyte.String) bool {
	var first cryptobyte.String
	var oid asn1.ObjectIdentifier
	return inner.ReadASN1(&first, tag.SEQUENCE) && first.ReadASN1ObjectIdentifier(&oid) && oid.Equal(oidAttrType)
}
