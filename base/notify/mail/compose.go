package mail

import (
	"net/mail"
	"strings"

	gomail "github.com/wneessen/go-mail"

	"atrio/base/notify"
)

// maxBody bounds each of the two bodies.
const maxBody = 256 << 10

// compose makes the mail. What cannot become a mail fails for good.
func (s *Sender) compose(m notify.Message) (*gomail.Msg, error) {
	bad := &notify.Failure{Stage: "composition", Permanent: true}
	if m.Channel != notify.Mail || len(m.Text) > maxBody || len(m.HTML) > maxBody || !plainAddress(m.To) {
		return nil, bad
	}
	message := gomail.NewMsg(gomail.WithNoDefaultUserAgent())
	if message.From(s.From) != nil || message.To(m.To) != nil {
		return nil, bad
	}
	message.Subject(strings.Join(strings.Fields(m.Subject), " ")) // no line breaks
	message.SetDateWithValue(s.Now())
	if m.Reference != "" {
		message.SetMessageIDWithValue(m.Reference) // the same at every try: RFC 5322 3.6.4
	}
	message.SetGenHeader("Auto-Submitted", "auto-generated") // no vacation answers: RFC 3834 5
	if m.Lang != "" {
		message.SetGenHeader(gomail.HeaderContentLang, m.Lang)
	}
	message.SetBodyString(gomail.TypeTextPlain, m.Text)
	if m.HTML != "" {
		message.AddAlternativeString(gomail.TypeTextHTML, m.HTML)
	}
	return message, nil
}

// plainAddress accepts one address without display name or comment, so that
// nobody smuggles in a second recipient.
func plainAddress(s string) bool {
	a, err := mail.ParseAddress(s)
	return err == nil && a.Address == s && len(s) <= 254 // RFC 5321 4.5.3.1.3
}

func (s *Sender) helo() string {
	if s.HELO != "" {
		return s.HELO
	}
	a, err := mail.ParseAddress(s.From)
	if err != nil {
		return "localhost"
	}
	return a.Address[strings.LastIndexByte(a.Address, '@')+1:]
}
