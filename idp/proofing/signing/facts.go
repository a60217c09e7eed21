package signing

import (
	"strings"

	"atrio/idp/enrolment"
	"atrio/idp/proofing/signature"
	"atrio/people/latin"
)

// facts are what the operator reads, in this order.
func facts(f found) (list []enrolment.Fact) {
	v := f.verdict
	add := func(name string, parts ...string) {
		list = enrolment.AppendFact(list, "signature_"+name, parts...)
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
	add("validity", enrolment.Instant(v.Signer.NotBefore)+" – "+enrolment.Instant(v.Signer.NotAfter))
	add("qualified", v.Evidence.Service, v.Evidence.List)
	add("format", string(v.Format), v.Algorithm)
	add("received", enrolment.Instant(f.received))
	add("claimed", enrolment.Instant(v.SignedAt))
	add("stamped", enrolment.Instant(v.StampedAt))
	add("revocation", source, v.Evidence.Revocation.Source, enrolment.Instant(v.Evidence.Revocation.ProducedAt))
	return list
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
