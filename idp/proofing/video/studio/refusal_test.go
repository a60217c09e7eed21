package studio_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"atrio/base/seal"
	"atrio/base/setting"
	"atrio/db"
	"atrio/idp/evidence"
	"atrio/idp/proofing/video/studio"
	"atrio/idp/proofing/video/studio/manifest"
)

// References of requests are base64url: one in 32 begins with no letter and no digit.
func TestARoomIsForEveryRequestThereMayBe(t *testing.T) {
	w := newWorld(t, nil)
	for n, request := range []string{"-Jt3x0Y1bWq7o2V9mDkLsA", "_Jt3x0Y1bWq7o2V9mDkLsA"} {
		if err := w.Open(t.Context(), studio.Room{Request: request, Session: fmt.Sprint("session-", n), Sides: both}); err != nil {
			t.Error(err)
		}
	}
}

func TestWhoMayOpenAndJoin(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(c *studio.Config) { c.Rooms = 2 })
	for _, r := range []studio.Room{
		{}, {Request: "r", Session: "s"}, {Request: "r", Session: "a b", Sides: both}, {Request: "a/b", Session: "s", Sides: both},
		{Request: "r", Session: "s", Sides: []studio.Side{"nobody"}}, {Request: "r", Session: "s", Sides: []studio.Side{studio.Operator, studio.Operator}},
	} {
		if err := w.Open(t.Context(), r); err == nil {
			t.Errorf("%+v is open", r)
		}
	}
	w.open(t, studio.Applicant)
	if err := w.Open(t.Context(), studio.Room{Request: "r", Session: "session-1", Sides: both}); !errors.Is(err, studio.ErrOpen) {
		t.Error(err)
	}
	if err := w.Open(t.Context(), studio.Room{Request: "r", Session: "session-2", Sides: both}); err != nil {
		t.Error(err)
	}
	if err := w.Open(t.Context(), studio.Room{Request: "r", Session: "session-3", Sides: both}); !errors.Is(err, studio.ErrBusy) {
		t.Error(err)
	}
	if _, err := w.Join(t.Context(), "session-3", studio.Applicant, "v=0"); !errors.Is(err, studio.ErrUnknown) {
		t.Error(err)
	}
	if _, err := w.Join(t.Context(), "session-1", studio.Operator, "v=0"); !errors.Is(err, studio.ErrSide) {
		t.Error(err)
	}
	if _, _, err := w.Finish(t.Context(), "session-1", said); !errors.Is(err, studio.ErrEmpty) {
		t.Error(err)
	}
	for _, m := range []studio.Manifest{
		{Operator: "a b"}, {Script: "../x"}, {Steps: []studio.Step{{ID: "x"}}}, {Steps: []studio.Step{{ID: "", At: present}}},
		{Steps: []studio.Step{{ID: "x", At: present, Note: strings.Repeat("x", 600)}}}, {Steps: make([]studio.Step, 1000)},
	} {
		if _, _, err := w.Finish(t.Context(), "session-1", m); err == nil || errors.Is(err, studio.ErrEmpty) {
			t.Errorf("%+v: %v", m, err)
		}
	}
	if _, _, err := w.Abort(t.Context(), "session-1", "two words"); err == nil {
		t.Error("a reason of two words")
	}
	for _, s := range []string{"session-1", "session-2"} {
		if _, _, err := w.Abort(t.Context(), s, "refused"); err != nil {
			t.Error(err)
		}
	}
	if err := w.Open(t.Context(), studio.Room{Request: "r", Session: "session-3", Sides: both}); err != nil {
		t.Error(err)
	}
}

func TestAHundredJoinsAreRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	w.open(t, both...)
	offers, tries := 0, 0
	for range 100 {
		switch _, err := w.Join(t.Context(), "session-1", studio.Applicant, "v=0\r\n"); {
		case errors.Is(err, studio.ErrOffer):
			offers++
		case errors.Is(err, studio.ErrTries):
			tries++
		default:
			t.Fatal(err)
		}
	}
	if offers < 6 || offers > 10 || offers+tries != 100 {
		t.Errorf("%d looked at, %d refused", offers, tries)
	}
	if _, err := w.Join(t.Context(), "session-1", studio.Operator, "v=0\r\n"); !errors.Is(err, studio.ErrOffer) {
		t.Errorf("the other side pays for it: %v", err)
	}
	for range 70 { // with all patience
		w.ahead.Add(int64(time.Minute / 2))
		_, _ = w.Join(t.Context(), "session-1", studio.Operator, "v=0\r\n")
	}
	if _, err := w.Join(t.Context(), "session-1", studio.Operator, "v=0\r\n"); !errors.Is(err, studio.ErrTries) {
		t.Error(err)
	}
}

func TestABrowserWithoutTheCodecsIsTold(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	w.open(t, both...)
	offer := newClient(t).offer(t)
	if _, err := w.Join(t.Context(), "session-1", studio.Applicant, strings.ReplaceAll(offer, "VP8/90000", "H261/90000")); !errors.Is(err, studio.ErrCodec) {
		t.Error(err)
	}
	answer, err := w.Join(t.Context(), "session-1", studio.Applicant, offer)
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(answer, "a=candidate:"); n == 0 || !strings.Contains(answer, "a=ice-lite") || !strings.Contains(answer, "127.0.0.1") || !strings.Contains(answer, "b=TIAS:") {
		t.Error(answer)
	}
	for _, other := range []string{"H264", "VP9", "AV1", "PCMU", "G722"} {
		if strings.Contains(answer, other) {
			t.Errorf("%s is spoken", other)
		}
	}
}

// Behind a NAT browsers learn the outer address alone; without one the address that the
// configuration names, of all that the machine has.
func TestBrowsersLearnNoAddressButTheOneOfTheConfiguration(t *testing.T) {
	t.Parallel()
	for public, told := range map[string]string{"": "127.0.0.1", "192.0.2.77": "192.0.2.77"} {
		w := newWorld(t, func(c *studio.Config) { c.Public = public })
		w.open(t, both...)
		answer, err := w.Join(t.Context(), "session-1", studio.Applicant, newClient(t).offer(t))
		if err != nil || !strings.Contains(answer, "a=ice-lite") {
			t.Fatal(answer, err)
		}
		list := candidateForm.FindAllStringSubmatch(answer, -1)
		if len(list) == 0 {
			t.Errorf("no candidate in %s", answer)
		}
		for _, one := range list {
			if one[1] != told || one[2] != "host" {
				t.Errorf("with public %q a browser learns %q", public, one[0])
			}
		}
		for _, where := range addressForm.FindAllString(answer, -1) {
			if where != told && where != "0.0.0.0" {
				t.Errorf("with public %q the answer says %s", public, where)
			}
		}
	}
}

var (
	candidateForm = regexp.MustCompile(`a=candidate:\S+ \d+ udp \d+ (\S+) \d+ typ (\w+)`)
	addressForm   = regexp.MustCompile(`\b\d+\.\d+\.\d+\.\d+\b`)
)

// A33
func TestASessionThatSomebodyChangedIsKnown(t *testing.T) {
	t.Parallel()
	w := newWorld(t, everySecond)
	w.open(t, studio.Applicant)
	w.enter(t, "session-1", studio.Applicant).play(t, 3500*time.Millisecond)
	paper, recordings, err := w.Finish(t.Context(), "session-1", said)
	if err != nil {
		t.Fatal(err)
	}
	verify := func() error {
		_, err := manifest.Verify(t.Context(), ring(), manifest.Working(w.vault, work), paper)
		return err
	}
	if err := verify(); err != nil {
		t.Fatal(err)
	}
	other := seal.NewKeyring("idp", seal.Key{ID: "k1", Secret: [32]byte{2}})
	if _, err := manifest.Verify(t.Context(), other, manifest.Working(w.vault, work), paper); !errors.Is(err, evidence.ErrDamaged) {
		t.Errorf("a manifest of somebody else: %v", err)
	}
	forged, err := w.vault.Put(t.Context(), evidence.New{
		Request: "request-1", Kind: evidence.VideoManifest, MediaType: "application/json", Author: "operator-1",
		Content: []byte(`{"document":{"version":1,"request":"request-1","sides":[]},"mac":"00"}`),
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := manifest.Verify(t.Context(), ring(), manifest.Working(w.vault, work), forged.ID); !errors.Is(err, evidence.ErrDamaged) {
		t.Errorf("a forged manifest: %v", err)
	}
	file := segmentFile(t, w, recordings[0])
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	content[len(content)/2] ^= 1
	if err := os.WriteFile(file, content, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := verify(); !errors.Is(err, evidence.ErrDamaged) {
		t.Errorf("a changed segment: %v", err)
	}
	content[len(content)/2] ^= 1
	if err := os.WriteFile(file, content, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := verify(); err != nil {
		t.Errorf("as it was: %v", err)
	}
	if err := w.store.DB.One(t.Context(), func(q db.Queryer) error {
		_, err := q.ExecContext(t.Context(), `DELETE FROM evidence WHERE recording = $1 AND segment = (SELECT max(segment) FROM evidence)`, recordings[0])
		return err
	}); err != nil {
		t.Fatal(err)
	}
	if err := verify(); !errors.Is(err, evidence.ErrDamaged) {
		t.Errorf("a cut end: %v", err)
	}
}

// segmentFile is some file of a recording.
func segmentFile(t *testing.T, w *world, recording string) string {
	t.Helper()
	var found string
	if err := filepath.WalkDir(w.vault.Dir, func(path string, entry os.DirEntry, err error) error {
		if err == nil && !entry.IsDir() && strings.Contains(path, recording) {
			found = path
		}
		return err
	}); err != nil || found == "" {
		t.Fatal(found, err)
	}
	return found
}

func TestASettingThatCannotBeIsSaid(t *testing.T) {
	for _, c := range []studio.Config{
		{Public: "192.0.2.1"}, {UDP: "localhost:1"}, {UDP: "192.0.2.1"}, {UDP: "0.0.0.0:4000"}, {UDP: "[::]:4000"}, {UDP: "127.0.0.1:4000", Public: "x"},
		{UDP: "127.0.0.1:4000", Servers: []studio.Server{{URL: "http://x"}}}, {UDP: "127.0.0.1:4000", Servers: []studio.Server{{URL: "turns:turn.example:443"}}},
		{UDP: "127.0.0.1:4000", Servers: []studio.Server{{URL: "turns:turn.example:443", User: "u", Password: "p", Secret: "s"}}},
		{UDP: "127.0.0.1:4000", Rooms: 1000}, {UDP: "127.0.0.1:4000", BitRate: 10}, {UDP: "127.0.0.1:4000", Segment: setting.Duration(time.Hour)},
		{UDP: "127.0.0.1:4000", Lifetime: setting.Duration(time.Second)},
	} {
		if len(c.Validate()) == 0 {
			t.Errorf("%+v is taken", c)
		}
	}
	for _, c := range []studio.Config{
		{}, {UDP: "127.0.0.1:4000"}, {UDP: "192.0.2.1:4000", Public: "198.51.100.7", Servers: []studio.Server{{URL: "turns:turn.example:443?transport=tcp", User: "u", Password: "p"}, {URL: "stun:stun.example"}, {URL: "turn:turn.example", Secret: "s"}}},
		{UDP: "[2001:db8::1]:4000", Rooms: 20, BitRate: 4000, Segment: setting.Duration(5 * time.Second), Lifetime: setting.Duration(90 * time.Minute)},
	} {
		if faults := c.Validate(); len(faults) > 0 {
			t.Errorf("%+v: %v", c, faults)
		}
	}
}

// The password of a TURN server is a MAC of user and time, as coturn computes it with
// use-auth-secret; checked with openssl: printf 1773142200:s | openssl dgst -sha1 -hmac secret
func TestABrowserGetsAPasswordOfItsOwn(t *testing.T) {
	c := studio.Config{Servers: []studio.Server{{URL: "turn:turn.example", Secret: "secret"}, {URL: "turns:t", User: "u", Password: "p"}, {URL: "stun:s"}}}
	got := c.ForBrowser("s", time.Unix(1773138600, 0))
	want := `[{"urls":"turn:turn.example","username":"1773142200:s","credential":"5JywK1Y8pmjYUO+BAv9bXAqgcq4="},{"urls":"turns:t","username":"u","credential":"p"},{"urls":"stun:s"}]`
	if got != want {
		t.Errorf("%s, want %s", got, want)
	}
	if got := (studio.Config{}).ForBrowser("s", present); got != "[]" {
		t.Error(got)
	}
}
