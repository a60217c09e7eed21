package gateway_test

import (
	"bytes"
	"encoding/pem"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"atrio/base/audit"
	"atrio/db"
	"atrio/db/dbtest"
	"atrio/db/shareddb"
	"atrio/federation/registry"
	"atrio/federation/spid/spidsaml"
	"atrio/gateway"
	"atrio/gateway/gatewaydb"
	"atrio/saml"
	"atrio/saml/metadata"
	"atrio/saml/samltest"
	"atrio/saml/xmlsec"
)

// federation publishes the metadata of the providers, signed, on a small server.
type federation struct {
	t      *testing.T
	stage  *stage
	signer xmlsec.Signer
	server *httptest.Server
	log    bytes.Buffer

	mu       sync.Mutex
	document []byte
	status   int

	// node is the registry that the gateway asks; tests exchange it for a second node.
	node *registry.Registry
}

// newFederation puts a gateway on a database that knows its providers by a registry.
func newFederation(t *testing.T, d *db.DB) *federation {
	f := &federation{t: t, signer: samltest.ECDSA(t), status: http.StatusOK}
	f.server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		f.mu.Lock()
		defer f.mu.Unlock()
		w.WriteHeader(f.status)
		_, _ = w.Write(f.document)
	}))
	t.Cleanup(f.server.Close)
	f.stage = newStageWith(t, d, func(s *stage, deps *gateway.Deps) {
		deps.Directory = f
		deps.Outage = func(id string) (string, bool) { return f.node.Outage(id) }
		f.stage = s
		f.serve(http.StatusOK, f.signed(f.signer, 10*24*time.Hour, nil))
		f.node = f.newNode(d)
	})
	return f
}

func (f *federation) newNode(d *db.DB) *registry.Registry {
	store := gatewaydb.NewStore(d, nil)
	pinned := samltest.File(f.t, "federation.pem", pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: f.signer.Certificate}))
	node, err := registry.New(registry.Config{
		World: "spid", Sources: []registry.SourceConfig{{MetadataURL: f.server.URL, MetadataCertificate: pinned}},
		Copies: store, Notes: store, Now: f.stage.clock.Now, Log: slog.New(slog.NewTextHandler(&f.log, nil)), Jitter: func() float64 { return 0 },
	})
	if err != nil {
		f.t.Fatal(err)
	}
	node.Load(f.t.Context())
	return node
}

// signed is an aggregate with the provider of the stage and another one, changed.
func (f *federation) signed(by xmlsec.Signer, life time.Duration, change func(string) string) []byte {
	f.t.Helper()
	document, err := f.stage.idp.Metadata("_idp", f.stage.clock.Now())
	if err != nil {
		f.t.Fatal(err)
	}
	other := metadata.Entity{EntityID: "https://due.example.it", Provider: &metadata.Provider{
		Certificates: []metadata.Certificate{{Use: "signing", DER: f.signer.Certificate}},
		SignOn:       []metadata.Endpoint{{Binding: saml.BindingRedirect, Location: "https://due.example.it/sso"}},
	}}
	second, err := other.XML()
	if err != nil {
		f.t.Fatal(err)
	}
	text := string(document)
	if change != nil {
		text = change(text)
	}
	all := `<md:EntitiesDescriptor xmlns:md="` + saml.NamespaceMetadata + `" ID="_all" validUntil="` + string(saml.At(f.stage.clock.Now().Add(life))) + `">` + text + string(second) + `</md:EntitiesDescriptor>`
	out, err := xmlsec.Sign([]byte(all), "_all", xmlsec.Name{}, by)
	if err != nil {
		f.t.Fatal(err)
	}
	return out
}

func (f *federation) serve(status int, document []byte) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.status, f.document = status, document
}

// refresh runs the jobs of the node some time later.
func (f *federation) refresh(after time.Duration) {
	f.t.Helper()
	f.stage.clock.Advance(after)
	for _, j := range f.node.Jobs() {
		if err := j.Run(f.t.Context(), f.stage.clock.Now()); err != nil {
			f.t.Error(err)
		}
	}
}

// told reports whether the operator can read, in the log and in the state, why the source
// could not be used; and forgets the log.
func (f *federation) told(code string) bool {
	defer f.log.Reset()
	return f.node.State(f.stage.clock.Now()).Sources[0].Code == code && bytes.Contains(f.log.Bytes(), []byte("why="+code))
}

// Issue 3: with a provider's metadata down, wrongly signed, expired or poisoned, logins go
// on with the last good copy and the operator is told. What the federation takes away
// counts no more.
func TestLoginsGoOnWithTheLastGoodCopy(t *testing.T) {
	dbtest.Each(t, []db.Module{shareddb.Module(), gatewaydb.Module()}, func(t *testing.T, d *db.DB) {
		f := newFederation(t, d)
		s := f.stage
		s.enter(s.browser())
		enters := func(when string) {
			t.Helper()
			if p := s.browser().Get(s.start("")); p.Status != http.StatusOK || p.Text("h1") == "" || p.URL.Path != "/account" {
				t.Errorf("%s: no login: %d %s", when, p.Status, p.URL)
			}
		}
		enters("with a good document")
		attacker := samltest.ECDSA(t)
		for _, trouble := range []struct {
			name     string
			status   int
			document []byte
			code     string
		}{
			{"down", http.StatusBadGateway, nil, registry.CodeStatus},
			{"signed by somebody else", http.StatusOK, f.signed(attacker, 20*24*time.Hour, nil), registry.CodeSignature},
			{"expired", http.StatusOK, f.signed(f.signer, -time.Hour, nil), registry.CodeExpired},
			{"rolled back", http.StatusOK, f.signed(f.signer, time.Hour*24, nil), registry.CodeRollback},
			{"broken", http.StatusOK, []byte("<md:Entities"), registry.CodeUnreadable},
		} {
			f.serve(trouble.status, trouble.document)
			f.refresh(time.Hour)
			if !f.told(trouble.code) {
				t.Errorf("%s: the operator is not told %s", trouble.name, trouble.code)
			}
			enters(trouble.name)
		}
		f.serve(http.StatusBadGateway, nil)
		f.node = f.newNode(d)
		if !f.node.State(s.clock.Now()).Sources[0].Copied {
			t.Error("the second node did not start from the copy")
		}
		enters("on a second node while the source is down")

		f.serve(http.StatusOK, f.signed(f.signer, 20*24*time.Hour, func(string) string { return "" }))
		f.refresh(time.Hour)
		p := s.browser().Get(s.start("")).Expect(http.StatusNotFound)
		if len(p.FindAll("main a")) == 0 {
			t.Error("the page about a provider that is gone leads nowhere")
		}
	})
}

func TestALoginUnderWayEndsWhenTheKeyOfItsProviderIsTakenAway(t *testing.T) {
	f := newFederation(t, dbtest.SQLite(t, shareddb.Module(), gatewaydb.Module()))
	s := f.stage
	s.enter(s.browser())
	b := s.browser()
	b.NoRedirect = true
	form := s.answerFor(b, "")
	other := samltest.RSA(t)
	f.serve(http.StatusOK, f.signed(f.signer, 20*24*time.Hour, func(string) string {
		idp := *s.idp.IdP
		idp.Signer = other
		document, err := idp.Metadata("_idp", s.clock.Now())
		if err != nil {
			t.Fatal(err)
		}
		return string(document)
	}))
	f.refresh(time.Hour)
	p := b.Post(s.url+"/spid/acs", form)
	if p.Status < 400 || p.Status >= 500 || !s.refusedFor("assertion-signature") && !s.refusedFor("response-signature") {
		t.Errorf("%d, %+v", p.Status, s.refusals)
	}
}

func TestAProviderPastTheEndOfItsMetadataIsNotOfferedAndOthersAre(t *testing.T) {
	f := newFederation(t, dbtest.SQLite(t, shareddb.Module(), gatewaydb.Module()))
	s := f.stage
	end := string(saml.At(s.clock.Now().Add(2 * time.Hour)))
	f.serve(http.StatusOK, f.signed(f.signer, 20*24*time.Hour, func(document string) string {
		return string(bytes.Replace([]byte(document), []byte(" entityID="), []byte(` validUntil="`+end+`" entityID=`), 1))
	}))
	f.refresh(time.Hour)
	s.browser().Get(s.url+"/login").Expect(http.StatusOK, "Identità Uno", "https://due.example.it")
	f.refresh(time.Hour)
	if p := s.browser().Get(s.url+"/login").Expect(http.StatusOK, "https://due.example.it"); bytes.Contains([]byte(p.Body), []byte("Identità Uno")) {
		t.Error("a provider past its end is offered")
	}
	if p := s.browser().Get(s.start("")); p.Status < 400 || p.Status >= 500 {
		t.Errorf("it can be started: %d", p.Status)
	}
}

func TestWhatTheOperatorSaysStandsOnTheButton(t *testing.T) {
	d := dbtest.SQLite(t, shareddb.Module(), gatewaydb.Module())
	f := newFederation(t, d)
	s := f.stage
	store := gatewaydb.NewStore(d, nil)
	note := registry.Note{World: "spid", Kind: registry.NoteOutage, EntityID: s.idp.EntityID, On: true, Text: "Fermo <b>fino</b> alle 18", At: s.clock.Now()}
	if err := store.NoteProvider(t.Context(), note, eventForNote(s.clock.Now())); err != nil {
		t.Fatal(err)
	}
	f.refresh(time.Minute)
	s.browser().Get(s.url+"/login").Expect(http.StatusOK, "Problemi segnalati", "Fermo <b>fino</b> alle 18")
	note.On = false
	if err := store.NoteProvider(t.Context(), note, eventForNote(s.clock.Now())); err != nil {
		t.Fatal(err)
	}
	f.refresh(time.Minute)
	if p := s.browser().Get(s.url + "/login"); bytes.Contains([]byte(p.Body), []byte("Problemi segnalati")) {
		t.Error("the outage is over, the button still tells")
	}
}

// Providers and Provider ask the node of the moment.
func (f *federation) Providers() []spidsaml.Provider { return f.node.Providers() }

func (f *federation) Provider(id string) (spidsaml.Provider, bool) { return f.node.Provider(id) }

func eventForNote(now time.Time) audit.Event { return audit.Event{At: now, Role: "gateway"} }
