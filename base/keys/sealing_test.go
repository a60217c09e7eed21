package keys

import (
	"bytes"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"atrio/base/seal"
)

var now = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func keyring(t *testing.T, s *Store) *seal.Keyring {
	t.Helper()
	k, err := s.Keyring()
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func rotate(t *testing.T, s *Store, at time.Time) {
	t.Helper()
	if err := s.RotateSealing(at); err != nil {
		t.Fatal(err)
	}
}

func TestNodesBeforeAndAfterARotationUnderstandEachOther(t *testing.T) {
	s := store(t)
	before := keyring(t, s)
	rotate(t, s, now)
	after := keyring(t, s)
	old, err := before.Seal("flow", now.Add(time.Hour), []byte("old"))
	if err != nil {
		t.Fatal(err)
	}
	fresh, err := after.Seal("flow", now.Add(time.Hour), []byte("new"))
	if err != nil {
		t.Fatal(err)
	}
	if got, err := after.Open("flow", now, old); err != nil || string(got) != "old" {
		t.Errorf("the restarted node cannot open the old value: %v", err)
	}
	if got, err := before.Open("flow", now, fresh); err != nil || string(got) != "new" {
		t.Errorf("the node not yet restarted cannot open the new value: %v", err)
	}
	if old[:6] == fresh[:6] {
		t.Error("rotation must change the sealing generation")
	}
	if !bytes.Equal(before.MAC("x"), after.MAC("x")) {
		t.Error("rotation changed the MACs")
	}
}

func TestForgottenGenerationsDoNotOpenAndTheMACStays(t *testing.T) {
	s := store(t)
	first := keyring(t, s)
	old, err := first.Seal("flow", now.Add(1000*time.Hour), []byte("old"))
	if err != nil {
		t.Fatal(err)
	}
	rotate(t, s, now)
	rotate(t, s, now.Add(24*time.Hour))
	if err := s.ForgetSealing(now.Add(-time.Second)); err != nil {
		t.Fatal(err)
	}
	if _, err := keyring(t, s).Open("flow", now, old); err != nil {
		t.Fatal("a generation that sealed after the given time was forgotten")
	}
	if err := s.ForgetSealing(now); err != nil {
		t.Fatal(err)
	}
	last := keyring(t, s)
	if _, err := last.Open("flow", now, old); err == nil {
		t.Fatal("the generation was not forgotten")
	}
	if !bytes.Equal(first.MAC("x"), last.MAC("x")) {
		t.Error("forgetting changed the MACs")
	}
	if err := s.ForgetSealing(now.Add(9999 * time.Hour)); err != nil {
		t.Fatal(err)
	}
	keyring(t, s) // two generations always stay
}

func TestRotationsAtTheSameTimeAllCount(t *testing.T) {
	s := store(t)
	keyring(t, s)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			if err := s.RotateSealing(now); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	data, err := s.read(sealingFile)
	if err != nil {
		t.Fatal(err)
	}
	if f, err := s.parseSealing(data); err != nil || len(f.generations) != 10 {
		t.Fatalf("%d generations, %v", len(f.generations), err)
	}
}

func TestABadSealingFileIsRefusedWithoutShowingIt(t *testing.T) {
	s := store(t)
	keyring(t, s)
	good, err := os.ReadFile(s.path(sealingFile))
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(string(good)), "\n") // comment, role, mac, generation 1, 2
	secret := strings.Fields(lines[2])[1]
	for name, c := range map[string]struct{ text, says string }{
		"other role":      {strings.Replace(string(good), "role gateway", "role idp", 1), "its own directory"},
		"empty":           {"", "role"},
		"one generation":  {strings.Join(lines[:4], "\n"), "restore it"},
		"no mac":          {strings.Join(append(lines[:2:2], lines[3:]...), "\n"), "restore it"},
		"mac twice":       {string(good) + lines[2], "line 6"},
		"unknown word":    {string(good) + "key " + secret, "line 6"},
		"short secret":    {string(good) + "generation 3 2026-01-01T00:00:00Z " + secret[:40], "line 6"},
		"not growing":     {string(good) + "generation 2 2026-01-01T00:00:00Z " + secret, "line 6"},
		"bad date":        {string(good) + "generation 3 yesterday " + secret, "line 6"},
		"zero secret":     {string(good) + "generation 3 2026-01-01T00:00:00Z " + strings.Repeat("A", 43), "line 6"},
		"negative number": {string(good) + "generation -1 2026-01-01T00:00:00Z " + secret, "line 6"},
	} {
		if err := os.WriteFile(s.path(sealingFile), []byte(c.text), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := s.Keyring()
		if err == nil || !strings.Contains(err.Error(), c.says) || strings.Contains(err.Error(), secret[:40]) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
