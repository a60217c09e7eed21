package rulescmd

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"atrio/app/command"
	"atrio/gateway/access"
	"atrio/gateway/declaration"
)

// declarations is about what people declared. // G2.3
type declarations struct {
	List     declarationsList  `cmd:"" default:"withargs" help:"Count the declarations by reason; with --person, tell those of one."`
	Withdraw withdrawOne       `cmd:"" help:"End the declaration of a person after a review, with the reason and whom to ask."`
	Extend   declarationExtend `cmd:"" help:"Open a period for a person who can make no more alone."`
}

type declarationsList struct {
	acting
	Person string `help:"The Codice Persona." placeholder:"CODE"`
}

// Help is the longer text of --help.
func (declarationsList) Help() string {
	return "Example: atrio rules declarations --reason 'quarterly report' --config /etc/atrio/atrio.toml\n" +
		"  atrio rules declarations --person 123456785 --reason 'ticket 42'\n\n" +
		"The figures name nobody."
}

// Run tells.
func (c declarationsList) Run(ctx context.Context, s command.Streams) error {
	h, err := c.enter(ctx)
	if err != nil {
		return err
	}
	defer h.close()
	if c.Person == "" {
		return h.figures(ctx, s)
	}
	a, err := h.account(ctx, c.Person)
	if err != nil {
		return err
	}
	if err := h.looks(ctx, a, "declarations"); err != nil {
		return err
	}
	list, err := h.store.Declarations(ctx, a.ID)
	if err != nil {
		return err
	}
	w := tabwriter.NewWriter(s.Out, 0, 0, 2, ' ', 0)
	for _, d := range list {
		state := "until"
		if !d.Withdrawn.IsZero() {
			state = "withdrawn on"
		}
		fmt.Fprintf(w, "%d\t%s\tby %s\tmade %s\t%s %s\n", d.Number, d.Reason, d.By, day(d.Made), state, day(declaration.LastDay(d.Until)))
	}
	return w.Flush()
}

// figures count the declarations by reason: made in the last year, and valid now.
func (h *house) figures(ctx context.Context, s command.Streams) error {
	counts, err := h.store.DeclarationFigures(ctx, h.now.Add(-declaration.Memory), h.now)
	if err != nil {
		return err
	}
	w := tabwriter.NewWriter(s.Out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "reason\tmade in a year\tvalid now\twithdrawn")
	for _, reason := range declaration.Reasons() {
		n := counts[reason]
		fmt.Fprintf(w, "%s\t%d\t%d\t%d\n", reason, n.Made, n.Valid, n.Withdrawn)
	}
	return w.Flush()
}

type withdrawOne struct {
	onePerson
	Because string `required:"" help:"What the person is told, in their language." placeholder:"TEXT"`
	Contact string `required:"" help:"Whom the person may ask: an address or a telephone number." placeholder:"TEXT"`
}

// Help is the longer text of --help.
func (withdrawOne) Help() string {
	return "Example: atrio rules declarations withdraw --person 123456785 --because 'La carta risulta valida' --contact segreteria@ateneo.example.it --reason 'review 7' --config /etc/atrio/atrio.toml\n\n" +
		"Ends it now; the person gets a mail with what stands in --because and --contact."
}

// maxTold bounds what a mail quotes, in characters.
const maxTold = 500

// Run withdraws.
func (c withdrawOne) Run(ctx context.Context, s command.Streams) error {
	because, contact := strings.TrimSpace(c.Because), strings.TrimSpace(c.Contact)
	if because == "" || contact == "" || len([]rune(because)) > maxTold || len([]rune(contact)) > maxTold {
		return fmt.Errorf("--because and --contact need texts of 1 to %d characters: the person reads them", maxTold)
	}
	h, a, err := c.enterFor(ctx)
	if err != nil {
		return err
	}
	defer h.close()
	texts, err := h.catalog()
	if err != nil {
		return err
	}
	if err := h.store.Withdraw(ctx, h.change(a, map[string]string{"by": declaration.ByDesk}, declaration.Ended(texts, because, contact))); err != nil {
		return explained(err)
	}
	fmt.Fprintln(s.Out, "withdrawn; the person is told by mail")
	return nil
}

type declarationExtend struct {
	onePerson
	For string `required:"" name:"for" help:"Why the person cannot use SPID or CIE: minor, abroad, document, provider, device, accessibility, other." placeholder:"REASON"`
}

// Help is the longer text of --help.
func (declarationExtend) Help() string {
	return "Example: atrio rules declarations extend --person 123456785 --for document --reason 'ticket 42' --config /etc/atrio/atrio.toml\n\n" +
		"The last renewal, and any after a withdrawal, is the help desk's. The person gets a mail."
}

// Run extends.
func (c declarationExtend) Run(ctx context.Context, s command.Streams) error {
	if !slices.Contains(declaration.Reasons(), declaration.Reason(c.For)) {
		return fmt.Errorf("--for %q: write one of %v", c.For, declaration.Reasons())
	}
	h, err := c.enter(ctx)
	if err != nil {
		return err
	}
	defer h.close()
	rule, _ := access.Lookup(access.Undertaking)
	if !access.NewBook(h.file.Gateway.Decisions).InForce(rule, h.now) {
		return errors.New("the institution has taken no act for this: a [[gateway.decision]] with rule = \"declaration\"")
	}
	a, err := h.account(ctx, c.Person)
	if err != nil {
		return err
	}
	list, err := h.store.Declarations(ctx, a.ID)
	if err != nil {
		return err
	}
	texts, err := h.catalog()
	if err != nil {
		return err
	}
	d, err := h.file.Gateway.Declaration.Terms().AtDesk(list, texts.Local(h.now))
	if err != nil {
		return explained(err)
	}
	d.Reason = declaration.Reason(c.For)
	more := map[string]string{"by": d.By, "until": d.Until.UTC().Format(time.RFC3339)}
	if err := h.store.Declare(ctx, h.change(a, more, declaration.Made(texts, h.file.Gateway.BaseURL, d)), d); err != nil {
		return explained(err)
	}
	fmt.Fprintf(s.Out, "valid until %s, that day included; the person is told by mail\n", declaration.LastDay(d.Until).Format(time.DateOnly))
	return nil
}

// explained puts the refusals of the store into words of this command.
func explained(err error) error {
	switch {
	case errors.Is(err, declaration.ErrNotYet):
		return errors.New("the declaration still holds and does not end soon: nothing to extend")
	case errors.Is(err, declaration.ErrAlready):
		return errors.New("another one was made in this moment: look again")
	}
	return err
}
