package rig

import (
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"atrio/app/demo"
	"atrio/db"
	"atrio/db/dbtest"
)

// Roles are the roles with a database of their own.
func Roles() []string { return []string{"gateway", "idp", "portal"} }

// Demo is a demonstration that can be killed and started again.
type Demo struct {
	demo.Addresses
	Binary Binary
	Dir    string
	// Databases are the database URLs by role.
	Databases map[string]string
	// Front is the address of the gateway when people reach it by a proxy.
	Front string
	// Restarts counts the starts after the first.
	Restarts int

	t         testing.TB
	overrides string
	process   *Process
}

// Options of a demonstration.
type Options struct {
	// Postgres keeps every role in a schema of its own instead of a file.
	Postgres bool
	// Overrides is TOML over the demonstration's own settings; {base} is the port base.
	Overrides string
	// Front stands between the people and the gateway; optional, see AddNode.
	Front *Front
}

// Start runs a demonstration in an empty directory and waits until it is ready.
func Start(t testing.TB, b Binary, o Options) *Demo {
	t.Helper()
	databases := map[string]string{}
	for _, role := range Roles() {
		if o.Postgres {
			databases[role] = dbtest.URL(t, db.Postgres)
		}
	}
	for range 5 {
		base := freeBase(t)
		d := &Demo{
			Addresses: demo.Addresses{Host: "localhost", Base: base}, Binary: b, Dir: t.TempDir(), Databases: databases, t: t,
			overrides: strings.ReplaceAll(o.Overrides, "{base}", fmt.Sprint(base)),
		}
		if o.Front != nil {
			d.Front = o.Front.URL
		}
		if d.up() {
			return d
		}
		// Somebody took a port between the probe and the start.
	}
	t.Fatal("no ports to start on")
	return nil
}

// databasesFile says where databases and keys are; other commands read it too.
const databasesFile = "databases.toml"

// VerifyAudit runs `atrio audit verify` for a role; it gives the number of rows.
func (d *Demo) VerifyAudit(role string) int {
	d.t.Helper()
	out, err := d.Binary.Run(d.t, "audit", "verify", role, "--json", "--config", filepath.Join(d.Dir, databasesFile))
	if err != nil {
		d.t.Fatalf("audit verify %s: %v\n%s", role, err, out)
	}
	var report struct {
		Rows     int
		Findings []any
	}
	if err := json.Unmarshal([]byte(out), &report); err != nil || len(report.Findings) > 0 {
		d.t.Fatalf("audit verify %s: %v\n%s", role, err, out)
	}
	return report.Rows
}

// Copy makes a demonstration from what another one that was stopped left behind,
// on the same ports, and starts it.
func (d *Demo) Copy(t testing.TB) *Demo {
	t.Helper()
	c := &Demo{Addresses: d.Addresses, Binary: d.Binary, Dir: t.TempDir(), Databases: map[string]string{}, t: t, overrides: d.overrides}
	if err := os.CopyFS(c.Dir, os.DirFS(d.Dir)); err != nil {
		t.Fatal(err)
	}
	onlyForTheOwner(t, c.Dir)
	if !c.up() {
		t.Fatalf("the ports from %d on were taken by another program", c.Base)
	}
	return c
}

// onlyForTheOwner gives copied keys the modes that they must have.
func onlyForTheOwner(t testing.TB, dir string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, e os.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case e.IsDir():
			return os.Chmod(path, 0o700)
		}
		return os.Chmod(path, 0o600)
	})
	if err != nil {
		t.Fatal(err)
	}
}

// up starts the program on the directory; false when its ports are taken.
func (d *Demo) up() bool {
	d.t.Helper()
	var databases strings.Builder
	for _, role := range Roles() {
		if d.Databases[role] == "" {
			d.Databases[role] = "sqlite://" + (&url.URL{Path: filepath.Join(d.Dir, role+".db")}).EscapedPath()
		}
		fmt.Fprintf(&databases, "[%s]\ndatabase = %q\nkeys = %q\n", role, d.Databases[role], filepath.Join(d.Dir, "keys-"+role))
	}
	args := []string{"demo", "--dir", d.Dir, "--port-base", fmt.Sprint(d.Base)}
	files := map[string]string{databasesFile: databases.String(), "overrides.toml": d.overrides, "front.toml": ""}
	if d.Front != "" {
		files["front.toml"] = behind(d.Front)
	}
	for name, text := range files {
		path := filepath.Join(d.Dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			d.t.Fatal(err)
		}
		args = append(args, "--config", path)
	}
	d.process = d.Binary.start(d.t, args...)
	return d.process.waitFor(d.t, "the demonstration", func() bool {
		return slices.Contains(strings.Split(d.process.out.String(), "\n"), "ready")
	})
}

// Gateway is the base URL of the gateway as people see it.
func (d *Demo) Gateway() string {
	if d.Front != "" {
		return d.Front
	}
	return d.Addresses.Gateway()
}

// Kill ends the program at once.
func (d *Demo) Kill() { d.process.Kill() }

// Stop ends the program in order.
func (d *Demo) Stop() { d.process.Stop(d.t) }

// Alive reports whether the program runs.
func (d *Demo) Alive() bool { return d.process.Alive() }

// Restart starts the program again on what is there.
func (d *Demo) Restart() {
	d.t.Helper()
	d.process.Kill()
	d.Restarts++
	if !d.up() {
		d.t.Fatalf("the ports from %d on were taken by another program", d.Base)
	}
}

// Log is what the program logged so far.
func (d *Demo) Log() string {
	d.t.Helper()
	data, err := os.ReadFile(filepath.Join(d.Dir, "atrio.log"))
	if err != nil {
		d.t.Fatal(err)
	}
	return string(data)
}
