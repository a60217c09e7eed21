package rulescmd

import (
	"context"
	"errors"
	"fmt"
	"time"

	"atrio/app/command"
	"atrio/base/setting"
	"atrio/gateway/access"
)

// openAll frees everybody from SPID and CIE while a door is down. // G2.3
type openAll struct {
	acting
	For string `required:"" help:"For how long, at most 72h." placeholder:"DURATION"`
}

// Help is the longer text of --help.
func (openAll) Help() string {
	return "Example: atrio rules open --for 4h --reason 'SPID: the provider with most people is down' --config /etc/atrio/atrio.toml\n\n" +
		"Whoever would have to enter by SPID or CIE may use credentials and a second factor meanwhile. Needs the decision outage-opening, and holds on all nodes at once."
}

// Run opens.
func (c openAll) Run(ctx context.Context, s command.Streams) error {
	life, err := setting.ParseDuration(c.For)
	if err != nil || life <= 0 || life.Std() > access.MaxOpening {
		return fmt.Errorf("--for %q: write a duration of at most %s, for example 4h", c.For, access.MaxOpening)
	}
	h, err := c.enter(ctx)
	if err != nil {
		return err
	}
	defer h.close()
	rule, _ := access.Lookup(access.Opened)
	if !access.NewBook(h.file.Gateway.Decisions).InForce(rule, h.now) {
		return errors.New("the institution has taken no act for this: a [[gateway.decision]] with rule = \"outage-opening\"")
	}
	o := access.Opening{From: h.now, Until: h.now.Add(life.Std()), Reason: h.by["why"]}
	if err := h.store.OpenAccess(ctx, o, h.event(map[string]string{"until": o.Until.UTC().Format(time.RFC3339)})); err != nil {
		return err
	}
	fmt.Fprintf(s.Out, "open to all until %s; atrio rules close ends it earlier\n", o.Until.Format(time.RFC3339))
	return nil
}

// closeAll ends the openings.
type closeAll struct{ acting }

// Help is the longer text of --help.
func (closeAll) Help() string {
	return "Example: atrio rules close --reason 'SPID works again' --config /etc/atrio/atrio.toml"
}

// Run closes.
func (c closeAll) Run(ctx context.Context, s command.Streams) error {
	h, err := c.enter(ctx)
	if err != nil {
		return err
	}
	defer h.close()
	n, err := h.store.CloseAccess(ctx, h.now, h.event(nil))
	if err != nil {
		return err
	}
	if n == 0 {
		fmt.Fprintln(s.Out, "nothing was open")
		return nil
	}
	fmt.Fprintln(s.Out, "closed: SPID and CIE are asked for again")
	return nil
}
