package auditcmd

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
	"unicode"

	"atrio/app/command"
	"atrio/app/config"
	"atrio/gateway/gatewaydb"
	"atrio/gateway/ledger"
)

// auditTrace goes from one name of a login to everything that came of it. // G6.7
type auditTrace struct {
	inspecting
	period
	Query    string `arg:"" help:"Id of a request, response or assertion of a provider, a txn, the number of an error page, a spidCode, a codice fiscale or a Codice Persona; - reads it from standard input, so that no list of processes shows it."`
	Messages string `help:"Write the messages as XML files into this directory, which others cannot read." placeholder:"DIR"`
	Limit    int    `default:"200" help:"The most logins that are shown."`
	JSON     bool   `help:"Print JSON."`
}

// Help is the longer text of --help.
func (auditTrace) Help() string {
	return "Example: atrio audit trace _5f3c… --reason \"Richiesta PG 123/2026\" --config /etc/atrio/atrio.toml\n\n" +
		"Shows the person, the door, the provider, the level, the services that got a token and the times. Exit status 1 when nothing is found. See docs/operations/ledger.md."
}

// Run traces.
func (c auditTrace) Run(ctx context.Context, s command.Streams) error {
	if c.Query == "-" {
		var err error
		if c.Query, err = firstLine(s.In); err != nil {
			return err
		}
	}
	detail := asked("trace", c.Query)
	if c.Messages != "" {
		detail["messages"] = "written"
	}
	i, err := c.open(ctx, "gateway", detail)
	if err != nil {
		return err
	}
	defer i.close()
	t := &tracer{store: gatewaydb.NewStore(i.db, i.ring)}
	if c.Messages != "" {
		if t.each, err = writeMessages(c.Messages); err != nil {
			return err
		}
	}
	from, to := c.span()
	found, err := t.run(ctx, c.Query, from, to, c.Limit)
	if err != nil {
		return err
	}
	if found.Log, err = i.log(ctx, c.Query); err != nil {
		return err
	}
	if c.JSON {
		e := json.NewEncoder(s.Out)
		e.SetIndent("", "  ")
		err = e.Encode(found)
	} else {
		found.print(s.Out, i.file.Gateway)
	}
	if err == nil && len(found.Logins)+len(found.Log) == 0 {
		err = errors.New("nothing is found; rows are kept for 24 months")
	}
	return errors.Join(err, t.verdict())
}

// maxQuery bounds a question, in bytes.
const maxQuery = 512

// firstLine reads a question that is typed or piped in.
func firstLine(r io.Reader) (string, error) {
	text, err := io.ReadAll(io.LimitReader(r, maxQuery))
	line, _, _ := strings.Cut(string(text), "\n")
	if line = strings.TrimSpace(line); line == "" && err == nil {
		err = errors.New("standard input holds no question")
	}
	return line, err
}

// log finds lines of the audit log when the question is the number of a request.
func (i *inspection) log(ctx context.Context, query string) ([]logLine, error) {
	if kindOf(query) != byID {
		return nil, nil
	}
	rows, err := i.shared.EventsByReference(ctx, query, 50)
	if err != nil {
		return nil, err
	}
	var list []logLine
	for _, r := range rows {
		e := r.Event
		list = append(list, logLine{At: e.At.UTC(), Action: e.Action, Outcome: e.Outcome, Reason: e.Reason, Subject: e.Subject, Detail: e.Detail})
	}
	return list, nil
}

// oneLine quotes a value that holds control characters: messages are of foreign make,
// refused ones of anybody's, and must neither forge lines nor steer a terminal.
func oneLine(value string) string {
	if strings.ContainsFunc(value, unicode.IsControl) {
		return strconv.QuoteToGraphic(value)
	}
	return value
}

// print writes the trace for a person.
func (t Trace) print(w io.Writer, g *config.Gateway) {
	names := map[string]string{}
	for _, service := range g.Services {
		names[service.ClientID] = service.Name.It
	}
	for _, l := range t.Logins {
		outcome := "accepted"
		if l.Refused != "" {
			outcome = "refused (" + l.Refused + ")"
		}
		fmt.Fprintf(w, "%s  %s  door %s  level %d  provider %s\n", l.At.Format(time.RFC3339), outcome, l.Door, l.Level, l.Provider)
		line := func(name, value string) {
			if value != "" {
				fmt.Fprintf(w, "  %-12s %s\n", name, oneLine(value))
			}
		}
		line("login (txn)", l.Login)
		line("error page", l.Reference)
		if l.Person != nil {
			line("person", fmt.Sprintf("%s  %s  (account %s)", l.Person.Code, l.Person.Name, l.Person.Account))
		}
		if l.Destroyed {
			line("messages", "the key of this month was destroyed: subject and messages cannot be read any more")
		}
		if l.Broken {
			line("CHANGED", "somebody changed this row: nothing in it can be believed")
		}
		line("spidCode", l.SPIDCode)
		line("fiscal code", l.FiscalCode)
		line("NameID", l.Subject)
		line("request", l.RequestID+"  "+l.RequestAt)
		line("response", l.ResponseID+"  "+l.ResponseAt)
		line("assertion", l.AssertionID)
		for _, i := range l.Tokens {
			line("service", fmt.Sprintf("%s  %s %s  subject %s", i.At.UTC().Format(time.RFC3339), i.Service, names[i.Service], i.Subject))
		}
	}
	for _, l := range t.Log {
		fmt.Fprintf(w, "%s  audit log: %s\n", l.At.Format(time.RFC3339), oneLine(fmt.Sprint(l.Action, " ", l.Outcome, " ", l.Reason, " ", l.Detail)))
	}
	if t.More {
		fmt.Fprintln(w, "there is more: choose a time by --from and --to, or a higher --limit")
	}
}

// writeMessages writes pairs into a directory of the user's own, over nothing.
func writeMessages(dir string) (func(*ledger.Entry) error, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	info, err := os.Stat(dir)
	if err != nil {
		return nil, err
	}
	if info.Mode().Perm()&0o077 != 0 {
		return nil, fmt.Errorf("others may enter %s; messages hold personal data: run chmod 700 %s", dir, dir)
	}
	return func(e *ledger.Entry) error {
		for _, m := range []struct {
			kind string
			xml  []byte
		}{{"request", e.Request}, {"response", e.Response}} {
			if len(m.xml) == 0 {
				continue
			}
			f, err := os.OpenFile(filepath.Join(dir, e.ID+"."+m.kind+".xml"), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
			if err != nil {
				return err
			}
			_, err = f.Write(m.xml)
			if err = errors.Join(err, f.Close()); err != nil {
				return err
			}
		}
		return nil
	}, nil
}
