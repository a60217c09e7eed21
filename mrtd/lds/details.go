package lds

import (
	"encoding/hex"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"atrio/mrtd/tlv"
)

// Holder is what DG11 adds about the person. Everything may be missing.
type Holder struct {
	FullName       string // surname and given names, with two fillers between them made ", "
	Surname        string // the same in parts
	GivenNames     string
	PersonalNumber string // in Italy the codice fiscale
	Birth          time.Time
	PlaceOfBirth   []string
	Address        []string
}

// Document is what DG12 adds about the document.
type Document struct {
	IssuingAuthority string
	Issued           time.Time
}

// maxText is how long a field may be, in bytes.
const maxText = 1024

// ParseDG11 reads the further details about the holder (ICAO 9303-10 4.7.11).
func ParseDG11(b []byte) (Holder, error) {
	list, err := inside(DG11, b)
	if err != nil {
		return Holder{}, err
	}
	r := details{file: DG11, list: list}
	h := Holder{PersonalNumber: r.text(0x5f10), Birth: r.date(0x5f2b), PlaceOfBirth: r.lines(0x5f11), Address: r.lines(0x5f42)}
	if name := r.text(0x5f0e); name != "" {
		surname, given, _ := strings.Cut(name, "<<")
		h.Surname, h.GivenNames = words(surname), words(given)
		h.FullName = strings.TrimSuffix(h.Surname+", "+h.GivenNames, ", ")
	}
	h.PersonalNumber = trim(h.PersonalNumber)
	return h, r.err
}

// ParseDG12 reads the further details about the document (ICAO 9303-10 4.7.12).
func ParseDG12(b []byte) (Document, error) {
	list, err := inside(DG12, b)
	if err != nil {
		return Document{}, err
	}
	r := details{file: DG12, list: list}
	return Document{IssuingAuthority: words(r.text(0x5f19)), Issued: r.date(0x5f26)}, r.err
}

// details reads fields until the first mistake.
type details struct {
	file File
	list tlv.List
	err  error
}

func (r *details) field(tag uint32) []byte {
	v, err := r.list.One(tag)
	if err == nil && len(v) > maxText {
		err = malformed(r.file, "%d bytes under %X", len(v), tag)
	}
	if r.err == nil {
		r.err = err
	}
	if r.err != nil {
		return nil
	}
	return v
}

// text is UTF-8 without control characters.
func (r *details) text(tag uint32) string {
	v := r.field(tag)
	if !utf8.Valid(v) || strings.ContainsFunc(string(v), unicode.IsControl) {
		if r.err == nil {
			r.err = malformed(r.file, "text under %X", tag)
		}
		return ""
	}
	return strings.TrimSpace(string(v))
}

func (r *details) lines(tag uint32) []string {
	return strings.FieldsFunc(r.text(tag), func(c rune) bool { return c == '<' })
}

// date is eight digits, or the same packed into four bytes. What issuers leave open
// (zeros, fillers) is no date.
func (r *details) date(tag uint32) time.Time {
	v := r.field(tag)
	s := string(v)
	if len(v) == 4 {
		s = hex.EncodeToString(v)
	}
	if s == "" || (len(s) == 8 && strings.Trim(s, "0123456789<") == "" && (strings.Contains(s, "<") || strings.HasPrefix(s, "0000") || s[4:6] == "00" || s[6:] == "00")) {
		return time.Time{}
	}
	d, err := time.Parse("20060102", s)
	if err != nil && r.err == nil {
		r.err = malformed(r.file, "date under %X", tag)
	}
	return d
}
