// Package rulescmd is `atrio rules`: it lists the rules of access as they hold here, and
// answers what would happen to a person at a service, and why. The rules themselves are
// in gateway/access.
package rulescmd

import (
	"fmt"
	"time"

	"atrio/app/command"
	"atrio/gateway/access"
)

// Command is about who may enter how.
type Command struct {
	List    list     `cmd:"" help:"List the rules with clause, dates, and the act of those that the institution decided."`
	Explain explain  `cmd:"" help:"Tell what would happen to a person at a service, and why."`
	Open    openAll  `cmd:"" help:"Free everybody from SPID and CIE while a door is down."`
	Close   closeAll `cmd:"" help:"End that."`

	Declarations declarations `cmd:"" help:"Count, review and extend the declarations that neither SPID nor CIE can be used."`
	Parents      parents      `cmd:"" help:"Record and withdraw the authorisation of parents of minors."`
}

// told is embedded by commands that speak two languages: lawyers read Italian.
type told struct {
	Language string `enum:"en,it" default:"en" help:"The language of the rules: en or it."`
}

// at is embedded by commands that ask about a time.
type at struct {
	At time.Time `format:"2006-01-02T15:04:05Z07:00" help:"Another time than now, like 2026-11-01T08:30:00Z." placeholder:"TIME"`
}

// moment is the time that is asked about.
func (a at) moment() time.Time {
	if a.At.IsZero() {
		return time.Now()
	}
	return a.At
}

// list tells the rules.
type list struct {
	command.Configured
	told
	at
}

// Help is the longer text of --help.
func (list) Help() string {
	return "Example: atrio rules list --config /etc/atrio/atrio.toml\n\n" +
		"In the order in which they are asked. law and guidance hold by themselves; a decision holds with an act, [[gateway.decision]] in the configuration."
}

// Run lists.
func (c list) Run(s command.Streams) error {
	f, err := c.Load()
	if err != nil {
		return err
	}
	if _, err := command.ChooseRoles(f, []string{"gateway"}); err != nil {
		return err
	}
	book, now := access.NewBook(f.Gateway.Decisions), c.moment()
	for _, r := range access.Rules() {
		fmt.Fprintf(s.Out, "%s\n  %s\n  %s, %s; %s\n", r.ID, r.Title.In(c.Language), r.Basis, r.Clause, standing(book, r, now))
		for _, lifted := range r.Lifts {
			fmt.Fprintf(s.Out, "  frees from %s\n", lifted)
		}
	}
	return nil
}

// standing tells since when a rule holds, or why it does not.
func standing(book *access.Book, r access.Rule, now time.Time) string {
	text := "always in force"
	if r.Basis == access.Decision {
		act, taken := book.Act(r.ID)
		if !taken {
			return "not in force: the institution has taken no act"
		}
		text = fmt.Sprintf("%s of %s, signed by %s", act.Act, act.Date, act.Signer)
		if act.Until != "" {
			text += ", until " + act.Until
		}
	} else if !r.From.IsZero() {
		text = "in force since " + r.From.Format(time.DateOnly)
		if !r.Until.IsZero() {
			text += ", until " + r.Until.Format(time.DateOnly)
		}
	}
	if !book.InForce(r, now) {
		text += " (not in force on " + now.Format(time.DateOnly) + ")"
	}
	return text
}
