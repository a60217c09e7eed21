// Package placescmd is `atrio places`: it imports the archive of municipalities and
// searches what the forms offer. What places are stands in people/places.
package placescmd

import (
	"fmt"
	"text/tabwriter"
	"time"

	"atrio/app/command"
	"atrio/app/plant"
	"atrio/people/places"
)

// Command looks after the places of birth.
type Command struct {
	Import importCommand `cmd:"" help:"Check a newer archive of municipalities (ANPR) and use it from the next start."`
	Search searchCommand `cmd:"" help:"Search municipalities and states as the forms do."`
}

type searchCommand struct {
	command.Configured
	Text     string `arg:"" help:"The beginning of a name or of its words, or a cadastral code."`
	On       string `help:"Only what was there on that day, with the name and province of then." placeholder:"2006-01-02"`
	Province string `help:"Only municipalities that ever belonged to it." placeholder:"MI"`
	Limit    int    `default:"10" help:"How many, at most 50."`
}

// Help is the longer text of --help.
func (searchCommand) Help() string {
	return "Example: atrio places search bellagio --on 1983-05-10 --config /etc/atrio/atrio.toml\n\n" +
		"One line for each place: code, name, the other name, first and last day. Without --on, places that are gone are shown too."
}

// Run searches.
func (c searchCommand) Run(s command.Streams) error {
	q := places.Query{Text: c.Text, Province: c.Province, Limit: c.Limit}
	if c.On != "" {
		on, err := time.Parse(time.DateOnly, c.On)
		if err != nil {
			return fmt.Errorf("--on: %q is no day as 2006-01-02", c.On)
		}
		q.On = on
	}
	f, err := c.Load()
	if err != nil {
		return err
	}
	d, err := plant.Places(f)
	if err != nil {
		return err
	}
	found := d.Search(q)
	if len(found) == 0 {
		return fmt.Errorf("no place fits %q", c.Text)
	}
	w := tabwriter.NewWriter(s.Out, 0, 0, 2, ' ', 0)
	for _, p := range found {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", p.Code, p.Label(), p.Other, day(p.First), day(p.Last))
	}
	return w.Flush()
}

func day(t time.Time) string {
	if t.IsZero() {
		return "-"
	}
	return t.Format(time.DateOnly)
}
