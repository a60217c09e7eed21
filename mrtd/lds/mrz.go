package lds

import (
	"strings"
	"time"
)

// MRZ is the machine-readable zone (ICAO 9303-4, -5, -6), as DG1 repeats it.
type MRZ struct {
	Text           string // as it stands, without line ends: 90, 72 or 88 characters
	Code           string // P, I, ID, C…
	IssuingState   string // three letters, or D
	Nationality    string
	Surname        string // in capital letters from A to Z; cut off when it is too long
	GivenNames     string
	DocumentNumber string
	PersonalNumber string // what the state put into the optional places; often nothing
	BirthDate      string // YYMMDD; < for what is unknown
	Sex            string // M, F or empty
	Expiry         time.Time
	expiry         string
}

// ParseDG1 reads the machine-readable zone and holds every check digit against it.
func ParseDG1(b []byte) (MRZ, error) {
	list, err := inside(DG1, b)
	if err != nil {
		return MRZ{}, err
	}
	text, err := list.One(0x5f1f)
	if err != nil {
		return MRZ{}, err
	}
	return ParseMRZ(string(text))
}

// fields of a zone, wherever the format puts them.
type fields struct {
	code, state, nationality, names string
	number, numberDigit, optional   string
	birth, birthDigit, sex          string
	expiry, expiryDigit             string
	second                          string // further optional places
	composite, compositeDigit       string
	optionalDigit                   string // of the passport alone
	longNumber                      bool
}

// ParseMRZ reads a zone of two or three lines, given without line ends.
func ParseMRZ(text string) (MRZ, error) {
	for i := range len(text) {
		if c := text[i]; c != '<' && (c < '0' || c > '9') && (c < 'A' || c > 'Z') {
			return MRZ{}, malformed(DG1, "character %q", c)
		}
	}
	f, ok := split(text)
	if !ok {
		return MRZ{}, malformed(DG1, "%d characters", len(text))
	}
	if f.longNumber && !f.takeLongNumber() {
		return MRZ{}, malformed(DG1, "long document number")
	}
	for _, check := range []struct{ name, field, digit string }{
		{"document number", f.number, f.numberDigit}, {"birth date", f.birth, f.birthDigit},
		{"expiry date", f.expiry, f.expiryDigit}, {"whole zone", f.composite, f.compositeDigit},
	} {
		if CheckDigit(check.field) != check.digit {
			return MRZ{}, malformed(DG1, "check digit of the %s", check.name)
		}
	}
	// ICAO 9303-4 4.2.2: the digit of an empty field may be < as well.
	if f.optionalDigit != "" && CheckDigit(f.optional) != f.optionalDigit && (f.optionalDigit != "<" || strings.Trim(f.optional, "<") != "") {
		return MRZ{}, malformed(DG1, "check digit of the personal number")
	}
	return f.read(text)
}

func split(t string) (fields, bool) {
	switch len(t) {
	case 90: // ICAO 9303-5 4.2.2
		a, b, c := t[:30], t[30:60], t[60:]
		return fields{code: a[:2], state: a[2:5], number: a[5:14], numberDigit: a[14:15], optional: a[15:], birth: b[:6], birthDigit: b[6:7], sex: b[7:8], expiry: b[8:14], expiryDigit: b[14:15],
			nationality: b[15:18], second: b[18:29], compositeDigit: b[29:], names: c, composite: a[5:] + b[:7] + b[8:15] + b[18:29], longNumber: a[14] == '<'}, true
	case 72: // ICAO 9303-6 4.2.2
		a, b := t[:36], t[36:]
		return fields{code: a[:2], state: a[2:5], names: a[5:], number: b[:9], numberDigit: b[9:10], nationality: b[10:13], birth: b[13:19], birthDigit: b[19:20], sex: b[20:21], expiry: b[21:27],
			expiryDigit: b[27:28], optional: b[28:35], compositeDigit: b[35:], composite: b[:10] + b[13:20] + b[21:35], longNumber: b[9] == '<'}, true
	case 88: // ICAO 9303-4 4.2.2
		a, b := t[:44], t[44:]
		return fields{code: a[:2], state: a[2:5], names: a[5:], number: b[:9], numberDigit: b[9:10], nationality: b[10:13], birth: b[13:19], birthDigit: b[19:20], sex: b[20:21], expiry: b[21:27],
			expiryDigit: b[27:28], optional: b[28:42], optionalDigit: b[42:43], compositeDigit: b[43:], composite: b[:10] + b[13:20] + b[21:43]}, true
	}
	return fields{}, false
}

// takeLongNumber moves the rest of a number of more than nine characters, which stands
// in the optional places with its check digit (ICAO 9303-5 4.2.2).
func (f *fields) takeLongNumber() bool {
	rest, after, found := strings.Cut(f.optional, "<")
	if !found || len(rest) < 2 {
		return false
	}
	f.number += rest[:len(rest)-1]
	f.numberDigit = rest[len(rest)-1:]
	f.optional = after
	return true
}

func (f *fields) read(text string) (MRZ, error) {
	expiry, err := time.Parse("060102", f.expiry)
	if err != nil {
		return MRZ{}, malformed(DG1, "expiry date")
	}
	if expiry.Year() < 2000 { // no document with a chip expired in the twentieth century
		expiry = expiry.AddDate(100, 0, 0)
	}
	if strings.Trim(f.birth, "0123456789<") != "" {
		return MRZ{}, malformed(DG1, "birth date")
	}
	if !strings.Contains("MF<", f.sex) {
		return MRZ{}, malformed(DG1, "sex")
	}
	surname, given, _ := strings.Cut(f.names, "<<")
	return MRZ{
		Text: text, Code: trim(f.code), IssuingState: trim(f.state), Nationality: trim(f.nationality), Surname: words(surname), GivenNames: words(given),
		DocumentNumber: trim(f.number), PersonalNumber: strings.TrimSpace(words(f.optional) + " " + words(f.second)), BirthDate: f.birth, Sex: trim(f.sex), Expiry: expiry, expiry: f.expiry,
	}, nil
}

func trim(s string) string { return strings.TrimRight(s, "<") }
func words(s string) string {
	return strings.Join(strings.FieldsFunc(s, func(r rune) bool { return r == '<' }), " ")
}

// CheckDigit is the digit of ICAO 9303-3 4.9: weights 7, 3, 1.
func CheckDigit(s string) string {
	sum := 0
	for i := range len(s) {
		v := 0
		switch c := s[i]; {
		case c >= '0' && c <= '9':
			v = int(c - '0')
		case c >= 'A' && c <= 'Z':
			v = int(c-'A') + 10
		}
		sum += v * [3]int{7, 3, 1}[i%3]
	}
	return string(rune('0' + sum%10))
}

// KeyInformation is what opens a chip, from the three fields that stand in its zone:
// document number, birth date and expiry date with their digits (ICAO 9303-11 4.3).
func KeyInformation(number, birth, expiry string) string {
	for len(number) < 9 {
		number += "<"
	}
	return number + CheckDigit(number) + birth + CheckDigit(birth) + expiry + CheckDigit(expiry)
}

// KeyInformation is what opens the chip that this zone belongs to.
func (m MRZ) KeyInformation() string { return KeyInformation(m.DocumentNumber, m.BirthDate, m.expiry) }

// Expired says whether the document is past its last day, in the place where now is said.
func (m MRZ) Expired(now time.Time) bool {
	y, mo, d := now.Date()
	return time.Date(y, mo, d, 0, 0, 0, 0, time.UTC).After(m.Expiry)
}

// Born is the birth date, of the centuries the last in which it is not after now. Not
// ok when a part is unknown.
func (m MRZ) Born(now time.Time) (born time.Time, ok bool) {
	born, err := time.Parse("060102", m.BirthDate)
	if err != nil {
		return time.Time{}, false
	}
	for born.Year() > now.Year()-100 && born.After(now) {
		born = born.AddDate(-100, 0, 0)
	}
	if next := born.AddDate(100, 0, 0); !next.After(now) {
		born = next
	}
	return born, true
}
