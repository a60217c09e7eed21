package ui

import (
	"regexp"
	"strings"
	"time"
)

// Kinds of personal data that are kept as codes and shown in words.
const (
	DateDatum       = "date"        // 1999-03-12
	SexDatum        = "sex"         // F, M
	PhoneDatum      = "phone"       // +393310000001
	PlaceDatum      = "place"       // F205, the code of a municipality or state in the land register
	FiscalCodeDatum = "fiscal_code" // TINIT-SMPBNC99C52F205O
	StatesDatum     = "states"      // IT XX, citizenships
)

// datum shows a value of a kind as people write it; a value that does not have
// the form of its kind, and any other kind, is shown as it is.
func (s *Set) datum(lang, kind, value string) string {
	switch kind {
	case DateDatum:
		if day, err := time.Parse(time.DateOnly, value); err == nil {
			return s.catalog.Date(lang, day)
		}
	case SexDatum:
		if value == "F" || value == "M" {
			return s.catalog.Text(lang, "ui.sex."+strings.ToLower(value))
		}
	case PhoneDatum:
		return phone(value)
	case PlaceDatum:
		if placeCode.MatchString(value) {
			if s.place != nil {
				if name := s.place(lang, value); name != "" {
					return name
				}
			}
			return s.catalog.Text(lang, "ui.place.code", "code", value)
		}
	case StatesDatum:
		list := strings.Fields(value)
		for i, code := range list {
			if code == "IT" || code == "XX" {
				list[i] = s.catalog.Text(lang, "ui.citizenship."+strings.ToLower(code))
			} else if s.place != nil && s.place(lang, code) != "" {
				list[i] = s.place(lang, code)
			}
		}
		return strings.Join(list, ", ")
	case FiscalCodeDatum:
		// ETSI EN 319 412-1 5.1.3: the prefix says who gave the number.
		return strings.TrimPrefix(value, "TINIT-")
	}
	return value
}

var (
	placeCode = regexp.MustCompile(`^[A-Z][0-9]{3}$`)
	mobile    = regexp.MustCompile(`^(?:(\+39) ?)?(3[0-9]{2})([0-9]{3})([0-9]{3,4})$`)
)

// phone sets the digits of an Italian mobile number in groups. Other numbers
// are grouped in other ways in each country, so they stay as they came.
func phone(number string) string {
	m := mobile.FindStringSubmatch(number)
	if m == nil {
		return number
	}
	return strings.TrimSpace(strings.Join(m[1:], " "))
}
