package operator

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"atrio/federation/registry"
	"atrio/web/webtest"
)

var start = time.Date(2026, 3, 10, 9, 30, 0, 0, time.UTC)

// full is a state with everything in it.
func full() registry.State {
	certificate := []registry.CertificateState{{Subject: "CN=x", Fingerprint: "0011223344556677", NotBefore: start, NotAfter: start.AddDate(1, 0, 0)}}
	s := registry.State{World: "spid", Validator: true}
	for _, code := range append(registry.Codes(), "") {
		s.Sources = append(s.Sources, registry.SourceState{
			Name: "https://registry.example.it/" + code, Kind: registry.KindAddress, Attempt: start, Code: code, Error: "in words", Failures: 3,
			Held: code != registry.CodeFile, Copied: code == "", FetchedAt: start, Entities: 1, ValidUntil: start, Pinned: certificate,
		})
	}
	s.Sources = append(s.Sources,
		registry.SourceState{Name: "/etc/a.xml", Kind: registry.KindFile, Success: start, Held: true},
		registry.SourceState{Name: "demo", Kind: registry.KindInside, Success: start, Held: true})
	for i, code := range registry.WarningCodes() {
		s.Entities = append(s.Entities, registry.EntityState{
			EntityID: "https://id.example.it/" + code, Name: "Gestore <script>alert(1)</script> & C.", Source: "demo", Current: i%2 == 0, Offered: i%4 == 0,
			ValidUntil: start, Certificates: certificate, Outage: i%3 == 0, OutageText: "Fermo <b>",
			Warnings: []registry.Warning{{Code: code, What: "a <b>", At: start, Stage: i % 5}, {Code: code}},
		})
	}
	return s
}

func TestThePagesAreSound(t *testing.T) {
	c := &Console{Recent: func(string, time.Time) Recent { return Recent{OK: 1, Refused: 10, User: 2} }}
	services := full()
	services.World = servicesWorld
	webtest.Pages(t, Pages(), map[string][]any{"providers": {
		providersView{},
		providersView{Now: start, Window: 15, Worlds: []worldView{c.world(full(), start), c.world(registry.State{World: "other"}, start), c.world(services, start)}},
	}})
}

func TestTheOperatorSeesWhatNeedsAttention(t *testing.T) {
	state := full()
	recent := map[string]Recent{state.Entities[0].EntityID: {OK: 2, Refused: 9}, state.Entities[1].EntityID: {OK: 1, Refused: 11, User: 3}}
	base := webtest.Serve(t, func(base string) http.Handler {
		site := webtest.NewSite(t, "operations", base, func() time.Time { return start }, Pages())
		return site.Handler(&Console{
			Site: site, States: func(time.Time) []registry.State { return []registry.State{state} }, Window: 15 * time.Minute,
			Recent: func(id string, _ time.Time) Recent { return recent[id] }, Now: func() time.Time { return start },
		})
	})
	b := webtest.New(t)
	p := b.Get(base+"/").Expect(http.StatusOK, "Gestori e metadati", "Il server non è raggiungibile", "Il validatore è acceso", "1 riusciti, 11 rifiutati, 3 interrotti dalla persona")
	if strings.Contains(p.Body, "<script>alert") || strings.Contains(p.Body, "Fermo <b>") {
		t.Error("texts of metadata must be escaped")
	}
	// The first has a note already, the second gets the suggestion.
	if n := strings.Count(p.Body, "atrio provider outage"); n != 1 || !strings.Contains(p.Body, "atrio provider outage "+state.Entities[1].EntityID+" --on") {
		t.Errorf("%d suggestions", n)
	}
	b.Get(base+"/providers?lang=en").Expect(http.StatusOK, "Providers and metadata", "The server cannot be reached")
	state = registry.State{World: "spid"}
	b.Get(base+"/providers?lang=it").Expect(http.StatusOK, "Nessuna urgenza", "Nessuna fonte è configurata")
}

func TestAProviderIsCalledTroubledOnlyWithEnoughLogins(t *testing.T) {
	for r, want := range map[Recent]bool{{}: false, {Refused: 9}: false, {Refused: 10}: true, {OK: 10, Refused: 10}: false, {OK: 9, Refused: 10}: true, {User: 50}: false} {
		if r.Troubled() != want {
			t.Errorf("%+v: %v", r, !want)
		}
	}
}
