package gateway_test

import (
	"context"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"atrio/db"
	"atrio/db/dbtest"
	"atrio/gateway"
	"atrio/gateway/account"
	"atrio/gateway/codeimport"
	"atrio/gateway/credential"
	"atrio/gateway/helpdesk"
	"atrio/web/webtest"
)

// tally counts the hashes that the gateway computes.
type tally struct {
	credential.Hasher
	n atomic.Int64
}

func (c *tally) Hash(ctx context.Context, password string) (string, error) {
	c.n.Add(1)
	return c.Hasher.Hash(ctx, password)
}

func (c *tally) Verify(ctx context.Context, phc, password string) (ok, rehash bool, err error) {
	c.n.Add(1)
	return c.Hasher.Verify(ctx, phc, password)
}

func (c *tally) VerifyDummy(ctx context.Context, password string) error {
	c.n.Add(1)
	return c.Hasher.VerifyDummy(ctx, password)
}

// cost is what an answer shows and takes, as somebody who tries and who measures sees it.
type cost struct {
	page                         string
	hashes                       int64
	statements, commits          uint64
	mails, lines, rows, refusals int
}

// weighed is a stage whose hashes are counted.
type weighed struct {
	*stage
	hashes *tally
}

func newWeighed(t *testing.T, d *db.DB) (w weighed) {
	w.stage = newStageWith(t, d, func(s *stage, deps *gateway.Deps) {
		w.hashes = &tally{Hasher: deps.Hasher}
		deps.Hasher = w.hashes
		s.config.Limits.PostsPerMinute = 100_000
	})
	return w
}

// weigh measures what a request costs. What differs from visit to visit, or is what was
// typed, is taken out of the page.
func (w weighed) weigh(b *webtest.Client, typed string, do func() *page) (*page, cost) {
	w.t.Helper()
	count := func() cost {
		return cost{
			hashes: w.hashes.n.Load(), commits: w.db.Commits(), mails: w.count(`SELECT count(*) FROM outbox`),
			lines: w.count(`SELECT count(*) FROM audit`), rows: w.count(`SELECT count(*) FROM contact_code`) + w.count(`SELECT count(*) FROM session`), refusals: len(w.refusals),
		}
	}
	before := count()
	statements := w.db.Statements()
	p := do()
	statements = w.db.Statements() - statements
	after := count()
	var cookies []string
	for _, c := range (&http.Response{Header: p.Header}).Cookies() {
		cookies = append(cookies, changing.ReplaceAllString(c.Name, "_…"))
	}
	text := strings.ReplaceAll(chance.ReplaceAllString(p.Body, ""), typed, "TYPED")
	return p, cost{
		page:   fmt.Sprint(p.Status, p.URL.Path, p.Header.Get("Retry-After"), p.Header.Get("Content-Length") == "", cookies, text),
		hashes: after.hashes - before.hashes, statements: statements, commits: after.commits - before.commits, mails: after.mails - before.mails,
		lines: after.lines - before.lines, rows: after.rows - before.rows, refusals: after.refusals - before.refusals,
	}
}

var (
	// chance is drawn for every page: the work of the browser, the number of a refusal.
	chance   = regexp.MustCompile(`name="challenge" value="[^"]*"|data-work="[^"]*"|\b[A-HJ-NP-Z2-9]{4}-[A-HJ-NP-Z2-9]{4}-[A-HJ-NP-Z2-9]{4}\b`)
	changing = regexp.MustCompile(`_[A-Za-z0-9_-]{16,}$`)
)

// people of every state that an account can have, and nobody.
type someone struct {
	what, email string
	code        account.Code
}

// populate makes them; nobody is the last.
func (w weighed) populate() (list []someone) {
	w.t.Helper()
	w.plant()
	list = append(list, someone{"with a password", "noor@posta.example.it", noor})
	b := w.browser()
	done := b.Submit(b.Get(w.start("")).FormWith("notice"), "notice", "on")
	list = append(list, someone{"without a password", "ada@posta.example.it", account.Code(done.Text("#codice-persona"))})
	for _, state := range []account.State{account.Frozen, account.Closed} {
		s := w.planted(string(state))
		w.exec(`UPDATE account SET state = $1 WHERE code = $2`, string(state), string(s.code))
		list = append(list, s)
	}
	list = append(list, w.merged()...)
	expected := someone{"of a register, whose first access is to come", tullioEmail, w.free()}
	w.imported(expected.code, codeimport.Line{Email: expected.email, Language: "it"})
	unreachable := someone{"of a register that knows no mailbox", "ignota@posta.example.it", w.free()}
	w.imported(unreachable.code, codeimport.Line{FiscalCode: "FNTTLL80A01H501W"})
	return append(list, w.erased(), expected, unreachable, someone{"that nobody has", "nessuno@posta.example.it", nobody})
}

// free is a Codice Persona that nobody has.
func (w weighed) free() account.Code {
	w.t.Helper()
	code, err := account.NewCode(9)
	if err != nil {
		w.t.Fatal(err)
	}
	return code
}

// planted is somebody with a password, whom what becomes of them names.
func (w weighed) planted(what string) someone {
	w.t.Helper()
	s := someone{"that is " + what, what + "@posta.example.it", w.free()}
	err := w.gw.Seed(w.t.Context(), account.Seed{
		Account:  account.Account{Code: s.code, GivenName: "Leo", FamilyName: "Esempio", Email: s.email, Language: "it"},
		Password: secret,
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return s
}

// merged are two accounts of one person, of which the second lives on in the first.
func (w weighed) merged() []someone {
	w.t.Helper()
	into, from := w.planted("two-in-one"), w.planted("merged")
	err := w.store.Do(w.t.Context(), helpdesk.Act{
		ID: "r-merge", Deed: helpdesk.Merge, AccountID: w.idOf(into.code), Other: w.idOf(from.code), Reason: "doppio", Now: w.clock.Now(), Event: eventForNote(w.clock.Now()),
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return []someone{into, from}
}

// erased closed their account so long ago that nothing is left of it but the code.
func (w weighed) erased() someone {
	w.t.Helper()
	s, now := w.planted("erased"), w.clock.Now()
	w.exec(`UPDATE account SET state = $1, closed_at = $2 WHERE code = $3`, string(account.Closed), db.Micros(now.Add(-account.ClosedFor)), string(s.code))
	if err := w.store.Erase(w.t.Context(), now); err != nil {
		w.t.Fatal(err)
	}
	return s
}

// everyState fails when populate left out a state of accounts that it should not.
func (w weighed) everyState() {
	w.t.Helper()
	for _, state := range []account.State{account.Active, account.Frozen, account.Closed, account.Merged, account.Erased} {
		if w.count(`SELECT count(*) FROM account WHERE state = $1`, string(state)) == 0 {
			w.t.Errorf("nobody's account is %s", state)
		}
	}
}

func (s *stage) idOf(code account.Code) (id string) {
	s.t.Helper()
	if err := s.db.Read().QueryRowContext(s.t.Context(), `SELECT id FROM account WHERE code = $1`, string(code)).Scan(&id); err != nil {
		s.t.Fatal(err)
	}
	return id
}

// Whoever tries cannot tell whether there is an account and how it is: neither by the
// pages nor by what they cost. // ASVS 6.3.8
func TestKnownAndUnknownAccountsCostTheSame(t *testing.T) {
	ways := []struct {
		name string
		walk func(w weighed, who someone) []cost
	}{
		{"login", weighed.login}, {"recovery, and again", weighed.recover}, {"registration, wrong codes, and another code", weighed.registration},
	}
	dbtest.Each(t, modules(), func(t *testing.T, d *db.DB) {
		w := newWeighed(t, d)
		people := w.populate()
		w.everyState()
		for _, way := range ways {
			want := way.walk(w, people[len(people)-1])
			for _, who := range people[:len(people)-1] {
				w.clock.Advance(24 * time.Hour)
				for i, got := range way.walk(w, who) {
					if got == want[i] {
						continue
					}
					t.Errorf("%s, step %d: an account %s is answered unlike one that nobody has", way.name, i, who.what)
					if got.page != want[i].page {
						t.Error(difference(got.page, want[i].page))
					}
					got.page, want[i].page = "", ""
					t.Errorf("%+v, nobody %+v", got, want[i])
				}
			}
			w.clock.Advance(24 * time.Hour)
		}
	})
}

// A codice fiscale that somebody proved is declared at the same cost as one that nobody
// has: who registers learns nothing about its holder. // G3.8
func TestADeclaredCodiceFiscaleCostsTheSameWhoeverProvedIt(t *testing.T) {
	dbtest.Each(t, modules(), func(t *testing.T, d *db.DB) {
		w := newWeighed(t, d)
		w.enter(w.browser()) // Ada proves hers
		var costs []cost
		for i, code := range []string{"FNTPRV83E50A744V", "DMCDAA80A41H501U"} {
			b, said := w.browser(), prova("sex", "F", "fiscal_code", code)
			said[slices.Index(said, "email")+1] = fmt.Sprintf("prova%d@posta.example.org", i)
			f := w.toReview(b, w.register(b, ""), said).FormWith("password")
			_, c := w.weigh(b, code, func() *page {
				return b.Submit(f, "password", another, "repeat", another).Expect(http.StatusOK, "Ci sei quasi!")
			})
			c.page = personCode.ReplaceAllString(c.page, "CODE")
			costs = append(costs, c)
			w.clock.Advance(time.Hour)
		}
		if costs[0] != costs[1] {
			t.Errorf("%s\n%+v", difference(costs[1].page, costs[0].page), costs)
		}
		if n := w.count(`SELECT count(*) FROM account_task WHERE kind = 'merge'`); n != 1 {
			t.Errorf("the help desk has %d tasks", n)
		}
	})
}

// personCode is a Codice Persona on a page.
var personCode = regexp.MustCompile(`\b\d{9}\b`)

// difference is where two texts begin to differ.
func difference(a, b string) string {
	n := 0
	for n < min(len(a), len(b)) && a[n] == b[n] {
		n++
	}
	cut := func(s string) string { return s[max(0, n-80):min(len(s), n+160)] }
	return fmt.Sprintf("…%s…\nand\n…%s…", cut(a), cut(b))
}

// login types a wrong password beyond the limit of one address.
func (w weighed) login(who someone) (list []cost) {
	b := w.browser()
	for range 12 {
		f := b.Get(w.url+"/login").FormWith("password").Fill("code", string(who.code), "password", another)
		_, c := w.weigh(b, string(who.code), func() *page { return b.Submit(f) })
		list = append(list, c)
	}
	return list
}

// recover asks for the credentials beyond the limit of one mailbox.
func (w weighed) recover(who someone) (list []cost) {
	b := w.browser()
	for range 4 {
		f := b.Get(w.url+"/recover").FormWith("email").Fill("email", who.email)
		_, c := w.weigh(b, who.email, func() *page { return b.Submit(f) })
		list = append(list, c)
	}
	return list
}

// registration gives the address, types wrong codes and has another one sent.
func (w weighed) registration(who someone) (list []cost) {
	b := w.browser()
	step := func(f *webtest.Form) *page {
		p, c := w.weigh(b, who.email, func() *page { return b.Submit(f) })
		list = append(list, c)
		return p
	}
	p := step(w.register(b, "").FormWith("family_name").Fill(prova("email", who.email)...))
	for range 6 {
		p = step(p.FormWith("code").Fill("code", "000000"))
	}
	for range 5 { // the last is beyond the limit of the mailbox
		p = step(p.FormWith("resend").Fill("resend", "yes"))
		if p.Status != http.StatusOK {
			break
		}
	}
	return list
}
