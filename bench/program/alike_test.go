package program

import (
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"atrio/bench/alike"
	"atrio/gateway/account"
	"atrio/web/webtest"
)

// warm are the first pairs, in which lists are opened and caches filled.
const warm = 3

// BenchmarkAlike asks in turns as somebody who has an account and as somebody who has
// none, and fails when the times tell them apart: those that the asker sees, and those of
// the processor, which other work on the machine does not hide. b.N is the number of
// pairs. // ASVS 6.3.8
func BenchmarkAlike(b *testing.B) {
	p, members := withMembers(b, 50)
	p.advance("1s")
	for _, w := range []struct {
		name  string
		walk  func(*visitor, someone)
		steps []string
	}{
		{"login", (*visitor).login, []string{"login"}},
		{"registration", (*visitor).registration, []string{"registration", "wrong-code", "resend"}},
		{"recovery", (*visitor).recovery, []string{"recovery"}},
	} {
		b.Run(w.name, func(b *testing.B) {
			taken := map[string]*[2]times{}
			for _, step := range w.steps {
				taken[step] = &[2]times{}
			}
			n := 0
			for b.Loop() {
				p.pair(b, members[n%len(members)], n >= warm, taken, w.walk)
				n++
			}
			for _, step := range w.steps {
				judge(b, w.name, step, taken[step])
			}
		})
	}
}

// someone is who is asked for.
type someone struct{ code, email string }

// times are those of one kind, in ms.
type times struct{ seen, spent []float64 }

// pair walks once as a member and once as nobody, in an order left to chance.
func (p *process) pair(b testing.TB, m member, count bool, to map[string]*[2]times, walk func(*visitor, someone)) {
	p.advance("61m") // the limits on messages are by the hour
	other, err := account.NewCode(9)
	if err != nil {
		b.Fatal(err)
	}
	who := [2]someone{{string(m.code), m.email}, {string(other), fmt.Sprintf("nessuno%d@posta.example.org", rand.IntN(1e9))}}
	first := rand.IntN(2)
	var pages [2][]string
	for _, i := range []int{first, 1 - first} {
		v := &visitor{Client: browserFrom(b, rand.IntN(1<<16)), process: p}
		walk(v, who[i])
		pages[i] = v.answers
		for _, s := range v.steps {
			if count {
				t := &to[s.name][i]
				t.seen, t.spent = append(t.seen, s.seen), append(t.spent, s.spent)
			}
		}
	}
	if fmt.Sprint(pages[0]) != fmt.Sprint(pages[1]) {
		b.Fatalf("a member gets %v, nobody %v", pages[0], pages[1])
	}
}

// judge prints what the pairs say.
func judge(b *testing.B, walk, step string, t *[2]times) {
	for _, c := range []struct {
		what       string
		one, other []float64
	}{{"seen", t[0].seen, t[1].seen}, {"processor", t[0].spent, t[1].spent}} {
		r, err := alike.Compare(c.one, c.other)
		if err != nil { // the first, short run of the harness
			return
		}
		bound, verdict := r.Bound(), r.Verdict()
		b.Logf("%s, %s: known %.2f ms, unknown %.2f ms; difference %+.3f ms (%+.3f to %+.3f), known slower in %.0f %% of %d pairs, bound %.2f ms: %s",
			step, c.what, r.One, r.Other, r.Shift, r.Low, r.High, 100*r.Slower, r.Pairs, bound, verdict)
		if verdict == alike.Apart {
			b.Errorf("%s: known and unknown are told apart by the time %s, by more than %.2f ms", step, c.what, bound)
		}
		unit := strings.TrimPrefix(step, walk)
		unit = strings.TrimPrefix(unit+"-"+c.what, "-")
		b.ReportMetric(r.One, unit+"-known-ms")
		b.ReportMetric(r.Other, unit+"-unknown-ms")
		b.ReportMetric(r.Shift, unit+"-shift-ms")
		b.ReportMetric(r.Low, unit+"-low-ms")
		b.ReportMetric(r.High, unit+"-high-ms")
		b.ReportMetric(100*r.Slower, unit+"-slower-%")
	}
}

// visitor is a browser whose posts are measured.
type visitor struct {
	*webtest.Client
	*process
	steps   []step
	answers []string
}

type step struct {
	name        string
	seen, spent float64
}

// browserFrom is a browser at an address of its own, of the many of the loopback.
func browserFrom(b testing.TB, n int) *webtest.Client {
	c := webtest.New(b)
	dialer := &net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 1, byte(n>>8), byte(n))}}
	c.HTTP.Transport = &http.Transport{DialContext: dialer.DialContext}
	return c
}

// post sends a form and measures until the answer; then it goes where that leads.
func (v *visitor) post(name string, f *webtest.Form) *webtest.Page {
	v.NoRedirect = true
	before, began := v.burnt(), time.Now()
	page := v.Submit(f)
	seen := time.Since(began)
	v.steps = append(v.steps, step{name, ms(seen), v.burnt() - before})
	v.NoRedirect = false
	v.answers = append(v.answers, strconv.Itoa(page.Status))
	if to := page.Header.Get("Location"); to != "" {
		return v.Get(v.at(0, to))
	}
	return page
}

func (v *visitor) login(who someone) {
	defer v.HTTP.CloseIdleConnections()
	f := v.Get(v.at(0, "/login")).FormWith("password").Fill("code", who.code, "password", "nessuna rana in nessuno stagno")
	v.post("login", f).Expect(http.StatusUnprocessableEntity)
}

func (v *visitor) recovery(who someone) {
	defer v.HTTP.CloseIdleConnections()
	v.post("recovery", v.Get(v.at(0, "/recover")).FormWith("email").Fill("email", who.email)).Expect(http.StatusOK)
}

func (v *visitor) registration(who someone) {
	defer v.HTTP.CloseIdleConnections()
	page := v.Submit(v.Get(v.at(0, "/register")).FormWith("flow")).Expect(http.StatusOK)
	page = v.post("registration", page.FormWith("family_name").Fill(
		"family_name", "Finti", "given_name", "Prova", "sex", "M", "birth_day", "10", "birth_month", "5", "birth_year", "1983", "birth_state", "IT",
		"birth_province", "CO", "birth_town", "bellagio", "citizenship", "IT", "has_fiscal_code", "have", "fiscal_code", "FNTPRV83E10A744R",
		"email", who.email)).Expect(http.StatusOK)
	page = v.post("wrong-code", page.FormWith("code").Fill("code", "000000")).Expect(http.StatusUnprocessableEntity)
	v.post("resend", page.FormWith("resend").Fill("resend", "yes")).Expect(http.StatusOK)
}

// burnt is the processor time of the program so far, in ms; more exact than processor.
func (p *process) burnt() float64 {
	files, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/schedstat", p.cmd.Process.Pid))
	if err != nil || len(files) == 0 {
		p.b.Fatal("no schedstat: ", err)
	}
	total := 0.0
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			continue // the thread has ended
		}
		first, _, _ := strings.Cut(string(text), " ")
		ns, err := strconv.ParseFloat(first, 64)
		if err != nil {
			p.b.Fatal(err)
		}
		total += ns / 1e6
	}
	return total
}
