package enrolment

// IsHealthCardNumber reports whether s can be the number of a Tessera Sanitaria: twenty
// digits that begin with the code of the European card's issuer in Italy (80380), the
// last of them a check digit by Luhn's rule. // DM 11/03/2004 annex, ISO/IEC 7812-1 annex B
func IsHealthCardNumber(s string) bool {
	if len(s) != 20 || s[:5] != "80380" {
		return false
	}
	sum := 0
	for n := range s {
		d := int(s[len(s)-1-n] - '0')
		if d < 0 || d > 9 {
			return false
		}
		if n%2 == 1 {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
	}
	return sum%10 == 0
}
