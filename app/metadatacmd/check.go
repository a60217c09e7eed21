package metadatacmd

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"atrio/app/command"
	"atrio/federation/registry"
	"atrio/federation/spid/rules"
)

// metadataCheck judges a description of a service.
type metadataCheck struct {
	Source  string `arg:"" optional:"" help:"A file, an address, or - for standard input." placeholder:"FILE|URL"`
	Profile string `help:"What the service claims to be; guessed from its contacts when left out. --rules lists them." placeholder:"NAME"`
	Test    bool   `help:"Allow what only a test federation may have: addresses without https or with a port."`
	Rules   bool   `help:"List the rules of the profile, or of all profiles, and end."`
	JSON    bool   `name:"json" help:"For machines."`
}

// Help is the longer text of --help.
func (metadataCheck) Help() string {
	return "Example: atrio metadata check https://login.example.it/spid/metadata\n" +
		"  atrio metadata check metadata.xml --profile spid-sp-private\n\n" +
		"Reads no configuration and trusts nothing of what it reads. Exit status 1 when a rule is broken; warnings alone give 0."
}

// Run judges.
func (c metadataCheck) Run(ctx context.Context, s command.Streams) error {
	if c.Rules {
		return c.list(s)
	}
	if c.Source == "" {
		return errors.New("name a file or an address; - reads standard input")
	}
	document, err := c.read(ctx, s)
	if err != nil {
		return err
	}
	report, err := rules.Check(document, rules.Options{Profile: rules.Profile(c.Profile), Now: time.Now(), Test: c.Test})
	if err != nil {
		return err
	}
	if err := c.tell(s.Out, report); err != nil {
		return err
	}
	if n := report.Errors(); n > 0 {
		return fmt.Errorf("%s breaks the rules in %d places", c.Source, n)
	}
	return nil
}

// read takes the document from where it is.
func (c metadataCheck) read(ctx context.Context, s command.Streams) ([]byte, error) {
	switch {
	case c.Source == "-":
		return bounded(s.In)
	case strings.HasPrefix(c.Source, "https://"), strings.HasPrefix(c.Source, "http://"):
		return registry.Fetch(ctx, c.Source)
	}
	f, err := os.Open(c.Source)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return bounded(f)
}

// MaxJudged is more than any description of one service.
const MaxJudged = 4 << 20

func bounded(r io.Reader) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(r, MaxJudged+1))
	if err == nil && len(data) > MaxJudged {
		err = fmt.Errorf("the document is larger than %d bytes", MaxJudged)
	}
	return data, err
}

// verdict is a finding for machines.
type verdict struct {
	Rule     string         `json:"rule"`
	Severity rules.Severity `json:"severity"`
	Clause   string         `json:"clause"`
	Title    string         `json:"title"`
	Where    string         `json:"where"`
	Detail   string         `json:"detail"`
	Advice   string         `json:"advice"`
}

func (c metadataCheck) tell(out io.Writer, r rules.Report) error {
	if !c.JSON {
		return tellInWords(out, r)
	}
	list := []verdict{}
	for _, f := range r.Findings {
		list = append(list, verdict{f.Rule.ID, f.Rule.Severity, f.Rule.Clause, f.Rule.Title, f.Where, f.Detail, f.Rule.Advice})
	}
	return json.NewEncoder(out).Encode(map[string]any{
		"profile": r.Profile, "entity_id": r.EntityID, "rules": r.Rules, "errors": r.Errors(), "findings": list,
	})
}

func tellInWords(out io.Writer, r rules.Report) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s, judged as %s by %d rules: %d errors, %d warnings\n", r.EntityID, r.Profile, r.Rules, r.Errors(), len(r.Findings)-r.Errors())
	for _, f := range r.Findings {
		// What the document says may hold anything: quoted, it cannot steer a terminal.
		fmt.Fprintf(&b, "\n%-7s %s (%s)\n        wanted: %s\n        at %q: %s\n        %s\n",
			f.Rule.Severity, f.Rule.ID, f.Rule.Clause, f.Rule.Title, f.Where, Printable(f.Detail), f.Rule.Advice)
	}
	_, err := io.WriteString(out, b.String())
	return err
}

// Printable leaves out what is not a plain character.
func Printable(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r >= 0x80 && r < 0xa0 {
			return -1
		}
		return r
	}, s)
}

func (c metadataCheck) list(s command.Streams) error {
	list := rules.Rules(rules.Profile(c.Profile))
	if len(list) == 0 {
		return fmt.Errorf("there is no profile %q; there are %v", c.Profile, rules.Profiles())
	}
	if c.Profile == "" {
		fmt.Fprintf(s.Out, "profiles: %v\n\n", rules.Profiles())
	}
	for _, r := range list {
		fmt.Fprintf(s.Out, "%-24s %-8s %s (%s)\n", r.ID, r.Severity, r.Title, r.Clause)
	}
	return nil
}
