package applicant

import (
	"bytes"
	"context"
	"path/filepath"
	"testing"
	"time"

	"atrio/base/audit"
	"atrio/base/keys"
	"atrio/db"
	"atrio/idp/enrolment"
	"atrio/idp/evidence"
	"atrio/idp/idpdb"
	"atrio/test/faults/rig"
)

// Case is a request as the provider has it, opened from outside with the provider's keys.
type Case struct {
	enrolment.Request
	Events []enrolment.Event
	// Items are the evidence by reference, recordings as one.
	Items map[string]evidence.Opened
}

// silent is a store whose looks leave no line: the log is the program's.
type silent struct{ *idpdb.Store }

func (silent) NoteEvidence(context.Context, audit.Event) error { return nil }

// Cases opens all requests of a demonstration. What does not open is an error of the test.
func Cases(t testing.TB, d *rig.Demo) []Case {
	t.Helper()
	ctx := context.Background()
	opened, err := db.Open(ctx, d.Databases["idp"])
	if err != nil {
		t.Fatal(err)
	}
	defer opened.Close()
	held, err := keys.Open(filepath.Join(d.Dir, "keys-idp"), "idp")
	if err != nil {
		t.Fatal(err)
	}
	ring, err := held.Keyring()
	if err != nil {
		t.Fatal(err)
	}
	store := idpdb.NewStore(opened, ring, nil)
	vault := &evidence.Vault{Store: silent{store}, Ring: ring, Dir: filepath.Join(d.Dir, "recordings"), Now: time.Now}
	look := d.Look("idp")
	defer look.Close()
	var list []Case
	for _, id := range look.Texts("SELECT id FROM request ORDER BY opened_at") {
		c := Case{Items: map[string]evidence.Opened{}}
		if c.Request, err = store.Request(ctx, id); err == nil {
			c.Events, err = store.Events(ctx, id)
		}
		if err != nil {
			t.Fatal(err)
		}
		c.open(t, ctx, vault)
		list = append(list, c)
	}
	return list
}

// access is that of a test.
var access = evidence.Access{By: "test", Purpose: "a test"}

// open opens all evidence of a request.
func (c *Case) open(t testing.TB, ctx context.Context, v *evidence.Vault) {
	t.Helper()
	items, err := v.List(ctx, c.ID)
	if err != nil {
		t.Fatal(err)
	}
	for _, item := range items {
		if item.Recording != "" {
			continue
		}
		if c.Items[item.ID], err = v.Open(ctx, item.ID, access); err != nil {
			t.Errorf("%s of the request %s does not open: %v", item.Kind, c.Number, err)
		}
	}
	recordings, err := v.Store.Recordings(ctx, c.ID)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range recordings {
		var whole bytes.Buffer
		played, err := v.OpenRecording(ctx, r.ID, access)
		if err != nil {
			t.Errorf("the recording %s does not open: %v", r.ID, err)
			continue
		}
		for n := range played.Segments {
			part, err := played.Segment(ctx, n+1)
			if err != nil {
				t.Errorf("the recording %s does not open: %v", r.ID, err)
			}
			whole.Write(part)
		}
		c.Items[r.ID] = evidence.Opened{Item: evidence.Item{ID: r.ID, Kind: r.Kind, Recording: r.ID}, Content: whole.Bytes()}
	}
}

// Named are the references of evidence that the request and its steps name.
func (c *Case) Named() map[string]bool {
	named := map[string]bool{}
	for _, e := range c.Events {
		for _, id := range e.Evidence {
			named[id] = true
		}
	}
	for _, id := range c.Data.Pictures {
		named[id] = true
	}
	if q := c.Data.Contract; q != nil {
		named[q.Evidence] = true
	}
	if q := c.Data.Signed; q != nil && q.File != "" {
		named[q.File] = true
	}
	if q := c.Data.Verdict; q != nil {
		for _, id := range q.Evidence {
			named[id] = true
		}
		if q.Film != nil {
			named[q.Film.Recording] = true
		}
	}
	return named
}

// Took counts how often a step was taken.
func (c *Case) Took(act enrolment.Act) (n int) {
	for _, e := range c.Events {
		if e.Act == act {
			n++
		}
	}
	return n
}
