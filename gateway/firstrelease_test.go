package gateway_test

import (
	"encoding/binary"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"atrio/base/seal"
	"atrio/db/dbtest"
	"atrio/db/shareddb"
	"atrio/gateway"
	"atrio/gateway/gatewaydb"
	"atrio/saml/binding"
)

// A login that began under 0.1.0, which had one door and did not name it, ends well when
// the program is exchanged meanwhile.
func TestALoginOfTheFirstReleaseEndsAtTheDoorOfSPID(t *testing.T) {
	var ring *seal.Keyring
	s := newStageWith(t, dbtest.SQLite(t, shareddb.Module(), gatewaydb.Module()), func(_ *stage, d *gateway.Deps) { ring = d.Site.Keyring })
	b := s.browser()
	b.NoRedirect = true
	form := s.answerFor(b, "")
	u, err := url.Parse(s.url)
	if err != nil {
		t.Fatal(err)
	}
	changed := 0
	for _, c := range b.HTTP.Jar.Cookies(u) {
		if strings.Contains(c.Name, "flow_") {
			c.Value, c.Path = withoutDoor(t, ring, s.clock.Now(), c.Value), "/"
			b.HTTP.Jar.SetCookies(u, []*http.Cookie{c})
			changed++
		}
	}
	page, err := b.Do(http.MethodPost, s.url+"/spid/acs", form, nil)
	if err != nil || changed != 1 {
		t.Fatal(changed, err)
	}
	if page.Status != http.StatusSeeOther || s.refusedFor("answer_of_another_door") {
		t.Errorf("status %d", page.Status)
	}
}

// withoutDoor rewrites a sealed journey as 0.1.0 would have written it.
func withoutDoor(t *testing.T, ring *seal.Keyring, now time.Time, sealed string) string {
	t.Helper()
	packed, err := ring.Open("journey", now, sealed)
	if err != nil {
		t.Fatal(err)
	}
	size, n := binary.Uvarint(packed)
	plain, err := binding.Inflate(packed[n:n+int(size)], 1<<16)
	if err != nil {
		t.Fatal(err)
	}
	var fields map[string]any
	if err := json.Unmarshal(plain, &fields); err != nil || fields["v"] != "spid" {
		t.Fatal(fields, err)
	}
	delete(fields, "v")
	if plain, err = json.Marshal(fields); err != nil {
		t.Fatal(err)
	}
	small := binding.Deflate(plain)
	again, err := ring.Seal("journey", now.Add(time.Hour), append(append(binary.AppendUvarint(nil, uint64(len(small))), small...), packed[n+int(size):]...))
	if err != nil {
		t.Fatal(err)
	}
	return again
}
