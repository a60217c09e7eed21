package placescmd

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"atrio/app/command"
	"atrio/assets"
	"atrio/people/places"
)

type importCommand struct {
	command.Configured
	File   string `arg:"" help:"The archive as the Ministry publishes it: ANPR_archivio_comuni.csv."`
	DryRun bool   `name:"dry-run" help:"Only tell what differs."`
}

// Help is the longer text of --help.
func (importCommand) Help() string {
	return "Example: atrio places import ANPR_archivio_comuni.csv --config /etc/atrio/atrio.toml\n\n" +
		"The archive is checked as a whole and kept where places.archive says. A role reads it when it first needs a place after its start; each node needs its copy."
}

// largest bounds what is copied; places.ReadANPR has the same limit.
const largest = 32 << 20

// Run imports.
func (c importCommand) Run(s command.Streams) error {
	f, err := c.Load()
	if err != nil {
		return err
	}
	if f.Places.Archive == "" && !c.DryRun {
		return errors.New("places.archive is not set: it says where the archive is kept; see atrio check --example")
	}
	data, archive, err := read(c.File)
	if err != nil {
		return err
	}
	own, err := places.Open(assets.FS())
	if err != nil {
		return err
	}
	if err := whole(archive, own); err != nil {
		return err
	}
	tell(s.Out, archive, own)
	if c.DryRun {
		return nil
	}
	if err := keep(f.Places.Archive, data); err != nil {
		return err
	}
	fmt.Fprintf(s.Out, "kept in %s: restart the roles of this node\n", f.Places.Archive)
	return nil
}

func read(path string) ([]byte, *places.Archive, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, largest+1))
	if err != nil {
		return nil, nil, err
	}
	archive, err := places.ReadANPR(bytes.NewReader(data))
	return data, archive, err
}

// whole refuses an archive that lacks much of what is known: a file that was cut
// off must not turn people away.
func whole(a *places.Archive, own *places.Directory) error {
	if have, want := a.Codes(), own.Source().Codes; have < want-want/20 {
		return fmt.Errorf("the archive has %d municipalities, the program knows %d: is the file whole?", have, want)
	}
	return nil
}

// shown is how many differences are told one by one.
const shown = 20

func tell(out io.Writer, a *places.Archive, own *places.Directory) {
	newest := "unknown"
	if !a.Newest.IsZero() {
		newest = day(a.Newest)
	}
	fmt.Fprintf(out, "%d municipalities, newest change %s, %d lines without a code\n", a.Codes(), newest, a.Skipped)
	differ := own.Disagreements(a)
	fmt.Fprintf(out, "%d differences from what comes with the program\n", len(differ))
	for _, d := range differ[:min(len(differ), shown)] {
		fmt.Fprintf(out, "  %s  %s: %q here, %q in the archive\n", d.Code, d.What, d.Here, d.There)
	}
	if rest := len(differ) - shown; rest > 0 {
		fmt.Fprintf(out, "  … and %d more\n", rest)
	}
	if newer := own.Newer(a); len(newer) > 0 {
		labels := make([]string, len(newer))
		for i, p := range newer {
			labels[i] = p.Code + " " + p.Label()
		}
		fmt.Fprintf(out, "the archive is older than what comes with the program, which knows later changes of: %s\n", strings.Join(labels, ", "))
	}
}

// keep writes the file beside its place and moves it there: a role that starts
// meanwhile reads the old one or the new one, whole.
func keep(path string, data []byte) (err error) {
	f, err := os.CreateTemp(filepath.Dir(path), ".places-*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, f.Close(), os.Remove(f.Name()))
		}
	}()
	if _, err = f.Write(data); err != nil {
		return err
	}
	if err = f.Chmod(0o644); err != nil { // nothing in it is secret
		return err
	}
	if err = f.Sync(); err != nil {
		return err
	}
	if err = os.Rename(f.Name(), path); err != nil {
		return err
	}
	return f.Close()
}
