package faults

import (
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"atrio/app/demo"
	"atrio/test/faults/rig"
)

// points is how many times the program is killed; the environment asks for more.
func points(t *testing.T, otherwise int) int {
	t.Helper()
	text := os.Getenv("ATRIO_SOAK")
	if text == "" {
		return otherwise
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		t.Fatalf("ATRIO_SOAK is %q: write how many points", text)
	}
	return n
}

// lanes run beside each other, each on ports of its own.
const lanes = 2

// What is acknowledged stays, what is half done is not seen, and the person gets to
// the end: after a kill -9 at any moment of a first visit.
func TestNothingAcknowledgedIsLostWhenTheProgramIsKilledOnSQLite(t *testing.T) {
	n := points(t, 20)
	for lane := range lanes {
		t.Run(fmt.Sprint("lane", lane), func(t *testing.T) {
			t.Parallel()
			first := rig.Start(t, program, rig.Options{})
			first.Stop()
			for point := lane; point < n; point += lanes {
				t.Run(fmt.Sprintf("point%d", point), func(t *testing.T) { killed(t, first.Copy(t), point) })
			}
		})
	}
}

// The same with PostgreSQL: the process dies, the server stays.
func TestNothingAcknowledgedIsLostWhenTheProgramIsKilledOnPostgreSQL(t *testing.T) {
	t.Parallel()
	for point := range min(points(t, 5), 50) {
		t.Run(fmt.Sprintf("point%d", point), func(t *testing.T) {
			// The even ones: while a request that writes is under way.
			killed(t, rig.Start(t, program, rig.Options{Postgres: true}), 2*point)
		})
	}
}

// killed is one visit with one fault.
func killed(t *testing.T, d *rig.Demo, point int) {
	seed := rand.New(rand.NewPCG(2, uint64(point))) //nolint:gosec // points must repeat
	c := rig.NewCitizen(t, d, []string{"Bianca", "Tullio", "Amira"}[seed.IntN(3)])
	c.SMS = c.SMS || c.Person.Phone != "" && point%4 == 1 && c.Person.Name != "Amira Finta"
	c.Fault = c.RandomFault(point, seed)
	t.Logf("%s, sms %t: %+v", c.Person.Name, c.SMS, *c.Fault)
	c.AfterRestart = func() {
		t.Logf("killed after %v, acknowledged %+v", c.Steps, c.Ledger)
		whole(t, d, c.Ledger)
	}
	c.Visit()
	if !c.Fault.Happened {
		t.Fatalf("the fault never happened: %v", c.Steps)
	}
	d.Advance("15m") // what waits is sent, what is not chained is chained
	whole(t, d, c.Ledger)
	ended(t, d, c.Ledger)
	for _, role := range rig.Roles() {
		rows := d.VerifyAudit(role)
		if rows == 0 && role != "portal" {
			t.Errorf("%s: the audit log is empty", role)
		}
	}
	again(t, d, c)
	d.Stop()
}

// whole finds what is lost or half done in the databases of one person's world.
func whole(t *testing.T, d *rig.Demo, l rig.Ledger) {
	t.Helper()
	g := d.Look("gateway")
	defer g.Close()
	accounts := g.Count("SELECT count(*) FROM account WHERE " + own("code"))
	if accounts > 1 || l.Account && accounts != 1 {
		t.Errorf("%d accounts, acknowledged: %t", accounts, l.Account)
	}
	for what, query := range map[string]string{
		"Codici Persona":   "SELECT count(*) FROM person_code WHERE " + own("code"),
		"identities":       "SELECT count(*) FROM identity",
		"acknowledgements": "SELECT count(*) FROM acknowledgement",
		"welcome mails":    welcomed("channel = 'mail'"),
		"audit lines":      "SELECT count(*) FROM audit WHERE action = 'account.created' AND detail NOT LIKE '%seed%'",
	} {
		if n := g.Count(query); n != accounts {
			t.Errorf("%d accounts have %d %s", accounts, n, what)
		}
	}
	if code := g.Text("SELECT code FROM account WHERE " + own("code")); l.Code != "" && code != l.Code {
		t.Errorf("the Codice Persona %s was shown, %s is stored", l.Code, code)
	}
	if accounts == 1 && g.Count("SELECT count(*) FROM ledger") == 0 && g.Count("SELECT count(*) FROM session") == 0 {
		t.Error("an account without the session that it was made with")
	}
	p := d.Look("portal")
	defer p.Close()
	if n := p.Count("SELECT count(*) FROM learner"); n > 1 || l.Profile && n != 1 {
		t.Errorf("%d learners, profile acknowledged: %t", n, l.Profile)
	}
	if n := p.Count("SELECT count(*) FROM learner WHERE completed_at > 0"); l.Profile && n != 1 {
		t.Errorf("the profile was acknowledged and is not there")
	}
	if n := p.Count("SELECT count(*) FROM acceptance"); n != 0 && n != 2 || l.Terms && n != 2 {
		t.Errorf("%d of 2 documents accepted, acknowledged: %t", n, l.Terms)
	}
	if n := p.Count("SELECT count(*) FROM enrolment WHERE ended_at = 0"); n > 1 || l.Enrolled && n != 1 {
		t.Errorf("%d enrolments, acknowledged: %t", n, l.Enrolled)
	}
	i := d.Look("idp")
	defer i.Close()
	if n := i.Count("SELECT count(*) FROM outbox WHERE channel = 'sms'"); l.SMS && n == 0 {
		t.Error("a code by SMS was announced and is not in the outbox")
	}
	if n := i.Count("SELECT count(*) FROM identity"); n != 6 {
		t.Errorf("%d identities at the provider", n)
	}
}

// own is the condition that a Codice Persona is none of those that the demonstration plants.
func own(column string) string {
	var planted []string
	for _, m := range demo.Members() {
		planted = append(planted, "'"+string(m.Code)+"'")
	}
	return column + " NOT IN (" + strings.Join(planted, ", ") + ")"
}

// welcomed counts the mails with a new Codice Persona: all but those that tell of a password.
// The text is gone once a mail was sent.
func welcomed(condition string) string {
	return "SELECT (SELECT count(*) FROM outbox WHERE " + condition + ") - (SELECT count(*) FROM audit WHERE action = 'credential.password_changed')"
}

// ended checks the world after the visit came to its end.
func ended(t *testing.T, d *rig.Demo, l rig.Ledger) {
	t.Helper()
	if l.Code == "" {
		t.Error("the visit ended and no Codice Persona was shown")
	}
	g := d.Look("gateway")
	defer g.Close()
	if n := g.Count(welcomed("channel = 'mail' AND done_at > 0 AND sent = 1")); n != 1 {
		t.Errorf("%d welcome mails were sent", n)
	}
	if n := g.Count("SELECT count(*) FROM account WHERE " + own("code")); n != 1 {
		t.Errorf("%d accounts at the end", n)
	}
	p := d.Look("portal")
	defer p.Close()
	if n := p.Count("SELECT count(*) FROM enrolment WHERE ended_at = 0"); n != 1 {
		t.Errorf("%d enrolments at the end", n)
	}
}

// again reads everything back in a new browser: the same account, no first entry,
// the course on the dashboard.
func again(t *testing.T, d *rig.Demo, first *rig.Citizen) {
	t.Helper()
	c := first.Tomorrow()
	c.Visit()
	for _, step := range []string{"first entry", "profile", "terms", "enrol"} {
		if slices.Contains(c.Steps, step) {
			t.Errorf("the second visit asks for %s again: %v", step, c.Steps)
		}
	}
	if c.Ledger.Code != first.Ledger.Code {
		t.Errorf("the second visit shows another Codice Persona: %s, %s", c.Ledger.Code, first.Ledger.Code)
	}
	whole(t, d, first.Ledger)
}
