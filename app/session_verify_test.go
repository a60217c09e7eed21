package app

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"atrio/idp/evidence"
	"atrio/idp/proofing/video/studio"
	"atrio/idp/proofing/video/studio/studiotest"
)

// session records a second of sound, and gives the manifest and the recording.
func (s *safe) session() (manifest, recording string) {
	t := s.t
	t.Helper()
	st := &studio.Studio{Config: studio.Config{UDP: "127.0.0.1:0"}, Vault: s.vault, Ring: s.vault.Ring, Now: func() time.Time { return loginAt }}
	ctx, done := context.WithTimeout(t.Context(), time.Minute)
	defer done()
	defer func() {
		if err := st.Close(ctx); err != nil {
			t.Error(err)
		}
	}()
	if err := st.Open(ctx, studio.Room{Request: "req-1", Session: "session-1", Sides: []studio.Side{studio.Applicant}}); err != nil {
		t.Fatal(err)
	}
	c, err := studiotest.New()
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	offer, err := c.Offer()
	if err != nil {
		t.Fatal(err)
	}
	answer, err := st.Join(ctx, "session-1", studio.Applicant, offer)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Enter(ctx, answer); err != nil {
		t.Fatal(err)
	}
	if err := c.Play(studiotest.Footage{Sounds: [][]byte{{0xFC, 0xFF, 0xFE}}}, time.Second); err != nil {
		t.Fatal(err)
	}
	manifest, recordings, err := st.Finish(ctx, "session-1", studio.Manifest{Operator: "op-anna"})
	if err != nil || len(recordings) != 1 {
		t.Fatal(recordings, err)
	}
	return manifest, recordings[0]
}

// A33
func TestARecordedSessionIsVerifiedByCommand(t *testing.T) {
	eachSafe(t, func(t *testing.T, s *safe) {
		manifest, recording := s.session()
		verify := func(id string, more ...string) (string, string, int) {
			return atrio(t, append([]string{"evidence", "verify", id, "-c", s.config, "--by", "op-anna", "--reason", "Controllo a campione"}, more...)...)
		}
		if out, errs, status := verify(manifest); status != 0 || !strings.Contains(out, "as it was recorded") || !strings.Contains(out, recording) {
			t.Errorf("%s%s", out, errs)
		}
		other, err := s.vault.Put(t.Context(), evidence.New{Request: "req-1", Kind: evidence.Portrait, MediaType: "image/jpeg", Author: "a-1", Content: []byte("un volto")})
		if err != nil {
			t.Fatal(err)
		}
		if _, errs, status := verify(other.ID); status != 1 || !strings.Contains(errs, "no manifest") {
			t.Errorf("a portrait: %s", errs)
		}
		if err := s.vault.Archive(t.Context(), "req-1", "op-anna"); err != nil {
			t.Fatal(err)
		}
		if _, errs, status := verify(manifest); status != 1 || !strings.Contains(errs, "evidence_archived") {
			t.Errorf("archived: %s", errs)
		}
		opened := []string{"--second", "op-bruno", "--case", "RG 12/2026", "--ground", "judicial", "--key", s.path("1.key"), "--key", s.path("2.key")}
		if out, errs, status := verify(manifest, opened...); status != 0 || !strings.Contains(out, recording) {
			t.Errorf("%s%s", out, errs)
		}
		files, err := filepath.Glob(filepath.Join(s.path("recordings"), "*", recording, "*"))
		if err != nil || len(files) == 0 {
			t.Fatal(files, err)
		}
		if err := os.Truncate(files[0], 40); err != nil {
			t.Fatal(err)
		}
		if _, errs, status := verify(manifest, opened...); status != 1 || !strings.Contains(errs, "evidence_damaged") {
			t.Errorf("cut: %s", errs)
		}
	})
}
