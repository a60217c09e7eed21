package video

import (
	"strings"
	"time"

	"atrio/authn/secondfactor"
	"atrio/base/notify"
	"atrio/idp/enrolment"
	"atrio/web/locale"
)

// Saying puts the script into the words of a language: what the operator reads aloud is
// what the applicant reads.
type Saying struct {
	Catalog            *locale.Catalog
	Lang               string
	Operator, Provider string
	At                 time.Time
}

// Title is the name of a step; of none, that the script is done.
func (s Saying) Title(step Step) string {
	if step == "" {
		return s.Catalog.Text(s.Lang, "video.step.end")
	}
	return s.Catalog.Text(s.Lang, "video.step."+string(step))
}

// Text is what is said at a step.
func (s Saying) Text(step Step, q enrolment.Request, one Session) string {
	if step == "" {
		return s.Catalog.Text(s.Lang, "video.say.end")
	}
	d := q.Data
	if step == Actions {
		var list []string
		for _, a := range one.Drawn {
			list = append(list, s.Catalog.Text(s.Lang, "video.action."+a.Action, "word", a.Word))
		}
		if len(list) == 0 {
			return s.Catalog.Text(s.Lang, "video.say.l.before")
		}
		return strings.Join(list, " ")
	}
	args := []any{
		"operator", s.Operator, "provider", s.Provider, "number", string(q.Number), "name", d.Person.GivenName + " " + d.Person.FamilyName,
		"birth", s.Catalog.Date(s.Lang, d.Person.BirthDate), "code", d.Person.FiscalCode, "date", s.Catalog.DateTime(s.Lang, s.At), "phone", secondfactor.Masked(d.Phone), "email", d.Email,
	}
	return s.Catalog.Text(s.Lang, "video.say."+string(step), args...)
}

// Told is the mail about a session that ended without an identification.
func (s Saying) Told(q enrolment.Request, reason, link string) notify.Message {
	return notify.Message{
		Channel: notify.Mail, To: q.Data.Email, Lang: s.Lang, Subject: s.Catalog.Text(s.Lang, "video.mail.aborted.subject", "provider", s.Provider),
		Text: s.Catalog.Text(s.Lang, "video.mail.aborted.text", "number", string(q.Number), "reason", reason, "link", link),
	}
}
