package evidence_test

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"atrio/base/audit"
	"atrio/base/fault"
	"atrio/base/seal"
	"atrio/idp/evidence"
)

func TestAnItemComesBackAsItWasPutIn(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		n := item(evidence.DocumentFront, "una carta")
		n.Until = present.AddDate(0, 1, 0)
		put := w.put(t, n)
		got, err := w.Open(t.Context(), put.ID, work)
		if err != nil || string(got.Content) != "una carta" || got.SHA256 != sha256.Sum256(n.Content) || got.Item != put {
			t.Fatalf("%+v, %v\nput %+v", got, err, put)
		}
		other := w.put(t, item(evidence.DocumentBack, "una carta"))
		if other.Digest == put.Digest {
			t.Error("two items of one content can be told to be alike")
		}
		foreign := item(evidence.Contract, "contratto")
		foreign.Request = "request-2"
		w.put(t, foreign)
		list, err := w.List(t.Context(), "request-1")
		if err != nil || len(list) != 2 || list[0].Request != "request-1" || list[1].Request != "request-1" {
			t.Errorf("%+v, %v", list, err)
		}
		if _, err := w.Open(t.Context(), "nothing", work); !errors.Is(err, evidence.ErrUnknown) {
			t.Errorf("%v", err)
		}
	})
}

func TestWhatIsNoEvidenceIsNotTaken(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		for name, change := range map[string]func(*evidence.New){
			"no request":  func(n *evidence.New) { n.Request = "" },
			"a name":      func(n *evidence.New) { n.Author = "Ada Prova" },
			"no kind":     func(n *evidence.New) { n.Kind = "" },
			"media type":  func(n *evidence.New) { n.MediaType = "Image" },
			"no content":  func(n *evidence.New) { n.Content = nil },
			"too long":    func(n *evidence.New) { n.Content = make([]byte, evidence.MaxItem+1) },
			"a long kind": func(n *evidence.New) { n.Kind = evidence.Kind(strings.Repeat("a", 41)) },
		} {
			n := item(evidence.Portrait, "x")
			change(&n)
			if _, err := w.Put(t.Context(), n); err == nil {
				t.Errorf("%s was taken", name)
			}
		}
		if n := w.count(t, `SELECT count(*) FROM evidence`); n != 0 {
			t.Errorf("%d rows", n)
		}
		largest := item(evidence.PrintedForm, "")
		largest.Content = bytes.Repeat([]byte{7}, evidence.MaxItem)
		put := w.put(t, largest)
		if got, err := w.Open(t.Context(), put.ID, work); err != nil || !bytes.Equal(got.Content, largest.Content) {
			t.Error("the largest item", err)
		}
	})
}

func TestARequestDoesNotFillTheDisk(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.put(t, item(evidence.Portrait, "un volto"))
		w.exec(t, `INSERT INTO evidence (id, request, kind, media_type, size, author, at, delete_at, digest, recording, segment, chain, archive_id, archive, sealed)
			WITH RECURSIVE n(i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n WHERE i < 300)
			SELECT CAST(i AS text), request, kind, media_type, size, author, at, delete_at, digest, recording, segment, chain, archive_id, archive, sealed FROM n, evidence`)
		if _, err := w.Put(t.Context(), item(evidence.Portrait, "ancora")); !errors.Is(err, evidence.ErrFull) {
			t.Errorf("%v", err)
		}
		other := item(evidence.Portrait, "un volto")
		other.Request = "request-2"
		w.put(t, other)
		w.record(t, "uno")
	})
}

func TestEveryErrorForPeopleHasItsTextInBothLanguages(t *testing.T) {
	all := []*fault.Error{
		evidence.ErrArchived, evidence.ErrFull, evidence.ErrNoReader, evidence.ErrNoPurpose, evidence.ErrNoCase, evidence.ErrNoGround,
		evidence.ErrOnePerson, evidence.ErrArchiveKey, evidence.ErrTells,
	}
	for _, lang := range []string{"it", "en"} {
		text, err := os.ReadFile("texts/" + lang + ".json")
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range all {
			if !bytes.Contains(text, []byte(`"`+e.Key+`":`)) {
				t.Errorf("%s: %s has no text", lang, e.Key)
			}
		}
		if n := bytes.Count(text, []byte(`":`)); n != len(all) {
			t.Errorf("%s: %d texts for %d errors", lang, n, len(all))
		}
	}
}

func TestEveryLookStandsInTheLogBeforeAnythingIsShown(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		put := w.put(t, item(evidence.DocumentFront, "una carta"))
		for name, a := range map[string]evidence.Access{
			"nobody":         {Purpose: "x"},
			"no purpose":     {By: "operator-1", Purpose: " "},
			"a long purpose": {By: "operator-1", Purpose: strings.Repeat("x", 201)},
		} {
			if got, err := w.Open(t.Context(), put.ID, a); err == nil || got.Content != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
		if _, err := w.Open(t.Context(), put.ID, work); err != nil {
			t.Fatal(err)
		}
		lines := w.lines(t, audit.EvidenceRead)
		if len(lines) != 4 {
			t.Fatalf("%d lines", len(lines))
		}
		for _, line := range lines[:3] {
			if !strings.Contains(line, "request-1 refused evidence_no_") {
				t.Error(line)
			}
		}
		want := `operator-1 request-1 ok  {"item":"` + put.ID + `","kind":"document_front","purpose":"Verifica della richiesta"}`
		if lines[3] != want {
			t.Errorf("%s\nwant %s", lines[3], want)
		}
		w.Store = broken{w.Store}
		if got, err := w.Open(t.Context(), put.ID, work); !errors.Is(err, errDisk) || got.Content != nil {
			t.Errorf("without a line: %q, %v", got.Content, err)
		}
	})
}

func TestAnItemThatSomebodyChangedOrExchangedDoesNotOpen(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		for name, statement := range map[string]string{
			"contents exchanged": `UPDATE evidence SET sealed = (SELECT o.sealed FROM before o WHERE o.id <> evidence.id)`,
			"keys exchanged":     `UPDATE evidence_working SET wrapped = (SELECT o.wrapped FROM before o WHERE o.id <> evidence_working.id)`,
			"other kind":         `UPDATE evidence SET kind = 'document_back'`,
			"other request":      `UPDATE evidence SET request = 'request-9'`,
			"other author":       `UPDATE evidence SET author = 'operator-9'`,
			"other time":         `UPDATE evidence SET at = at + 1`,
			"other type":         `UPDATE evidence SET media_type = 'text/html'`,
			"other size":         `UPDATE evidence SET size = size + 1`,
			"other digest":       `UPDATE evidence SET digest = (SELECT o.digest FROM before o WHERE o.id <> evidence.id)`,
		} {
			w.exec(t, `DELETE FROM evidence`)
			w.exec(t, `DELETE FROM evidence_working`)
			a, b := w.put(t, item(evidence.DocumentFront, "uno")), w.put(t, item(evidence.DocumentFront, "due"))
			w.exec(t, `CREATE TABLE before AS SELECT e.id, e.sealed, e.digest, w.wrapped FROM evidence e JOIN evidence_working w ON w.id = e.id`)
			w.exec(t, statement)
			w.exec(t, `DROP TABLE before`)
			for _, id := range []string{a.ID, b.ID} {
				if got, err := w.Open(t.Context(), id, work); !errors.Is(err, evidence.ErrDamaged) || got.Content != nil {
					t.Errorf("%s: %q, %v", name, got.Content, err)
				}
			}
		}
		lines := w.lines(t, audit.EvidenceRead)
		if last := lines[len(lines)-1]; !strings.Contains(last, "failed evidence_damaged") {
			t.Error(last)
		}
	})
}

func TestAnItemUnderTheNameOfAnotherDoesNotOpen(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		a, b := w.put(t, item(evidence.Portrait, "uno")), w.put(t, item(evidence.Portrait, "due"))
		for _, table := range []string{"evidence", "evidence_working"} {
			w.exec(t, `UPDATE `+table+` SET id = 'x' WHERE id = $1`, a.ID)
			w.exec(t, `UPDATE `+table+` SET id = $1 WHERE id = $2`, a.ID, b.ID)
			w.exec(t, `UPDATE `+table+` SET id = $1 WHERE id = 'x'`, b.ID)
		}
		for _, id := range []string{a.ID, b.ID} {
			if _, err := w.Open(t.Context(), id, work); !errors.Is(err, evidence.ErrDamaged) {
				t.Errorf("by the role: %v", err)
			}
			if _, err := w.OpenArchived(t.Context(), id, pair, both(t)); !errors.Is(err, evidence.ErrDamaged) {
				t.Errorf("by the archive: %v", err)
			}
		}
	})
}

func TestOtherKeysOpenNothing(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		put := w.put(t, item(evidence.Portrait, "un volto"))
		w.Ring = ring(2)
		if _, err := w.Open(t.Context(), put.ID, work); !errors.Is(err, evidence.ErrDamaged) {
			t.Errorf("other keys of the role: %v", err)
		}
		w.Ring = seal.NewKeyring("gateway", seal.Key{ID: "k1", Secret: [32]byte{1}})
		if _, err := w.Open(t.Context(), put.ID, work); !errors.Is(err, evidence.ErrDamaged) {
			t.Errorf("another role: %v", err)
		}
		// Rotation of the sealing keys costs nothing.
		w.Ring = seal.NewKeyring("idp", seal.Key{ID: "k3", Secret: [32]byte{3}}, seal.Key{ID: "k2", Secret: [32]byte{2}}).WithMACKey([32]byte{1})
		if got, err := w.Open(t.Context(), put.ID, work); err != nil || string(got.Content) != "un volto" {
			t.Errorf("after a rotation: %v", err)
		}
	})
}

func TestTheArchiveOpensForTwoPersonsWithACaseAndBothKeys(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		put, sum := w.put(t, item(evidence.Portrait, "un volto")), w.record(t, "uno", "due")
		if err := w.Archive(t.Context(), "request-1", "operator-1"); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Open(t.Context(), put.ID, work); !errors.Is(err, evidence.ErrArchived) {
			t.Errorf("the role still opens it: %v", err)
		}
		if _, err := w.OpenRecording(t.Context(), sum.Recording, work); !errors.Is(err, evidence.ErrArchived) {
			t.Errorf("the role still opens the recording: %v", err)
		}
		if list, err := w.List(t.Context(), "request-1"); err != nil || len(list) != 3 || list[0].Readable || list[2].Readable {
			t.Errorf("%+v, %v", list, err)
		}
		for _, c := range []struct {
			name   string
			change func(*evidence.Access)
			want   error
		}{
			{"alone", func(a *evidence.Access) { a.Second = "" }, evidence.ErrOnePerson},
			{"the same twice", func(a *evidence.Access) { a.Second = "operator-1" }, evidence.ErrOnePerson},
			{"the same, written otherwise", func(a *evidence.Access) { a.Second = "OPERATOR-1" }, evidence.ErrOnePerson},
			{"the program", func(a *evidence.Access) { a.Second = "system:job" }, evidence.ErrNotAPerson},
			{"no case", func(a *evidence.Access) { a.Case = " " }, evidence.ErrNoCase},
			{"no ground", func(a *evidence.Access) { a.Ground = "" }, evidence.ErrNoGround},
			{"another ground", func(a *evidence.Access) { a.Ground = "curiosity" }, evidence.ErrNoGround},
			{"somebody who is no operator", func(a *evidence.Access) { a.Stranger = true }, evidence.ErrStranger},
			{"no purpose", func(a *evidence.Access) { a.Purpose = "" }, evidence.ErrNoPurpose},
		} {
			a := pair
			c.change(&a)
			if _, err := w.OpenArchived(t.Context(), put.ID, a, both(t)); !errors.Is(err, c.want) {
				t.Errorf("%s: %v", c.name, err)
			}
			if _, err := w.OpenRecordingArchived(t.Context(), sum.Recording, a, both(t)); !errors.Is(err, c.want) {
				t.Errorf("%s, recording: %v", c.name, err)
			}
			// L13: 403, and a line each.
			if f := fault.From(c.want); c.name != "no purpose" && f.Kind != fault.Denied {
				t.Errorf("%s is answered as %v", c.name, f.Kind)
			} else if n := w.count(t, `SELECT count(*) FROM audit WHERE outcome = 'refused' AND reason = $1`, f.AuditReason()); n < 2 {
				t.Errorf("%s: %d lines", c.name, n)
			}
		}
		for name, line := range map[string]string{"one key of two": first.String(), "another's key": identity().String()} {
			if _, err := w.OpenArchived(t.Context(), put.ID, pair, private(t, line)); !errors.Is(err, evidence.ErrArchiveKey) {
				t.Errorf("%s: %v", name, err)
			}
		}
		if _, err := w.OpenArchived(t.Context(), put.ID, pair, nil); err == nil {
			t.Error("without keys")
		}
		got, err := w.OpenArchived(t.Context(), put.ID, pair, both(t))
		if err != nil || string(got.Content) != "un volto" {
			t.Fatalf("%q, %v", got.Content, err)
		}
		p, err := w.OpenRecordingArchived(t.Context(), sum.Recording, pair, both(t))
		if err != nil || p.Summary() != sum {
			t.Fatal(err)
		}
		if all, err := play(t.Context(), p); err != nil || strings.Join(all, " ") != "uno due" {
			t.Errorf("%q, %v", all, err)
		}
		lines := w.lines(t, audit.EvidenceRead)
		last := lines[len(lines)-1]
		for _, want := range []string{"operator-1 request-1 ok", `"second":"operator-2"`, `"case":"RG 12/2026"`, `"ground":"judicial"`, sum.Recording} {
			if !strings.Contains(last, want) {
				t.Errorf("%s\nlacks %s", last, want)
			}
		}
	})
}

func TestArchivingIsDoneOnceAndForWhatComesLater(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.put(t, item(evidence.Portrait, "un volto"))
		stay := item(evidence.Portrait, "altro")
		stay.Request = "request-2"
		other := w.put(t, stay)
		for range 2 {
			if err := w.Archive(t.Context(), "request-1", "operator-1"); err != nil {
				t.Fatal(err)
			}
		}
		later := w.put(t, item(evidence.HolderReport, "denuncia"))
		if _, err := w.Open(t.Context(), later.ID, work); err != nil {
			t.Errorf("an item of later: %v", err)
		}
		w.now = present.Add(time.Hour)
		if err := w.Archive(t.Context(), "request-1", "operator-1"); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Open(t.Context(), later.ID, work); !errors.Is(err, evidence.ErrArchived) {
			t.Errorf("%v", err)
		}
		if _, err := w.Open(t.Context(), other.ID, work); err != nil {
			t.Errorf("another request: %v", err)
		}
		lines := w.lines(t, audit.EvidenceArchived)
		if len(lines) != 2 || !strings.Contains(lines[0], "operator-1 request-1 ok") || !strings.Contains(lines[0], w.Offline.ID()) {
			t.Errorf("%q", lines)
		}
		if n := w.count(t, `SELECT count(*) FROM scrub_due WHERE name = 'evidence_working'`); n != 1 {
			t.Error("nobody will make the deleted keys unreadable in the files")
		}
	})
}

// References are base64url, so one in thirty-two begins with a stroke.
func TestEvidenceIsKeptForEveryReference(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		for _, id := range []string{"-AbCdEfGhIjKlMnOpQrStU", "_AbCdEfGhIjKlMnOpQrStU"} {
			n := item(evidence.Portrait, "un volto")
			n.Request, n.Author = id, id
			put := w.put(t, n)
			if _, err := w.Open(t.Context(), put.ID, evidence.Access{By: id, Purpose: "own_request"}); err != nil {
				t.Errorf("%s: %v", id, err)
			}
		}
	})
}
