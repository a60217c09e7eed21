package faults

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"atrio/test/faults/rig"
)

// ways to an account, with the steps at which a fault may strike.
var newcomers = []struct {
	name  string
	make  func(t *testing.T, d *rig.Demo, n int) *rig.Newcomer
	steps []string
}{
	{"registers", func(t *testing.T, d *rig.Demo, n int) *rig.Newcomer {
		return rig.NewRegistrant(t, d, fmt.Sprintf("prova%d@posta.example.org", n))
	}, rig.Registering},
	{"comes by SPID", func(t *testing.T, d *rig.Demo, _ int) *rig.Newcomer { return rig.NewActivated(t, d, "Bianca") }, rig.Activating},
	{"comes by CIE", func(t *testing.T, d *rig.Demo, n int) *rig.Newcomer {
		return rig.NewCardholder(t, d, "nora.fittizia", fmt.Sprintf("carta%d@posta.example.org", n))
	}, rig.WithACard},
	{"declares", func(t *testing.T, d *rig.Demo, n int) *rig.Newcomer {
		return rig.NewDeclarant(t, d, "DE", "joerg", fmt.Sprintf("fuori%d@posta.example.org", n))
	}, rig.Declaring},
}

// Whoever registers or enters for the first time, chooses a password and sets a second
// factor up, gets there after a kill -9 at any moment: what a page said is true, nothing
// is half made.
func TestNothingAcknowledgedIsLostWhileAnAccountIsMadeOnSQLite(t *testing.T) {
	n := points(t, 16)
	for lane := range lanes {
		t.Run(fmt.Sprint("lane", lane), func(t *testing.T) {
			t.Parallel()
			first := rig.Start(t, program, rig.Options{})
			first.Stop()
			for point := lane; point < n; point += lanes {
				t.Run(fmt.Sprintf("point%d", point), func(t *testing.T) { unsettled(t, first.Copy(t), point) })
			}
		})
	}
}

// The same with PostgreSQL: the process dies, the server stays.
func TestNothingAcknowledgedIsLostWhileAnAccountIsMadeOnPostgreSQL(t *testing.T) {
	t.Parallel()
	for point := range min(points(t, 4), 50) {
		t.Run(fmt.Sprintf("point%d", point), func(t *testing.T) {
			unsettled(t, rig.Start(t, program, rig.Options{Postgres: true}), 5*point+1)
		})
	}
}

// unsettled is one newcomer with one fault.
func unsettled(t *testing.T, d *rig.Demo, point int) {
	seed := rand.New(rand.NewPCG(4, uint64(point))) //nolint:gosec // points must repeat
	way := newcomers[[]int{0, 3, 1, 0, 3, 1, 0, 2, 2, 3}[point%10]]
	n := way.make(t, d, point)
	// Odd points strike between two steps, even ones while a request that writes is under way.
	n.Fault = &rig.Fault{Step: way.steps[point/2%len(way.steps)], Request: -1}
	if point%2 == 0 {
		writes := rig.Writes(way.steps)
		n.Fault = &rig.Fault{Step: writes[point/2%len(writes)], Delay: time.Duration(seed.IntN(1+seed.IntN(60_000))) * time.Microsecond}
	}
	t.Logf("who %s: %+v", way.name, *n.Fault)
	n.AfterRestart = func() {
		t.Logf("killed after %v, acknowledged %+v", n.Steps, n.Known)
		settled(t, d, n.Known)
	}
	n.Settle()
	if !n.Fault.Happened {
		t.Fatalf("the fault never happened: %v", n.Steps)
	}
	settled(t, d, n.Known)
	d.Advance("2h") // what waits is sent, what is over is deleted
	settled(t, d, n.Known)
	g := d.Look("gateway")
	for _, table := range []string{"draft", "contact_code", "factor_code"} {
		if rows := g.Count("SELECT count(*) FROM " + table); rows != 0 {
			t.Errorf("%d rows are left in %s", rows, table)
		}
	}
	g.Close()
	n.Return(t)
	settled(t, d, n.Known)
	d.VerifyAudit("gateway")
	quiet(t, d, n)
	d.Stop()
}

// settled finds what is lost or half made in the account of one newcomer.
func settled(t *testing.T, d *rig.Demo, k rig.Acknowledged) {
	t.Helper()
	g := d.Look("gateway")
	defer g.Close()
	count := func(what string, want int, query string) {
		if n := g.Count(query); n != want {
			t.Errorf("%s: %d, want %d, acknowledged %+v", what, n, want, k)
		}
	}
	mine := "IN (SELECT id FROM account WHERE " + own("code") + ")"
	accounts := g.Count("SELECT count(*) FROM account WHERE " + own("code"))
	if accounts > 1 || k.Account && accounts != 1 {
		t.Errorf("%d accounts, acknowledged %+v", accounts, k)
	}
	if code := g.Text("SELECT code FROM account WHERE " + own("code")); k.Code != "" && code != k.Code {
		t.Errorf("the Codice Persona %s was shown, %s is stored", k.Code, code)
	}
	count("Codici Persona", accounts, "SELECT count(*) FROM person_code WHERE "+own("code"))
	count("audit lines of the account", accounts, "SELECT count(*) FROM audit WHERE action = 'account.created' AND detail NOT LIKE '%seed%'")
	count("accounts without attributes", 0, "SELECT count(*) FROM account WHERE "+own("code")+" AND id NOT IN (SELECT account_id FROM attribute)")
	count("accounts without the notice", 0, "SELECT count(*) FROM account WHERE "+own("code")+" AND id NOT IN (SELECT account_id FROM acknowledgement)")
	// A registration makes the password with the account; who comes by a door chooses it later.
	passwords := g.Count("SELECT count(*) FROM credential WHERE account_id " + mine)
	if passwords > accounts || k.Password && passwords != 1 {
		t.Errorf("%d passwords of %d accounts, acknowledged %+v", passwords, accounts, k)
	}
	count("registered accounts without a password", 0, "SELECT count(*) FROM account a WHERE "+own("a.code")+` AND NOT EXISTS (SELECT 1 FROM identity i WHERE i.account_id = a.id)
		AND NOT EXISTS (SELECT 1 FROM credential c WHERE c.account_id = a.id)`)
	drafts := g.Count("SELECT count(*) FROM draft")
	if drafts+accounts > 1 || k.Address && drafts+accounts != 1 {
		t.Errorf("%d drafts and %d accounts, acknowledged %+v", drafts, accounts, k)
	}
	factors := g.Count("SELECT count(*) FROM factor WHERE account_id " + mine)
	if factors > 1 || k.App && factors != 1 {
		t.Errorf("%d apps, acknowledged %+v", factors, k)
	}
	count("audit lines of the app", factors, "SELECT count(*) FROM audit WHERE action = 'factor.added'")
	declarations := g.Count("SELECT count(*) FROM declaration")
	if declarations > 1 || k.Declared && declarations != 1 {
		t.Errorf("%d declarations, acknowledged %+v", declarations, k)
	}
	count("audit lines of the declaration", declarations, "SELECT count(*) FROM audit WHERE action = 'declaration.made'")
	codes := g.Count("SELECT count(*) FROM recovery_code WHERE account_id " + mine)
	if codes != 0 && codes != 10 || len(k.Codes) > 0 && codes != 10 {
		t.Errorf("%d recovery codes, acknowledged %d", codes, len(k.Codes))
	}
}

// quiet looks for the secrets of a newcomer in what the program wrote down.
func quiet(t *testing.T, d *rig.Demo, n *rig.Newcomer) {
	t.Helper()
	look := d.Look("gateway")
	defer look.Close()
	texts := append(look.Texts("SELECT reason || ' ' || detail FROM audit"), d.Log())
	for _, text := range texts {
		for what, secret := range n.Secrets() {
			if at := strings.Index(strings.ToLower(text), strings.ToLower(secret)); at >= 0 {
				t.Errorf("the %s stands in the log or the audit log: …%s…", what, text[max(0, at-120):min(len(text), at+40)])
			}
		}
	}
}
