package placescmd

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"atrio/app/command"
	"atrio/app/plant"
	"atrio/assets"
)

// configured writes a configuration that keeps the archive in the directory.
func configured(t *testing.T, dir string) command.Configured {
	t.Helper()
	path := filepath.Join(dir, "atrio.toml")
	text := fmt.Sprintf("[places]\narchive = %q\n", filepath.Join(dir, "places.csv"))
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return command.Configured{Config: []string{path}}
}

// archive writes what comes with the program in the form of the archive, with
// one municipality changed: Abano Terme is called Abano Finta since 2026.
func archive(t *testing.T, dir string, lines int) string {
	t.Helper()
	built, err := fs.ReadFile(assets.FS(), "places.tsv")
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	b.WriteString("DATAISTITUZIONE,DATACESSAZIONE,CODCATASTALE,DENOMINAZIONE_IT,SIGLAPROVINCIA,DATAULTIMOAGG\n")
	for n, line := range strings.Split(strings.TrimSpace(string(built)), "\n") {
		f := strings.Split(line, "\t")
		if n == lines {
			break
		}
		if f[0] == "A001" {
			fmt.Fprintf(&b, "%s,2025-12-31,%s,ABANO TERME,PD,\n", f[3], f[0])
			f[1], f[3] = "ABANO FINTA", "2026-01-01"
		}
		fmt.Fprintf(&b, "%s,%s,%s,%s,%s,2026-01-07\n", f[3], f[4], f[0], f[1], f[2])
	}
	path := filepath.Join(dir, "ANPR_archivio_comuni.csv")
	if err := os.WriteFile(path, []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestAnImportedArchiveIsFoundAtTheNextStart(t *testing.T) {
	dir := t.TempDir()
	c := configured(t, dir)
	label := func(on string) string {
		t.Helper()
		f, err := c.Load()
		if err != nil {
			t.Fatal(err)
		}
		d, err := plant.Places(f)
		if err != nil {
			t.Fatal(err)
		}
		day, err := time.Parse(time.DateOnly, on)
		if err != nil {
			t.Fatal(err)
		}
		p, _ := d.Find("A001", day)
		return p.Label()
	}
	if got := label("2026-06-01"); got != "Abano Terme (PD)" {
		t.Errorf("before: %s", got)
	}
	file := archive(t, dir, -1)
	var out bytes.Buffer
	if err := (importCommand{Configured: c, File: file, DryRun: true}).Run(command.Streams{Out: &out}); err != nil {
		t.Fatal(err)
	}
	if got := label("2026-06-01"); got != "Abano Terme (PD)" {
		t.Errorf("after looking only: %s", got)
	}
	if err := (importCommand{Configured: c, File: file}).Run(command.Streams{Out: &out}); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"9841 municipalities, newest change 2026-01-07", `A001  name: "Abano Terme" here, "Abano Finta" in the archive`, "more\n", "restart"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q is not said: %s", want, out.String())
		}
	}
	if label("2025-12-31") != "Abano Terme (PD)" || label("2026-06-01") != "Abano Finta (PD)" {
		t.Errorf("after: %s, %s", label("2025-12-31"), label("2026-06-01"))
	}
	if left, _ := filepath.Glob(filepath.Join(dir, ".places-*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestAnArchiveThatIsWrongOrCutOffIsNotKept(t *testing.T) {
	dir := t.TempDir()
	c := configured(t, dir)
	wrong := filepath.Join(dir, "wrong.csv")
	if err := os.WriteFile(wrong, []byte("a,b\n1,2\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for file, want := range map[string]string{
		archive(t, dir, 5000):            "is the file whole?",
		wrong:                            "no column",
		filepath.Join(dir, "absent.csv"): "no such file",
	} {
		err := (importCommand{Configured: c, File: file}).Run(command.Streams{Out: &bytes.Buffer{}})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", file, err, want)
		}
	}
	if _, err := os.Stat(filepath.Join(dir, "places.csv")); err == nil {
		t.Error("something was kept")
	}
	// What was put there by hand and is broken is not passed over.
	if err := os.WriteFile(filepath.Join(dir, "places.csv"), []byte("a,b\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := c.Load()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := plant.Places(f); err == nil || !strings.Contains(err.Error(), "places.archive") {
		t.Errorf("a broken archive: %v", err)
	}
}

func TestAnArchiveOlderThanTheProgramIsSaidToBe(t *testing.T) {
	dir := t.TempDir()
	file := archive(t, dir, -1)
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, bytes.ReplaceAll(data, []byte(",2026-01-07\n"), []byte(",2023-05-16\n")), 0o600); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := (importCommand{Configured: configured(t, dir), File: file, DryRun: true}).Run(command.Streams{Out: &out}); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(out.String(), "older than what comes with the program") || !strings.Contains(out.String(), "M436 Sovizzo (VI)") {
		t.Error(out.String())
	}
}

func TestSearchShowsWhatAFormOffers(t *testing.T) {
	c := configured(t, t.TempDir())
	for _, x := range []struct {
		command searchCommand
		want    []string
		not     string
	}{
		{searchCommand{Text: "bellagio"}, []string{"M335  Bellagio (CO)", "A744  Bellagio (CO)", "2014-02-03"}, ""},
		{searchCommand{Text: "bellagio", On: "1983-05-10"}, []string{"A744"}, "M335"},
		{searchCommand{Text: "georgia"}, []string{"Z254  Georgia"}, "Z136"},
		{searchCommand{Text: "lodi", On: "1983-05-10", Province: "LO"}, []string{"E648  Lodi (MI)"}, ""},
	} {
		x.command.Configured = c
		var out bytes.Buffer
		if err := x.command.Run(command.Streams{Out: &out}); err != nil {
			t.Error(err)
		}
		for _, want := range x.want {
			if !strings.Contains(out.String(), want) {
				t.Errorf("%+v: no %q in %s", x.command, want, out.String())
			}
		}
		if x.not != "" && strings.Contains(out.String(), x.not) {
			t.Errorf("%+v: %s", x.command, out.String())
		}
	}
	for want, wrong := range map[string]searchCommand{
		"no place fits": {Text: "nessun posto"},
		"is no day":     {Text: "roma", On: "10/05/1983"},
		"no such file":  {Text: "roma", Configured: command.Configured{Config: []string{"/nowhere/atrio.toml"}}},
	} {
		if wrong.Config == nil {
			wrong.Configured = c
		}
		if err := wrong.Run(command.Streams{Out: &bytes.Buffer{}}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
}
