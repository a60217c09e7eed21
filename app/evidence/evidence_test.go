package evidence

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"atrio/federation/spid/spidcases"
	"atrio/federation/spid/spidsaml"
	"atrio/saml"
	"atrio/saml/metadata"
	"atrio/saml/samltest"
)

// house is a gateway that sends people where it likes.
type house struct {
	*httptest.Server
	sp     *spidsaml.SP
	login  http.HandlerFunc
	answer http.HandlerFunc
	leave  http.HandlerFunc
}

func newHouse(t *testing.T) *house {
	t.Helper()
	h := new(house)
	mux := http.NewServeMux()
	mux.HandleFunc("/spid/metadata", func(w http.ResponseWriter, _ *http.Request) {
		document, err := h.sp.Metadata("_sp", samltest.Start)
		if err != nil {
			t.Error(err)
		}
		w.Write(document)
	})
	mux.HandleFunc("/spid/login", func(w http.ResponseWriter, r *http.Request) { h.login(w, r) })
	mux.HandleFunc("/spid/acs", func(w http.ResponseWriter, r *http.Request) { h.answer(w, r) })
	mux.HandleFunc("/spid/slo", func(w http.ResponseWriter, r *http.Request) { h.leave(w, r) })
	h.Server = httptest.NewServer(mux)
	t.Cleanup(h.Close)
	names := metadata.Localized{{Lang: "it", Text: "Ente di Esempio"}}
	h.sp = &spidsaml.SP{
		EntityID: h.URL, ACSURL: h.URL + "/spid/acs", SLOURL: h.URL + "/spid/slo", Signer: samltest.ECDSA(t),
		Organization:  metadata.Organization{Names: names, DisplayNames: names, URLs: names},
		Contact:       spidsaml.Contact{IPACode: "c_test", Email: "spid@esempio.it"},
		AttributeSets: []spidsaml.AttributeSet{{Names: names, Attributes: []string{"spidCode", "name", "familyName", "fiscalNumber"}}},
	}
	return h
}

func (h *house) plan(t *testing.T, only ...string) Plan {
	t.Helper()
	return Plan{
		World: SPID(), Base: h.URL, Dir: filepath.Join(t.TempDir(), "evidence"), Only: only, Screens: NoScreens,
		Provider: spidcases.NewProvider(samltest.ECDSA(t), samltest.ECDSA(t)), Now: func() time.Time { return samltest.Start },
	}
}

// sends makes the login of the house send a good request for the provider of a plan.
func (h *house) sends(t *testing.T, p Plan, way string) {
	document, err := p.Provider.Metadata("_idp", samltest.Start)
	if err != nil {
		t.Fatal(err)
	}
	known, err := spidsaml.ReadProvider(document, samltest.Start)
	if err != nil {
		t.Fatal(err)
	}
	h.login = func(w http.ResponseWriter, r *http.Request) {
		request, err := h.sp.Request(saml.NewID(), samltest.Start.Add(-time.Hour), known, spidsaml.Want{Level: 2, Binding: way})
		if err != nil {
			t.Error(err)
		}
		if way == saml.BindingPost {
			action, message, err := request.Post()
			if err != nil {
				t.Error(err)
			}
			fmt.Fprintf(w, `<form method="post" action="%s" data-autopost><input name="SAMLRequest" value="%s"><input name="RelayState" value="opaque"></form>`, action, message)
			return
		}
		address, err := request.RedirectURL("opaque")
		if err != nil {
			t.Error(err)
		}
		http.Redirect(w, r, address, http.StatusFound)
	}
}

// refusing is the page of an error as the gateway draws it.
func refusing(w http.ResponseWriter, status int) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	fmt.Fprint(w, `<main><h1>No</h1><ul class="atrio-actions"><li><a href="/">Riprova</a></li><li><a href="/">Entra in altro modo</a></li></ul><p class="atrio-reference">R <code>AAAA</code></p></main>`)
}

func TestAGatewayThatDoesNotTrustTheProviderIsLeftAlone(t *testing.T) {
	h := newHouse(t)
	h.answer = func(http.ResponseWriter, *http.Request) { t.Error("an answer was posted") }
	for name, login := range map[string]http.HandlerFunc{
		"unknown": func(w http.ResponseWriter, _ *http.Request) { refusing(w, http.StatusNotFound) },
		"another provider": func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "https://idp.esempio.it/sso?SAMLRequest=x", http.StatusFound)
		},
		"a page": func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "<h1>Scegli</h1>") },
	} {
		h.login = login
		p := h.plan(t)
		if _, err := Run(t.Context(), p); !errors.Is(err, ErrNotTrusted) {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := os.Stat(filepath.Join(p.Dir, "report.json")); err == nil {
			t.Errorf("%s: a report was written", name)
		}
	}
}

func TestAnswersGoToTheGatewayOnly(t *testing.T) {
	h := newHouse(t)
	p := h.plan(t, "1")
	h.sp.ACSURL = "https://elsewhere.esempio.it/spid/acs"
	h.sends(t, p, saml.BindingRedirect)
	if _, err := Run(t.Context(), p); err == nil || !strings.Contains(err.Error(), "elsewhere.esempio.it") {
		t.Errorf("%v", err)
	}
}

func TestDifferencesAreToldOneByOne(t *testing.T) {
	h := newHouse(t)
	for name, c := range map[string]struct {
		id     string
		answer http.HandlerFunc
		want   string
	}{
		"accepted against the rules": {"2", func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "https://away.esempio.it/", http.StatusSeeOther)
		}, "accepted, must be refused"},
		"refused against the rules": {"1", func(w http.ResponseWriter, _ *http.Request) { refusing(w, 403) }, "refused with 403, must be accepted"},
		"another status":            {"2", func(w http.ResponseWriter, _ *http.Request) { refusing(w, 500) }, "status 500, want 403"},
		"no reference":              {"2", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(403); fmt.Fprint(w, "<h1>No</h1>") }, "no reference"},
		"no way on":                 {"104", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(403); fmt.Fprint(w, "<h1>No</h1>") }, "Riprova"},
		"nothing to read":           {"2", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(403) }, "no heading"},
	} {
		t.Run(name, func(t *testing.T) {
			p := h.plan(t, c.id)
			h.sends(t, p, saml.BindingPost)
			h.answer = c.answer
			report, err := Run(t.Context(), p)
			if err != nil {
				t.Fatal(err)
			}
			if report.Differing != 1 || !strings.Contains(strings.Join(report.Cases[0].Differences, "|"), c.want) {
				t.Errorf("%+v", report.Cases[0].Differences)
			}
		})
	}
}

// leaves makes the house confirm a logout, changed by spoil.
func (h *house) leaves(t *testing.T, p Plan, way string, spoil func(f *spidsaml.Farewell)) {
	document, err := p.Provider.Metadata("_idp", samltest.Start)
	if err != nil {
		t.Fatal(err)
	}
	known, err := spidsaml.ReadProvider(document, samltest.Start)
	if err != nil {
		t.Fatal(err)
	}
	now := samltest.Start.Add(-time.Hour)
	h.leave = func(w http.ResponseWriter, r *http.Request) {
		in := spidsaml.Incoming{Method: r.Method, RawQuery: r.URL.RawQuery, Now: now}
		if err := r.ParseForm(); err != nil {
			t.Error(err)
		}
		in.Form = r.PostForm
		f, err := h.sp.Leaver().Read(in, func(string) (spidsaml.Peer, bool) { return known.Peer(), true })
		if err != nil {
			t.Error(err)
			return
		}
		spoil(f)
		d, err := h.sp.Leaver().Answer(saml.NewID(), now, f.Peer, f.ID, way, f.Partial)
		if err != nil {
			t.Error(err)
		}
		if way == saml.BindingRedirect {
			address, err := d.RedirectURL(f.RelayState)
			if err != nil {
				t.Error(err)
			}
			http.Redirect(w, r, address, http.StatusFound)
			return
		}
		value, err := d.Field()
		if err != nil {
			t.Error(err)
		}
		fmt.Fprintf(w, `<h1>Uscita</h1><form method="post" action="%s" data-autopost><input name="SAMLResponse" value="%s"><input name="RelayState" value="%s"></form>`, d.Location, value, f.RelayState)
	}
}

func TestTheLogoutMustBeConfirmedByASignedAnswer(t *testing.T) {
	h := newHouse(t)
	for name, c := range map[string]struct {
		way   string
		spoil func(*spidsaml.Farewell)
		want  string
	}{
		"by redirect":     {saml.BindingRedirect, func(*spidsaml.Farewell) {}, ""},
		"by post":         {saml.BindingPost, func(*spidsaml.Farewell) {}, ""},
		"of another":      {saml.BindingPost, func(f *spidsaml.Farewell) { f.ID = "_other" }, "answers another request"},
		"a part only":     {saml.BindingPost, func(f *spidsaml.Farewell) { f.Partial = true }, "does not confirm"},
		"RelayState lost": {saml.BindingPost, func(f *spidsaml.Farewell) { f.RelayState = "x" }, "RelayState"},
		"sent to elsewhere": {saml.BindingRedirect, func(f *spidsaml.Farewell) {
			f.Peer.Logout = []metadata.Endpoint{{Binding: saml.BindingRedirect, Location: "https://elsewhere.esempio.it/slo"}}
		}, "elsewhere"},
	} {
		t.Run(name, func(t *testing.T) {
			p := h.plan(t, LogoutID)
			h.sends(t, p, saml.BindingRedirect)
			h.leaves(t, p, c.way, c.spoil)
			report, err := Run(t.Context(), p)
			if err != nil {
				t.Fatal(err)
			}
			got := strings.Join(report.Cases[0].Differences, "|")
			if (got == "") != (c.want == "") || !strings.Contains(got, c.want) {
				t.Errorf("%q", got)
			}
		})
	}
	h.leave = func(w http.ResponseWriter, _ *http.Request) { refusing(w, 422) }
	p := h.plan(t, LogoutID)
	h.sends(t, p, saml.BindingRedirect)
	if report, err := Run(t.Context(), p); err != nil || report.Differing != 1 || !strings.Contains(report.Cases[0].Differences[0], "status 422 and no LogoutResponse") {
		t.Errorf("%v, %+v", err, report)
	}
}

// The time of the messages is that of the gateway: a demonstration may live in another.
func TestTheCasesArePlayedInTheTimeOfTheGateway(t *testing.T) {
	h := newHouse(t)
	p := h.plan(t, "2", "23")
	h.sends(t, p, saml.BindingRedirect) // an hour before Now
	h.answer = func(w http.ResponseWriter, r *http.Request) { refusing(w, 400) }
	report, err := Run(t.Context(), p)
	if err != nil || report.Played != 2 || !report.Cases[1].Same() {
		t.Fatalf("%v, %+v", err, report)
	}
	document, err := os.ReadFile(filepath.Join(p.Dir, "cases", "2", "response.xml"))
	if err != nil || !strings.Contains(string(document), `IssueInstant="2026-03-10T08:30:00.000Z"`) {
		t.Errorf("%v: %s", err, document)
	}
	// The same directory may be used again, a foreign one never.
	if _, err := Run(t.Context(), p); err != nil {
		t.Error(err)
	}
}

func TestOnlyFilesOfTheGatewayAreKept(t *testing.T) {
	for link, want := range map[string]string{
		"/static/a.css": "/static/a.css", "/static/i.svg#x": "/static/i.svg", "https://esempio.it/a.css": "", "//esempio.it/a.css": "",
		"/static/../../etc/passwd": "", "/../x": "", "a.css": "", "/": "", "": "", "/a?b": "", "/%2e%2e/x": "", `/a\..\b`: "", "data:image/png;base64,AA": "",
	} {
		if got, _, ok := localFile(link); got != want || ok != (want != "") {
			t.Errorf("%q: %q, %v", link, got, ok)
		}
	}
}
