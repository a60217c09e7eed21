// Package codescmd is `atrio codes`: it imports the Codici Persona that people had before
// this program came. What a file holds and what becomes of it: gateway/codeimport.
package codescmd

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"atrio/app/command"
	"atrio/base/audit"
	"atrio/db/shareddb"
	"atrio/gateway/codeimport"
	"atrio/gateway/gatewaydb"
)

// Command looks after Codici Persona.
type Command struct {
	Import importCommand `cmd:"" help:"Import existing Codici Persona: reserve them, and make accounts that wait for their first access."`
}

type importCommand struct {
	command.Configured
	File     string           `arg:"" help:"A CSV file in UTF-8; its first line names the columns code, given_name, family_name, fiscal_code, birth_date, email, language."`
	Register string           `help:"The name of the register that it comes from, shown to people beside their data." placeholder:"NAME"`
	DryRun   bool             `name:"dry-run" help:"Tell what would become of each line, and write nothing."`
	now      func() time.Time `kong:"-"`
}

// Help is the longer text of --help.
func (importCommand) Help() string {
	return "Example: atrio codes import codici.csv --dry-run --register \"Segreteria studenti\" --config /etc/atrio/atrio.toml\n\n" +
		"One line for each line of the file: its number, the code, what became of it. A file with a wrong line is refused as a whole. The same file again changes nothing. See docs/operations/person-codes.md."
}

// batch is how many lines one transaction writes: short, so that logins do not wait.
const batch = 200

// Run imports.
func (c importCommand) Run(ctx context.Context, s command.Streams) error {
	f, d, err := c.Open(ctx)
	if err != nil {
		return err
	}
	defer d.Close()
	now := time.Now
	if c.now != nil {
		now = c.now
	}
	lines, digest, err := c.read(codeimport.Rules{
		WithoutCheckDigit: f.Gateway.CodesWithoutCheckDigit, OwnDomains: f.Gateway.OwnMailDomains, Today: now(),
	})
	if err != nil {
		return err
	}
	if len(c.Register) > longestRegister {
		return fmt.Errorf("--register: at most %d characters", longestRegister)
	}
	store, counts := gatewaydb.NewStore(d, nil), map[codeimport.Outcome]int{}
	for part := range slices.Chunk(lines, batch) {
		done, err := store.ImportCodes(ctx, codeimport.Batch{Lines: part, Register: c.Register, Now: now(), DryRun: c.DryRun})
		if err != nil {
			return fmt.Errorf("%w; the lines before %d are done: the same file can be imported again", err, part[0].Number)
		}
		for _, r := range done {
			counts[r.Outcome]++
			if err := tell(s.Out, r); err != nil {
				return err
			}
		}
	}
	if !c.DryRun {
		if err := (&shareddb.Store{DB: d}).AppendEvents(ctx, []audit.Event{event(now(), digest, counts)}); err != nil {
			return err
		}
	}
	return sum(s.Err, counts, c.DryRun)
}

// event is the line of the audit log about the whole file; each account has one of its own.
func event(now time.Time, digest string, counts map[codeimport.Outcome]int) audit.Event {
	ev := audit.Event{At: now, Role: "gateway", Action: audit.CodesImported, Outcome: audit.OK, Detail: map[string]string{"file": digest}}
	for o, n := range counts {
		ev.Detail[string(o)] = strconv.Itoa(n)
	}
	return ev
}

const longestRegister = 80

func (c importCommand) read(rules codeimport.Rules) (lines []codeimport.Line, digest string, err error) {
	file, err := os.Open(c.File)
	if err != nil {
		return nil, "", err
	}
	defer file.Close()
	sum := sha256.New()
	lines, err = codeimport.Read(io.TeeReader(file, sum), rules)
	return lines, hex.EncodeToString(sum.Sum(nil)), err
}

// words say why a line is refused.
var words = map[string]string{
	codeimport.TakenCode:       "this code was given to somebody else here",
	codeimport.TakenFiscalCode: "the codice fiscale belongs to an account that was imported with another code",
	codeimport.ClosedAccount:   "the account is not open any more",
}

// tell writes what became of a line. Nothing of a person but the code stands there.
func tell(out io.Writer, r codeimport.Result) error {
	about := ""
	switch {
	case r.Outcome == codeimport.Refused:
		about = "\t" + words[r.Why]
	case r.Other != "" && r.Other != r.Line.Code:
		about = "\tleads to " + string(r.Other)
	}
	_, err := fmt.Fprintf(out, "%d\t%s\t%s%s\n", r.Line.Number, r.Line.Code, r.Outcome, about)
	return err
}

// sum tells the whole; refused lines are a mistake that the operator has to look at.
func sum(out io.Writer, counts map[codeimport.Outcome]int, dry bool) error {
	var parts []string
	for _, o := range []codeimport.Outcome{codeimport.Created, codeimport.Linked, codeimport.Reserved, codeimport.Updated, codeimport.Unchanged, codeimport.Refused} {
		parts = append(parts, fmt.Sprintf("%d %s", counts[o], o))
	}
	text := strings.Join(parts, ", ")
	if dry {
		text += "; nothing was written"
	}
	if _, err := fmt.Fprintln(out, text); err != nil {
		return err
	}
	if counts[codeimport.Refused] > 0 {
		return errors.New("some lines are refused: see above")
	}
	return nil
}
