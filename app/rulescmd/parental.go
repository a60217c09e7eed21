package rulescmd

import (
	"context"
	"errors"
	"fmt"
	"text/tabwriter"
	"time"

	"atrio/app/command"
	"atrio/base/fault"
	"atrio/gateway/account"
	"atrio/gateway/parental"
)

// parents is about the authorisation of whoever has parental responsibility. // G2.9
type parents struct {
	List     parentsList     `cmd:"" default:"withargs" help:"Tell the authorisations of a person."`
	Record   parentsRecord   `cmd:"" help:"Record that a parent, guardian or foster parent authorised a minor."`
	Withdraw parentsWithdraw `cmd:"" help:"Withdraw what holds."`
}

type parentsList struct{ onePerson }

// Help is the longer text of --help.
func (parentsList) Help() string {
	return "Example: atrio rules parents --person 123456785 --reason 'ticket 42' --config /etc/atrio/atrio.toml"
}

// Run tells.
func (c parentsList) Run(ctx context.Context, s command.Streams) error {
	h, a, err := c.enterFor(ctx)
	if err != nil {
		return err
	}
	defer h.close()
	if err := h.looks(ctx, a, "parental authorisations"); err != nil {
		return err
	}
	list, err := h.store.Authorisations(ctx, a.ID)
	if err != nil {
		return err
	}
	w := tabwriter.NewWriter(s.Out, 0, 0, 2, ' ', 0)
	for _, one := range list {
		end := "until " + day(account.LastDay(one.Until))
		if !one.Withdrawn.IsZero() {
			end = "withdrawn on " + day(one.Withdrawn)
		}
		fmt.Fprintf(w, "%s\t%s\trecorded %s\t%s\n", one.By, one.Document, day(one.At), end)
	}
	return w.Flush()
}

type parentsRecord struct {
	onePerson
	By       string `required:"" help:"Who authorised: parent, guardian or foster; no names." placeholder:"ROLE"`
	Document string `required:"" help:"What was seen: identity, or court." placeholder:"KIND"`
	Until    string `help:"The last day, like 2027-03-01; left out: until the majority." placeholder:"DAY"`
}

// Help is the longer text of --help.
func (parentsRecord) Help() string {
	return "Example: atrio rules parents record --person 123456785 --by parent --document identity --until 2027-03-01 --reason 'ticket 42' --config /etc/atrio/atrio.toml\n\n" +
		"For minors who do not come in by SPID. Whoever authorises shows a document; the role, the kind of document and the dates are kept. The minor gets a mail."
}

// Run records.
func (c parentsRecord) Run(ctx context.Context, s command.Streams) error {
	h, a, err := c.enterFor(ctx)
	if err != nil {
		return err
	}
	defer h.close()
	texts, err := h.catalog()
	if err != nil {
		return err
	}
	change := h.change(a, nil, nil)
	change.Now = texts.Local(change.Now)
	wish := parental.Wish{By: parental.Role(c.By), Document: parental.Document(c.Document), Until: c.Until}
	until, err := h.store.Authorise(ctx, change, wish, parental.Told(texts, h.file.Gateway.BaseURL))
	if err != nil {
		return parentally(err)
	}
	fmt.Fprintf(s.Out, "valid until %s, that day included; the person is told by mail\n", texts.Local(account.LastDay(until)).Format(time.DateOnly))
	return nil
}

type parentsWithdraw struct{ onePerson }

// Help is the longer text of --help.
func (parentsWithdraw) Help() string {
	return "Example: atrio rules parents withdraw --person 123456785 --reason 'ticket 43' --config /etc/atrio/atrio.toml\n\n" +
		"Whoever authorised, or the minor, may want that at any time. The minor gets a mail."
}

// Run withdraws.
func (c parentsWithdraw) Run(ctx context.Context, s command.Streams) error {
	h, a, err := c.enterFor(ctx)
	if err != nil {
		return err
	}
	defer h.close()
	texts, err := h.catalog()
	if err != nil {
		return err
	}
	if err := h.store.Unauthorise(ctx, h.change(a, nil, nil), parental.Told(texts, h.file.Gateway.BaseURL)); err != nil {
		return parentally(err)
	}
	fmt.Fprintln(s.Out, "withdrawn; the person is told by mail")
	return nil
}

// parentally puts the refusals into words of this command.
func parentally(err error) error {
	for refusal, words := range map[*fault.Error]string{
		parental.ErrForm:  "--by is parent, guardian or foster; --document is identity or court",
		parental.ErrUntil: "--until: write a day like 2027-03-01, not after the majority; without a proved day of birth it is needed, and at most a year ahead",
		parental.ErrAdult: "the person is of age: no authorisation is needed",
		parental.ErrNone:  "no authorisation holds",
	} {
		if errors.Is(err, refusal) {
			return errors.New(words)
		}
	}
	return err
}
