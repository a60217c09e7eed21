package registers

import (
	"strings"

	"atrio/base/notify"
	"atrio/gateway/account"
	"atrio/people/person"
	"atrio/web/locale"
)

// Told makes the mail about a citizenship that a register contradicts: what it says, from
// when it counts, and whom to ask. What the register says is not corrected by a click. // G2.8
func Told(c *locale.Catalog, base string) func(account.Account, Notice) notify.Message {
	return func(a account.Account, n Notice) notify.Message {
		key := "registers.mail.free"
		states := strings.Fields(n.Citizenships)
		if len(states) == 1 && states[0] == person.Italy {
			key = "registers.mail.italian"
		}
		when := c.Text(a.Language, "registers.mail.now")
		if !n.Counts.IsZero() {
			when = c.Text(a.Language, "registers.mail.from", "date", c.Date(a.Language, n.Counts))
		}
		return notify.Message{
			Channel: notify.Mail, To: a.Email, Lang: a.Language, Subject: c.Text(a.Language, "registers.mail.subject"),
			Text: c.Text(a.Language, "registers.mail.text", "name", a.Called(), "says", c.Text(a.Language, key), "when", when,
				"page", base+"/account", "help", base+"/help"),
		}
	}
}
