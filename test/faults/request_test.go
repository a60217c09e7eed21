package faults

import (
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"atrio/idp/enrolment"
	"atrio/test/faults/applicant"
	"atrio/test/faults/rig"
)

// ways of identification, with how many points each gets.
var ways = []struct {
	name string
	way  func() applicant.Way
}{
	{"signature", applicant.BySignature}, {"cns", applicant.ByCNS}, {"chip", applicant.ByChip}, {"rao", applicant.ByRAO}, {"point", applicant.AtAPoint}, {"video", applicant.ByVideo},
}

// A crash at any point of any way loses no acknowledged evidence: whoever requests an
// identity gets to the operators after a kill -9 at any moment, what a page said is there,
// its evidence opens and is what it was, and nothing is half made.
func TestNothingAcknowledgedIsLostWhileAnIdentityIsRequestedOnSQLite(t *testing.T) {
	n := points(t, 3*len(ways))
	out := applicant.NewOutside(t)
	for lane := range lanes {
		t.Run(fmt.Sprint("lane", lane), func(t *testing.T) {
			t.Parallel()
			first := rig.Start(t, program, rig.Options{Overrides: out.Settings()})
			staff := applicant.Hire(t, first)
			first.Stop()
			for point := lane; point < n; point += lanes {
				t.Run(pointName(point), func(t *testing.T) { requested(t, first.Copy(t), out, staff, point) })
			}
		})
	}
}

// The same with PostgreSQL: the process dies, the server stays.
func TestNothingAcknowledgedIsLostWhileAnIdentityIsRequestedOnPostgreSQL(t *testing.T) {
	t.Parallel()
	out := applicant.NewOutside(t)
	for i := range min(points(t, len(ways)), 50) {
		point := i + 100 // others than those of SQLite
		t.Run(pointName(point), func(t *testing.T) {
			d := rig.Start(t, program, rig.Options{Postgres: true, Overrides: out.Settings()})
			requested(t, d, out, applicant.Hire(t, d), point)
		})
	}
}

func pointName(point int) string { return fmt.Sprintf("%s%d", ways[point%len(ways)].name, point) }

// requested is one request with one fault.
func requested(t *testing.T, d *rig.Demo, out *applicant.Outside, staff applicant.Staff, point int) {
	seed := rand.New(rand.NewPCG(6, uint64(point))) //nolint:gosec // points must repeat
	a := applicant.New(t, d, ways[point%len(ways)].way(), out, staff)
	a.Fault = a.Way.Fault(point/len(ways), seed)
	t.Logf("%+v", *a.Fault)
	t.Cleanup(func() {
		if t.Failed() {
			t.Log(complaints(d.Log()))
		}
	})
	a.AfterRestart = func() {
		t.Logf("killed after %v, acknowledged %+v", a.Steps, a.Known)
		kept(t, d, a.Known)
	}
	a.Apply()
	if !a.Fault.Happened {
		t.Fatalf("the fault never happened: %v", a.Steps)
	}
	if c := kept(t, d, a.Known); c == nil || c.State != enrolment.OperatorCheck || c.Data.Verdict == nil && a.Way.Method != enrolment.Point {
		t.Fatalf("operators have nothing to decide on: %+v", c)
	}
	if missing := a.Known.Untold(a.Way); a.Fault.Request < 0 && len(missing) > 0 {
		t.Errorf("no answer was lost, and no page said %v: %v", missing, a.Steps)
	}
	d.Advance("15m") // what waits is sent, what is not chained is chained
	kept(t, d, a.Known)
	next := a.Tomorrow()
	next.Apply()
	if next.Known.Number != a.Known.Number || next.Known.Contract != a.Known.Contract {
		t.Errorf("in a new browser the request is %+v, it was %+v", next.Known, a.Known)
	}
	d.VerifyAudit("idp")
	d.Stop()
}

// complaints are the lines of a log about what went wrong.
func complaints(log string) string {
	var out strings.Builder
	for line := range strings.Lines(log) {
		if strings.Contains(line, "ERROR") || strings.Contains(line, "WARN") {
			out.WriteString(line)
		}
	}
	return out.String()
}

// kept finds what is lost or half made of the one request of a demonstration, and gives it;
// nil while there is none.
func kept(t *testing.T, d *rig.Demo, k applicant.Known) *applicant.Case {
	t.Helper()
	cases := applicant.Cases(t, d)
	if len(cases) > 1 || k.Opened && len(cases) != 1 {
		t.Errorf("%d requests, acknowledged %+v", len(cases), k)
	}
	g := d.Look("idp")
	defer g.Close()
	count := func(what string, want int, query string) {
		t.Helper()
		if n := g.Count(query); n != want {
			t.Errorf("%s: %d, want %d, acknowledged %+v", what, n, want, k)
		}
	}
	steps, confirmed := 0, 0
	for _, c := range cases {
		steps += len(c.Events)
		if c.State != enrolment.MailPending {
			confirmed++
		}
	}
	items := g.Count("SELECT count(*) FROM evidence WHERE recording = ''")
	count("applicants", confirmed, "SELECT count(*) FROM applicant")
	count("lines of the audit log about steps", steps, "SELECT count(*) FROM audit WHERE action = 'enrolment.step'")
	count("lines of the audit log about evidence", items, "SELECT count(*) FROM audit WHERE action = 'evidence.kept' AND detail NOT LIKE '%\"recording\"%'")
	count("keys of evidence", items+g.Count("SELECT count(*) FROM evidence_recording"), "SELECT count(*) FROM evidence_working")
	count("evidence without a request", 0, "SELECT count(*) FROM evidence WHERE request NOT IN (SELECT id FROM request)")
	count("codes without a message", g.Count("SELECT count(*) FROM outbox WHERE channel = 'sms'"), "SELECT count(*) FROM audit WHERE action = 'credential.code_sent' AND outcome = 'ok' AND detail LIKE '%\"sms\"%'")
	count("identities", 6, "SELECT count(*) FROM identity")
	if len(cases) == 0 {
		return nil
	}
	whollyKept(t, &cases[0], k)
	return &cases[0]
}

// whollyKept compares a request with what its pages said.
func whollyKept(t *testing.T, c *applicant.Case, k applicant.Known) {
	t.Helper()
	at := func(what string, said, is bool) {
		t.Helper()
		if said && !is {
			t.Errorf("%s was acknowledged and is not there: %s, %+v", what, c.State, k)
		}
	}
	q := c.Data
	at("the mailbox", k.Mail, c.State != enrolment.MailPending)
	at("question and telephone", k.Security, q.Answer != "" && q.Phone != "")
	at("the number", k.Phone, !q.PhoneAt.IsZero())
	at("the person", k.Person, q.Person.FiscalCode != "")
	at("the document", k.Documents, q.Document.Number != "" && len(q.Pictures) == len(enrolment.Pictures()))
	at("the contract", k.Frozen, q.Contract != nil)
	at("the signature", k.Signed, q.SignedNow())
	at("what was found", k.Found, q.Verdict != nil || q.Booking != nil || !q.Identified.IsZero())
	at("the identification", k.Proved, c.State == enrolment.OperatorCheck && q.SignedNow())
	at("the number "+k.Number, k.Number != "", string(c.Number) == k.Number)
	if c.Version != len(c.Events)+1 {
		t.Errorf("version %d after %d steps", c.Version, len(c.Events))
	}
	for _, act := range []enrolment.Act{enrolment.ConfirmMail, enrolment.ConfirmPhone, enrolment.FreezeContract, enrolment.Sign, enrolment.Identify} {
		if n := c.Took(act); n > 1 {
			t.Errorf("the step %s was taken %d times", act, n)
		}
	}
	proven(t, c, k)
}

// proven looks into the evidence: all that is named is there and opens, and what was seen by
// the person is what it was.
func proven(t *testing.T, c *applicant.Case, k applicant.Known) {
	t.Helper()
	named := c.Named()
	for id := range named {
		if _, there := c.Items[id]; !there {
			t.Errorf("the evidence %s is named and not there", id)
		}
	}
	// The proof comes before the step that names it: what was cut off between the two stays
	// as evidence of the request that no step names, never more than one form makes.
	loose := 0
	for id := range c.Items {
		if !named[id] {
			loose++
		}
	}
	if loose > len(enrolment.Pictures()) {
		t.Errorf("%d items that no step names", loose)
	}
	sum := func(id string) string {
		item := c.Items[id]
		return hex.EncodeToString(item.SHA256[:])
	}
	for what, digest := range k.Pictures {
		if got := sum(c.Data.Pictures[enrolment.Picture(what)]); got != digest {
			t.Errorf("the picture of the %s has become another one", what)
		}
	}
	q := c.Data.Contract
	if q == nil {
		return
	}
	if got := sum(q.Evidence); got != q.SHA256 || k.Contract != "" && got != k.Contract {
		t.Errorf("the contract is %s, frozen was %s, given out %s", got, q.SHA256, k.Contract)
	}
}
