package keys

import (
	"regexp"
	"strconv"
	"time"
)

// Purpose is what a succession of pairs signs, and by which rules it changes.
type Purpose struct {
	// Name names the state file, metrics and arguments of commands.
	Name string
	// First is the name of the first pair; the others are First-2, First-3 …
	First string
	// Bits of an RSA key; zero means ECDSA on P-256.
	Bits int
	// Certificate describes the certificate that a new pair gets; nil when pairs
	// of this purpose have none.
	Certificate func(now time.Time) Certificate
	// Authority: the certificate comes from an authority. New pairs get none here
	// and cannot sign before it is imported.
	Authority bool
	// Publish is how long a pair is published before it may sign, Keep how long it
	// stays published after it signed.
	Publish, Keep time.Duration
}

// SPID signs messages and metadata of the gateway towards SPID. Federations load
// metadata at night: what was published for a day is known.
func SPID() Purpose { return saml("spid", "saml") }

// CIE signs messages and metadata of the gateway towards CIE.
func CIE() Purpose { return saml("cie", "cie") }

// SAML signs messages and metadata of the identity provider.
func SAML() Purpose { return saml("saml", "saml") }

// TokenES256 and TokenRS256 sign the tokens of the gateway. Services may keep the
// key set for five minutes and read it again when they meet an unknown key; an ID
// token comes back as a hint when a person signs out, half a day later.
func TokenES256() Purpose { return token("token-es256", 0) }

// TokenRS256: see TokenES256.
func TokenRS256() Purpose { return token("token-rs256", 2048) }

const day = 24 * time.Hour

// saml: Avviso SPID 29 v3 wants 2048 bits or more; every signature of a login
// costs by them.
func saml(name, first string) Purpose {
	return Purpose{
		Name: name, First: first, Bits: 2048, Publish: day, Keep: day,
		Certificate: func(time.Time) Certificate { return Certificate{} },
	}
}

func token(name string, bits int) Purpose {
	return Purpose{Name: name, First: name, Bits: bits, Publish: 10 * time.Minute, Keep: day}
}

// Certified is the purpose with a description of its certificates.
func (p Purpose) Certified(describe func(now time.Time) Certificate) Purpose {
	p.Certificate = describe
	return p
}

func (p Purpose) state() string { return p.Name + stateSuffix }

// numbered is the name of the n-th pair.
func (p Purpose) numbered(n int) string {
	if n == 1 {
		return p.First
	}
	return p.First + "-" + strconv.Itoa(n)
}

// Owns tells whether a file of the directory belongs to the purpose.
func (p Purpose) Owns(file string) bool {
	return file == p.state() || isFileOf(p.First, file) || p.family().MatchString(file)
}

// family matches the files of all pairs after the first.
func (p Purpose) family() *regexp.Regexp {
	return regexp.MustCompile(`^(` + regexp.QuoteMeta(p.First) + `-[1-9][0-9]*)\.(key\.pem|crt\.pem|pkcs11)$`)
}
