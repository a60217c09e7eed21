package gateway_test

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"atrio/db"
	"atrio/db/dbtest"
	"atrio/db/shareddb"
	"atrio/federation/spid"
	"atrio/federation/spid/spidsaml"
	"atrio/gateway"
	"atrio/gateway/gatewaydb"
	"atrio/gateway/ledger"
	"atrio/gateway/oidcop"
	"atrio/people/person"
	"atrio/web/webtest"
)

// adaCode is the codice fiscale that the provider states.
var adaCode = strings.TrimPrefix(ada()["fiscalNumber"], "TINIT-")

const verifier = "0123456789012345678901234567890123456789012"

// tokens signs the browser in to the service "mooc" with the session it has.
func (s *stage) tokens(b *webtest.Client) (idToken, accessToken string) {
	s.t.Helper()
	challenge := sha256.Sum256([]byte(verifier))
	q := url.Values{
		"client_id": {"mooc"}, "redirect_uri": {"https://mooc.example.org/callback"}, "response_type": {"code"}, "scope": {"openid"}, "state": {"s"},
		"nonce": {"n"}, "code_challenge": {base64.RawURLEncoding.EncodeToString(challenge[:])}, "code_challenge_method": {"S256"},
	}
	b.NoRedirect = true
	defer func() { b.NoRedirect = false }()
	p := b.Get(s.url + oidcop.AuthorizePath + "?" + q.Encode())
	back, err := url.Parse(p.Header.Get("Location"))
	if err != nil || back.Query().Get("code") == "" {
		s.t.Fatalf("no code: %d %s", p.Status, p.Header.Get("Location"))
	}
	answer := b.Post(s.url+oidcop.TokenPath, url.Values{
		"grant_type": {"authorization_code"}, "code": {back.Query().Get("code")}, "redirect_uri": {"https://mooc.example.org/callback"},
		"client_id": {"mooc"}, "code_verifier": {verifier},
	}).Expect(http.StatusOK)
	var got struct {
		ID     string `json:"id_token"`
		Access string `json:"access_token"`
	}
	if err := json.Unmarshal([]byte(answer.Body), &got); err != nil {
		s.t.Fatal(err)
	}
	return got.ID, got.Access
}

// claims are the inside of a token; its signature is tested in oidcop.
func claims(t *testing.T, token string) map[string]any {
	t.Helper()
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		t.Fatalf("no token: %q", token)
	}
	raw, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		t.Fatal(err)
	}
	var out map[string]any
	if err := json.Unmarshal(raw, &out); err != nil {
		t.Fatal(err)
	}
	return out
}

func (s *stage) userinfo(token string) map[string]any {
	s.t.Helper()
	r, err := http.NewRequestWithContext(s.t.Context(), http.MethodGet, s.url+oidcop.UserinfoPath, nil)
	if err != nil {
		s.t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+token)
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		s.t.Fatal(err)
	}
	defer res.Body.Close()
	var out map[string]any
	if err := json.NewDecoder(res.Body).Decode(&out); err != nil {
		s.t.Fatal(err)
	}
	return out
}

func (s *stage) find(w ledger.Words) []ledger.Entry {
	s.t.Helper()
	list, err := s.store.Pairs(s.t.Context(), ledger.Query{Any: w, Limit: 100})
	if err != nil {
		s.t.Fatal(err)
	}
	return list
}

var correlationForm = regexp.MustCompile(`^[0-9a-f]{32}$`)

func TestFromTheAnswerOfAProviderToEveryServiceThatGotATokenAndBack(t *testing.T) { // G6.7
	dbtest.Each(t, []db.Module{shareddb.Module(), gatewaydb.Module()}, func(t *testing.T, d *db.DB) {
		s := newStageOn(t, d)
		b := s.browser()
		s.enter(b) // a first entry: the account is made after the answer
		id, access := s.tokens(b)
		login, _ := claims(t, id)["txn"].(string)
		if !correlationForm.MatchString(login) {
			t.Fatalf("txn %q", login)
		}
		if got := claims(t, access)["txn"]; got != login {
			t.Errorf("access token: %v", got)
		}
		if got := s.userinfo(access)["txn"]; got != login {
			t.Errorf("userinfo: %v", got)
		}

		facts := ledger.ReadFacts(nil, s.posted())
		list := s.find(ledger.Words{Technical: facts.ResponseID})
		if len(list) != 1 || list[0].Correlation != login || list[0].AssertionID != facts.AssertionID || list[0].Door != person.DoorSPID ||
			list[0].Issuer != s.idp.EntityID || list[0].Subject != "TEST123456789A" || list[0].FiscalCode != adaCode || list[0].Level != 2 {
			list[0].Request, list[0].Response = nil, nil
			t.Fatalf("%d rows, %+v, login %s", len(list), list[0], login)
		}
		if got := ledger.ReadFacts(list[0].Request, list[0].Response); got.RequestAt == "" || got.ResponseAt == "" || got.NameQualifier == "" || got.Subject != list[0].NameID || got.Subject == "" {
			t.Errorf("%+v", got)
		}
		who, err := s.store.Account(t.Context(), list[0].Account)
		if err != nil || who.Name() != "Ada D'Amico" {
			t.Fatalf("%+v, %v", who, err)
		}
		issues, err := s.store.Issues(t.Context(), login, "", time.Time{}, time.Time{})
		if err != nil || len(issues) != 1 || issues[0].Service != "mooc" || issues[0].Subject != claims(t, id)["sub"] || issues[0].Account != who.ID || issues[0].Reference == "" {
			t.Fatalf("%+v, %v", issues, err)
		}
		// Another service under the same session belongs to the same login, a new
		// login does not.
		if again, _ := s.tokens(b); claims(t, again)["txn"] != login {
			t.Error("a second token under the session has another txn")
		}
		next := s.browser()
		next.Get(s.start(""))
		if other, _ := s.tokens(next); claims(t, other)["txn"] == login {
			t.Error("two logins share their txn")
		}
		if n := s.count(`SELECT count(*) FROM audit WHERE detail LIKE '%` + login + `%' AND action = 'login.succeeded'`); n != 1 {
			t.Errorf("%d lines of the audit log name the login", n)
		}
	})
}

// posted is the document that the provider posted last.
func (s *stage) posted() []byte {
	s.t.Helper()
	document, err := base64.StdEncoding.DecodeString(s.idp.last.Get("SAMLResponse"))
	if err != nil {
		s.t.Fatal(err)
	}
	return document
}

func TestRefusedAnswersToAPendingRequestAreKeptWithTheReason(t *testing.T) { // SPID-RT registro
	s := newStage(t)
	last := func(reason string) ledger.Entry {
		t.Helper()
		s.mu.Lock()
		defer s.mu.Unlock()
		if len(s.kept) == 0 {
			t.Fatalf("nothing was kept for %s", reason)
		}
		e := s.kept[len(s.kept)-1]
		facts := ledger.ReadFacts(nil, s.posted())
		if e.Refused != reason || e.Accepted() || e.Door != person.DoorSPID || e.Issuer != s.idp.EntityID || e.Reference == "" || !correlationForm.MatchString(e.Correlation) ||
			e.ResponseID != facts.ResponseID || string(e.Response) != string(s.posted()) || ledger.ReadFacts(e.Request, nil).RequestAt == "" {
			t.Fatalf("%s: kept as %q, response %q", reason, e.Refused, e.ResponseID)
		}
		return e
	}

	s.idp.anomaly = 25 // the person cancelled
	s.browser().Get(s.start(""))
	e := last("status-success.nr25")
	if e.RequestID == "" || e.Account != "" || e.Subject != "" {
		t.Errorf("%+v", e.Account)
	}
	s.idp.anomaly = 0

	s.idp.next = func(a *spidsaml.Answer) { a.Level = spid.L1 }
	b := s.browser()
	login := b.Get(s.url + "/test/begin?state=x&level=3")
	b.Get(login.Link("Identità Uno")).Expect(http.StatusForbidden)
	last("authn-level")
	s.idp.next = nil

	s.enter(s.browser())
	if err := s.db.One(t.Context(), func(q db.Queryer) error {
		_, err := q.ExecContext(t.Context(), `UPDATE account SET state = 'frozen'`)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	s.browser().Get(s.start("")).Expect(http.StatusForbidden)
	if e := last("account_frozen"); e.Subject != "TEST123456789A" || e.FiscalCode != adaCode {
		t.Error("a verified person is not named")
	}
	before := len(s.kept)
	// An answer that nobody asked for belongs to no request: it is not kept.
	webtest.New(t).Post(s.url+"/spid/acs", url.Values{"SAMLResponse": {"x"}, "RelayState": {strings.Repeat("0", 32)}}).Expect(http.StatusForbidden)
	if len(s.kept) != before {
		t.Error("an answer without a request was kept")
	}
}

func TestARefusedAnswerIsFoundByTheNumberOnItsPage(t *testing.T) {
	dbtest.Each(t, []db.Module{shareddb.Module(), gatewaydb.Module()}, func(t *testing.T, d *db.DB) {
		var queue *ledger.Refusals
		s := newStageWith(t, d, func(s *stage, deps *gateway.Deps) {
			queue = ledger.NewRefusals(s.store, deps.Site.Keyring, s.clock.Now, deps.Site.Log)
			deps.Refusals = queue
		})
		queue.Start()
		s.idp.anomaly = 25
		before := d.Commits()
		p := s.browser().Get(s.start("")).Expect(http.StatusForbidden)
		reference := regexp.MustCompile(`[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}`).FindString(p.Text("main"))
		if err := queue.Close(t.Context()); err != nil {
			t.Fatal(err)
		}
		list := s.find(ledger.Words{Technical: reference})
		if len(list) != 1 || list[0].Refused != "status-success.nr25" || string(list[0].Response) != string(s.posted()) || reference == "" {
			t.Fatalf("%q: %d rows", reference, len(list))
		}
		if n := d.Commits() - before; n != 2 { // the key of the month and the pair, behind the page
			t.Errorf("%d commits", n)
		}
	})
}

func TestWhatADoorRefusesIsKeptUnderItsName(t *testing.T) {
	s := newDoors(t)
	for _, c := range []struct {
		door    person.Door
		p       *provider
		address string
	}{
		{person.DoorSPID, s.idp, s.start("")}, {person.DoorCIE, s.cie, s.url + "/cie/login"}, {person.DoorEIDAS, s.node, s.url + "/eidas/login?country=DE"},
	} {
		c.p.anomaly = 22
		s.browser().Get(c.address).Expect(http.StatusForbidden)
		s.mu.Lock()
		if len(s.kept) == 0 {
			t.Fatalf("%s: nothing was kept", c.door)
		}
		e := s.kept[len(s.kept)-1]
		s.mu.Unlock()
		if e.Door != c.door || e.Issuer != c.p.EntityID || e.Refused != "status-success.nr22" || e.ResponseID == "" || len(e.Response) == 0 || len(e.Request) == 0 {
			t.Errorf("%s: kept as %s, %s, %s, %d and %d bytes", c.door, e.Door, e.Issuer, e.Refused, len(e.Request), len(e.Response))
		}
	}
}
