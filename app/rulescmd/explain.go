package rulescmd

import (
	"context"
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"atrio/app/command"
	"atrio/base/audit"
	"atrio/db/shareddb"
	"atrio/gateway/access"
	"atrio/gateway/account"
	"atrio/gateway/services"
	"atrio/people/person"
)

// explain answers the question of the help desk and of the lawyer. // G2.7
type explain struct {
	onePerson
	told
	at
	Service      string `help:"The client_id of the service. Left out: the person's own account." placeholder:"ID"`
	Door         string `enum:",spid,cie,eidas,edugain,passkey,local" default:"" help:"How the person comes in: spid, cie, eidas, edugain, passkey, local. Left out: a table of all."`
	Level        int    `default:"2" help:"The level of assurance of that login, 1 to 3; for spid, cie and eidas."`
	SecondFactor bool   `help:"A second factor is used; for the other doors."`
}

// Help is the longer text of --help.
func (explain) Help() string {
	return "Example: atrio rules explain --person 123456785 --service segreteria --reason 'ticket 42' --config /etc/atrio/atrio.toml\n" +
		"  atrio rules explain --person 123456785 --service segreteria --door local --second-factor --reason 'ticket 42'\n\n" +
		"Without --door it shows a line for each door; with it, what every rule said and the ways on that the person is offered. Changes nothing but the audit log."
}

// Run explains.
func (c explain) Run(ctx context.Context, s command.Streams) error {
	if _, err := person.ParseLevel(c.Level); err != nil {
		return fmt.Errorf("--level: %w", err)
	}
	h, err := c.enter(ctx)
	if err != nil {
		return err
	}
	defer h.close()
	service, err := destination(h.file.Gateway.Services, c.Service)
	if err != nil {
		return err
	}
	a, err := h.account(ctx, c.Person)
	if err != nil {
		return err
	}
	if err := h.record(ctx, a, c.Service); err != nil {
		return err
	}
	p, openings, err := h.facts(ctx, a, c.moment())
	if err != nil {
		return err
	}
	q := asked{book: access.NewBook(h.file.Gateway.Decisions).With(openings), person: p, service: service, now: c.moment(), lang: c.Language}
	q.introduce(s.Out, a)
	if c.Door == "" {
		return q.table(s.Out)
	}
	return q.trail(s.Out, access.Login{Door: person.Door(c.Door), Level: person.Level(c.Level), SecondFactor: c.SecondFactor, At: q.now})
}

// record writes who looked and why, before anything is shown.
func (h *house) record(ctx context.Context, a account.Account, service string) error {
	ev := h.event(map[string]string{"what": "rules explain", "service": service})
	ev.Action, ev.Subject = audit.DataRead, a.ID
	if err := (&shareddb.Store{DB: h.db}).AppendEvents(ctx, []audit.Event{ev}); err != nil {
		return fmt.Errorf("nothing is shown, because the audit log could not be written: %w", err)
	}
	return nil
}

// facts are what the rules know about somebody, as a running gateway asks it.
func (h *house) facts(ctx context.Context, a account.Account, now time.Time) (access.Person, []access.Opening, error) {
	p, err := h.store.Facts(ctx, a.ID)
	if err != nil {
		return p, nil, err
	}
	list, err := h.store.Declarations(ctx, a.ID)
	if err != nil {
		return p, nil, err
	}
	p.Declaration = h.file.Gateway.Declaration.Terms().Standing(list, now)
	openings, err := h.store.Openings(ctx, now)
	return p, openings, err
}

// destination finds what the rules have to know of a service.
func destination(entries []services.Service, id string) (access.Service, error) {
	if id == "" {
		return access.OwnAccount(), nil
	}
	for _, s := range entries {
		if s.ClientID == id {
			return s.Access(), nil
		}
	}
	return access.Service{}, fmt.Errorf("--service: there is no service %q; see atrio service list", id)
}

// asked is the question.
type asked struct {
	book    *access.Book
	person  access.Person
	service access.Service
	now     time.Time
	lang    string
}

// introduce says what the rules know about the person and the service.
func (q asked) introduce(out io.Writer, a account.Account) {
	fmt.Fprintf(out, "person %s", a.Code)
	if a.State != account.Active {
		fmt.Fprintf(out, ", account %s: nothing opens, whatever the rules say", a.State)
	}
	fmt.Fprintf(out, "\n  citizenship: %s\n", q.citizenship())
	if d := q.person.Declaration; d.State != access.NotDeclared {
		fmt.Fprintf(out, "  declaration: %s until %s\n", d.State, day(d.Until))
	}
	for _, tie := range q.person.Affiliations {
		fmt.Fprintf(out, "  affiliation: %s%s\n", tie.Kind, between(tie))
	}
	if !q.person.Authorised.IsZero() {
		fmt.Fprintf(out, "  a parent authorised until %s\n", day(account.LastDay(q.person.Authorised)))
	}
	fmt.Fprintf(out, "  has entered by %v; second factors %v\n", q.person.Doors, q.person.Factors)
	level := access.LevelAsked(q.service.Level)
	if q.service.Class == access.Own {
		fmt.Fprintf(out, "own account, level %d\n", level)
		return
	}
	fmt.Fprintf(out, "service %s: %s, level %d\n", q.service.ID, q.service.Class, level)
}

func (q asked) citizenship() string {
	standing, by, until := q.person.Standing(q.now)
	word := map[access.Standing]string{
		access.Unknown: "unknown", access.OnlyItalian: "only Italian", access.Free: "also or only another",
	}[standing]
	if standing != access.Unknown {
		word += fmt.Sprintf(" (%s, %s)", by.Source, day(by.At))
	}
	if !until.IsZero() {
		word += ", contradicted by a register; counts until " + day(until)
	}
	return word
}

// between tells when an affiliation holds.
func between(a access.Affiliation) (text string) {
	if !a.From.IsZero() {
		text += " from " + day(a.From)
	}
	if !a.Until.IsZero() {
		text += " until " + day(account.LastDay(a.Until))
	}
	return text
}

func day(t time.Time) string { return t.UTC().Format(time.DateOnly) }

// table is one line for each door, as strong as the service asks.
func (q asked) table(out io.Writer) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "door\twith\toutcome\trule\tbecause")
	for _, one := range q.book.Table(q.person, q.service, q.now) {
		with := "one factor"
		switch {
		case one.ByState():
			with = fmt.Sprintf("level %d", one.Level)
		case one.SecondFactor:
			with = "two factors"
		}
		o := one.Outcome
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", one.Door, with, outcome(o), o.Rule, o.Why.In(q.lang))
	}
	return w.Flush()
}

func outcome(o access.Outcome) string {
	if o.Until.IsZero() {
		return string(o.Kind)
	}
	return string(o.Kind) + " until " + day(o.Until)
}

// trail is what every rule said.
func (q asked) trail(out io.Writer, l access.Login) error {
	o, trail := q.book.Explain(q.person, q.service, l, q.now)
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	for _, step := range trail {
		fmt.Fprintf(w, "%s\t%s\t%s\n", step.Rule, step.Effect, step.Why.In(q.lang))
	}
	if err := w.Flush(); err != nil {
		return err
	}
	fmt.Fprintf(out, "outcome: %s\n", outcome(o))
	if len(o.Ways) > 0 {
		fmt.Fprintf(out, "ways on: %v\n", o.Ways)
	}
	return nil
}
