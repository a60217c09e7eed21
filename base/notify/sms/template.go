package sms

import (
	"encoding/json"
	"net/url"
	"strings"

	"atrio/base/notify"
)

// fill replaces the placeholders in one pass, so that no value can hold another
// placeholder.
func (s *Sender) fill(template string, m notify.Message, escape func(string) string) string {
	return strings.NewReplacer(
		"{to}", escape(m.To),
		"{number}", escape(strings.TrimPrefix(m.To, "+")),
		"{text}", escape(m.Text),
		"{from}", escape(s.From),
		"{reference}", escape(m.Reference),
	).Replace(template)
}

func queryEscape(s string) string { return url.QueryEscape(s) }

// jsonEscape escapes for the inside of a JSON string. RFC 8259 7.
func jsonEscape(s string) string {
	quoted, err := json.Marshal(s)
	if err != nil {
		return "" // strings always marshal
	}
	return string(quoted[1 : len(quoted)-1])
}

// e164 accepts "+" and 8 to 15 digits, the first not zero. ITU-T E.164 6.
func e164(s string) bool {
	if len(s) < 9 || len(s) > 16 || s[0] != '+' || s[1] == '0' {
		return false
	}
	return strings.Trim(s[1:], "0123456789") == ""
}
