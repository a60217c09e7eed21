package faults

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"

	"atrio/test/faults/rig"
)

// trial is a service of the test.
var trial = rig.Client{ID: "prova", Secret: "una-parola-che-nessuno-conosce", RedirectURI: "http://localhost:9/callback"}

const verifier = "un-verificatore-lungo-quanto-basta-per-la-regola-0123456789"

// cluster are two gateway nodes on one PostgreSQL behind a proxy that takes turns,
// with identity provider and portal apart.
type cluster struct {
	*rig.Demo
	front *rig.Front
	nodes []*rig.Node
}

func newCluster(t *testing.T) *cluster {
	t.Helper()
	c := &cluster{front: rig.NewFront(t)}
	c.Demo = rig.Start(t, program, rig.Options{Postgres: true, Front: c.front})
	for range 2 {
		c.nodes = append(c.nodes, c.AddNode(c.front, trial))
	}
	return c
}

func TestTwoNodesAreOneGateway(t *testing.T) {
	t.Parallel()
	c := newCluster(t)
	t.Run("a whole first visit works with requests that alternate", c.alternates)
	t.Run("an answer that one node took is refused by the other", c.replay)
	t.Run("of sixteen copies of an answer at once one is accepted", c.atOnce)
	t.Run("of fifty redemptions of a code at once one succeeds", c.redemption)
	t.Run("a session ended on one node is ended on the other", c.logout)
	t.Run("a node that dies in the middle of a login is not missed", c.failover)
	for _, role := range rig.Roles() {
		c.VerifyAudit(role)
	}
	for _, n := range c.nodes {
		if strings.Contains(n.Log(), `"level":"ERROR"`) {
			t.Errorf("a node logged errors:\n%s", n.Log())
		}
	}
}

func (c *cluster) alternates(t *testing.T) {
	before := c.front.Served()
	amira := rig.NewCitizen(t, c.Demo, "Amira")
	amira.Visit()
	whole(t, c.Demo, amira.Ledger)
	for i, n := range c.front.Served() {
		if n-before[i] < 5 {
			t.Errorf("node %d had %d requests of the login", i, n-before[i])
		}
	}
	if !amira.Ledger.Account || !amira.Ledger.Enrolled {
		t.Errorf("acknowledged: %+v", amira.Ledger)
	}
}

// answered is a fresh answer of the provider in the hands of a person who is known.
func (c *cluster) answered(t *testing.T, name string) (rig.Request, []*http.Cookie) {
	t.Helper()
	p := rig.NewCitizen(t, c.Demo, name)
	p.SMS = p.Person.Phone != "" && name != "Amira"
	answer := p.Answer()
	return answer, p.Cookies()
}

func (c *cluster) replay(t *testing.T) {
	answer, cookies := c.answered(t, "Tullio") // a first entry: the answer counts once here too
	first := rig.Raw(c.nodes[0].Transport, answer.HTTP(), cookies...)
	if first.Status != http.StatusSeeOther {
		t.Fatalf("the first post got %d\n%s", first.Status, first.Body)
	}
	for i, n := range []*rig.Node{c.nodes[1], c.nodes[0]} {
		again := rig.Raw(n.Transport, answer.HTTP(), cookies...)
		if again.Status != http.StatusConflict || again.Cookie("session") != nil {
			t.Errorf("replay %d got %d\n%s", i, again.Status, again.Body)
		}
	}
	look := c.Look("gateway")
	defer look.Close()
	rig.Until(t, "the audit lines of the replays", func() bool {
		return look.Count("SELECT count(*) FROM audit WHERE reason = 'replayed'") == 2
	})
}

func (c *cluster) atOnce(t *testing.T) {
	bianca := rig.NewCitizen(t, c.Demo, "Bianca")
	bianca.Visit() // with the app; from now on she is known
	answer, cookies := c.answered(t, "Bianca")
	const copies = 16
	got := c.together(copies, func(int) *http.Request { return answer.HTTP() }, cookies...)
	sessions := 0
	for _, a := range got {
		switch {
		case a.Status == http.StatusSeeOther && a.Cookie("session") != nil:
			sessions++
		case a.Status != http.StatusConflict || a.Cookie("session") != nil:
			t.Errorf("a copy got %d, %v\n%s", a.Status, a.Err, a.Body)
		}
	}
	if sessions != 1 {
		t.Errorf("%d of %d copies were accepted", sessions, copies)
	}
}

// together sends n requests at the same instant, to the nodes in turn.
func (c *cluster) together(n int, request func(i int) *http.Request, cookies ...*http.Cookie) []rig.Answer {
	got := make([]rig.Answer, n)
	start := make(chan struct{})
	var all sync.WaitGroup
	for i := range n {
		r := request(i)
		all.Go(func() {
			<-start
			got[i] = rig.Raw(c.nodes[i%len(c.nodes)].Transport, r, cookies...)
		})
	}
	close(start)
	all.Wait()
	return got
}

// signedIn are the cookies of somebody with a session at the gateway.
func (c *cluster) signedIn(t *testing.T) []*http.Cookie {
	t.Helper()
	answer, cookies := c.answered(t, "Bianca")
	a := rig.Raw(c.nodes[0].Transport, answer.HTTP(), cookies...)
	session := a.Cookie("session")
	if session == nil {
		t.Fatalf("no session: %d\n%s", a.Status, a.Body)
	}
	return []*http.Cookie{session}
}

func (c *cluster) redemption(t *testing.T) {
	code := c.code(t, c.signedIn(t))
	form := url.Values{"grant_type": {"authorization_code"}, "code": {code}, "redirect_uri": {trial.RedirectURI}, "code_verifier": {verifier}}
	const parallel = 50
	got := c.together(parallel, func(int) *http.Request {
		r := rig.Request{Method: http.MethodPost, Address: c.Gateway() + "/oidc/token", Values: form}.HTTP()
		r.SetBasicAuth(trial.ID, trial.Secret)
		return r
	})
	var token string
	for _, a := range got {
		var said struct {
			AccessToken string `json:"access_token"`
			Error       string `json:"error"`
		}
		if err := json.Unmarshal([]byte(a.Body), &said); err != nil {
			t.Errorf("%d: %v\n%s", a.Status, err, a.Body)
		}
		switch {
		case a.Status == http.StatusOK && said.AccessToken != "" && token == "":
			token = said.AccessToken
		case a.Status != http.StatusBadRequest || said.Error != "invalid_grant" || said.AccessToken != "":
			t.Errorf("a loser got %d\n%s", a.Status, a.Body)
		}
	}
	for i, n := range c.nodes {
		r := rig.Get(c.Gateway() + "/oidc/userinfo").HTTP()
		r.Header.Set("Authorization", "Bearer "+token)
		if a := rig.Raw(n.Transport, r); a.Status != http.StatusOK {
			t.Errorf("node %d: the winner's token got %d\n%s", i, a.Status, a.Body)
		}
	}
	look := c.Look("gateway")
	defer look.Close()
	if n := look.Count("SELECT count(*) FROM oidc_grant WHERE client = $1", trial.ID); n != 1 {
		t.Errorf("%d grants for one code", n)
	}
}

// code is a code for the trial service, asked for with a session.
func (c *cluster) code(t *testing.T, cookies []*http.Cookie) string {
	t.Helper()
	challenge := sha256.Sum256([]byte(verifier))
	a := rig.Raw(c.nodes[1].Transport, rig.Get(c.Gateway()+"/oidc/authorize?"+url.Values{
		"client_id": {trial.ID}, "redirect_uri": {trial.RedirectURI}, "response_type": {"code"}, "scope": {"openid profile"}, "state": {"uno"},
		"code_challenge": {base64.RawURLEncoding.EncodeToString(challenge[:])}, "code_challenge_method": {"S256"},
	}.Encode()).HTTP(), cookies...)
	to, err := url.Parse(a.Header.Get("Location"))
	if err != nil || to.Query().Get("code") == "" {
		t.Fatalf("no code: %d to %s\n%s", a.Status, to, a.Body)
	}
	return to.Query().Get("code")
}

func (c *cluster) logout(t *testing.T) {
	cookies := c.signedIn(t)
	session := func(n *rig.Node) int {
		return rig.Raw(n.Transport, rig.Get(c.Gateway()+"/session").HTTP(), cookies...).Status
	}
	for i, n := range c.nodes {
		if got := session(n); got != http.StatusOK {
			t.Fatalf("node %d does not know the session: %d", i, got)
		}
	}
	out := rig.Raw(c.nodes[0].Transport, rig.Request{Method: http.MethodPost, Address: c.Gateway() + "/logout"}.HTTP(), cookies...)
	if out.Status != http.StatusSeeOther {
		t.Fatalf("logout got %d\n%s", out.Status, out.Body)
	}
	for i, n := range c.nodes {
		if got := session(n); got != http.StatusUnauthorized {
			t.Errorf("node %d still knows the session: %d", i, got)
		}
	}
}

func (c *cluster) failover(t *testing.T) {
	tullio := rig.NewCitizen(t, c.Demo, "Tullio")
	tullio.Until(func() bool { return tullio.At("idp/consent") })
	c.nodes[0].Kill()
	tullio.Visit()
	if tullio.Ledger.Code == "" || !tullio.Ledger.Enrolled {
		t.Errorf("acknowledged: %+v", tullio.Ledger)
	}
	c.nodes[0].Restart()
}
