package signing

import (
	"slices"
	"strings"
	"time"
	"unicode"

	"atrio/idp/enrolment"
	"atrio/idp/proofing/signature"
	"atrio/people/latin"
)

// longest is how much of a fact is shown, in letters; the whole is in the record.
const longest = 200

// facts are what the operator reads, in this order.
func facts(f found) (list []enrolment.Fact) {
	v := f.verdict
	add := func(name string, parts ...string) {
		parts = slices.DeleteFunc(parts, func(s string) bool { return s == "" })
		if len(parts) > 0 {
			list = append(list, enrolment.Fact{Name: "signature_" + name, Value: shown(strings.Join(parts, " · "))})
		}
	}
	name := strings.TrimSpace(v.Signer.GivenName + " " + v.Signer.Surname)
	if name == "" {
		name = v.Signer.CommonName
	}
	source := "OCSP"
	if len(v.Evidence.Revocation.CRL) > 0 {
		source = "CRL"
	}
	add("signer", name, string(v.Signer.FiscalCode))
	add("issuer", v.Signer.Issuer)
	add("serial", v.Signer.Serial)
	add("validity", clock(v.Signer.NotBefore)+" – "+clock(v.Signer.NotAfter))
	add("qualified", v.Evidence.Service, v.Evidence.List)
	add("format", string(v.Format), v.Algorithm)
	add("received", clock(f.received))
	add("claimed", clock(v.SignedAt))
	add("stamped", clock(v.StampedAt))
	add("revocation", source, v.Evidence.Revocation.Source, clock(v.Evidence.Revocation.ProducedAt))
	return list
}

// clock writes an instant that people of both languages read alike.
func clock(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format("2006-01-02 15:04 UTC")
}

// shown leaves out what prints as nothing or turns letters around, and what is too long.
func shown(s string) string {
	signs := []rune(strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) || unicode.Is(unicode.Bidi_Control, r) {
			return -1
		}
		return r
	}, s))
	if len(signs) > longest {
		return string(signs[:longest]) + "…"
	}
	return string(signs)
}

// otherNames is the doubt that the names of the certificate are written otherwise than
// those of the request. The codice fiscale is the same: a program refuses nobody for an
// accent or a second name, a person looks. // 2.a (7)
const otherNames = "signature_names"

// doubts are what the operator has to look at.
func doubts(s signature.Signer, p enrolment.Person) []string {
	if alike(s.Surname, p.FamilyName) && alike(s.GivenName, p.GivenName) {
		return nil
	}
	return []string{otherNames}
}

// alike compares names as registers and passports write them: in letters from A to Z,
// however they are parted.
func alike(a, b string) bool {
	for _, spelling := range []latin.Spelling{latin.Plain, latin.Passport} {
		x, whole := latin.Words(a, spelling)
		y, also := latin.Words(b, spelling)
		if whole && also && strings.Join(x, "") == strings.Join(y, "") {
			return true
		}
	}
	return false
}
