// Package helpcmd is `atrio help-votes`: what people answered to "Hai trovato utile questa
// informazione?" under the pages of help. The pages are in gateway/help.
package helpcmd

import (
	"context"
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"atrio/app/command"
	"atrio/gateway/gatewaydb"
	"atrio/gateway/help"
)

// Command sums up the answers.
type Command struct {
	command.Configured
	Since string `help:"Only from this day on (UTC)." placeholder:"2006-01-02"`
}

// Help is the longer text of --help.
func (Command) Help() string {
	return "Example: atrio help-votes --since 2026-09-01 --config /etc/atrio/atrio.toml\n\n" +
		"One line for each page and language: yes, no, the share of yes. What is older than gateway.help.votes_kept_months is forgotten. Who answered is not known."
}

// Run prints the numbers.
func (c Command) Run(ctx context.Context, s command.Streams) error {
	since := time.Unix(0, 0)
	if c.Since != "" {
		day, err := time.Parse(time.DateOnly, c.Since)
		if err != nil {
			return fmt.Errorf("--since: %q is no day as 2006-01-02", c.Since)
		}
		since = day
	}
	_, d, err := c.Open(ctx)
	if err != nil {
		return err
	}
	defer d.Close()
	totals, err := gatewaydb.NewStore(d, nil).HelpVotes(ctx, since)
	if err != nil {
		return err
	}
	return show(s.Out, totals)
}

func show(out io.Writer, totals []help.Total) error {
	if len(totals) == 0 {
		_, err := fmt.Fprintln(out, "nobody has answered")
		return err
	}
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "page\tlanguage\tyes\tno\tuseful")
	for _, t := range totals {
		fmt.Fprintf(w, "%s\t%s\t%d\t%d\t%d%%\n", pathOf(t.Topic), t.Language, t.Yes, t.No, 100*t.Yes/max(1, t.Yes+t.No))
	}
	return w.Flush()
}

// pathOf is the address of a page; its name for one that there was before.
func pathOf(topic string) string {
	for _, t := range help.Topics() {
		if t.Name == topic {
			return t.Path
		}
	}
	return topic
}
