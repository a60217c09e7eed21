package login

import (
	"context"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"testing"
	"time"

	"atrio/db"
)

// BenchmarkSPIDLogin is a whole login of a known person at the gateway: the signed
// request, then the answer from the POST at the ACS to the redirect.
//
// beyond-rsa-µs is the processor time of both without the RSA operations, which
// are counted and measured in the same run.
func BenchmarkSPIDLogin(b *testing.B) {
	for _, dialect := range []db.Dialect{db.SQLite, db.Postgres} {
		b.Run(string(dialect), func(b *testing.B) {
			h := newHouse(b, dialect)
			h.fill(1000)
			var c cost
			commits := h.db.Commits()
			b.ReportAllocs()
			b.ResetTimer()
			for c.logins < b.N {
				c.measure(h, min(batch, b.N-c.logins), 1000)
			}
			n := float64(b.N)
			b.ReportMetric(micros(c.started)/n, "start-cpu-µs")
			b.ReportMetric(micros(c.arrived)/n, "acs-cpu-µs")
			b.ReportMetric(micros(c.beyond())/n, "beyond-rsa-µs")
			b.ReportMetric(float64(c.signed.n)/n, "rsa-signs")
			b.ReportMetric(float64(c.verified)/n, "rsa-verifies")
			b.ReportMetric(micros(c.signed.took)/float64(c.signed.n), "rsa-sign-µs")
			b.ReportMetric(micros(c.verifying)/float64(c.verified), "rsa-verify-µs")
			b.ReportMetric(float64(h.db.Commits()-commits)/n, "commits")
			h.knew(b)
		})
	}
}

// BenchmarkLoginAmong shows that a login does not grow dearer with the number of
// accounts: 1,000 and ATRIO_BENCH_ACCOUNTS (200,000 when it is not set). The two
// are measured in turns, so that a busy moment of the machine hits both.
func BenchmarkLoginAmong(b *testing.B) {
	many := 200_000
	if text := os.Getenv("ATRIO_BENCH_ACCOUNTS"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil {
			b.Fatal(err)
		}
		many = n
	}
	house, crowd := newHouse(b, db.SQLite), newHouse(b, db.SQLite)
	house.fill(1000)
	crowd.fill(many)
	var few, all cost
	b.ResetTimer()
	for few.logins < b.N {
		n := min(batch, b.N-few.logins)
		few.measure(house, n, 1000)
		all.measure(crowd, n, many)
	}
	b.ReportMetric(micros(few.beyond())/float64(b.N), "few-µs")
	b.ReportMetric(micros(all.beyond())/float64(b.N), "many-µs")
	b.ReportMetric(float64(all.beyond())/float64(few.beyond()), "ratio")
	b.ReportMetric(float64(many), "accounts")
	house.knew(b)
	crowd.knew(b)
}

// batch is how many logins go through one stage before the next one begins.
const batch = 25

// cost adds up what logins took.
type cost struct {
	logins, verified            int
	signed                      tally
	started, arrived, verifying time.Duration
}

// beyond is the processor time without the RSA operations.
func (c cost) beyond() time.Duration { return c.started + c.arrived - c.signed.took - c.verifying }

// measure takes n people, spread over all accounts, through a login.
func (c *cost) measure(h *house, n, people int) {
	list := make([]passage, n)
	for i := range list {
		list[i].person = (c.logins + i) * 7919 % people // a prime: nobody comes twice before everybody came
	}
	h.signed, h.verified = tally{}, tally{}
	began := processor(h.b)
	for i := range list {
		h.start(&list[i])
	}
	c.started += processor(h.b) - began
	for i := range list {
		h.answer(&list[i])
	}
	began = processor(h.b)
	for i := range list {
		h.arrive(&list[i])
	}
	c.arrived += processor(h.b) - began
	c.verifying += h.verifyCost(h.verified.n)
	c.signed.n, c.signed.took = c.signed.n+h.signed.n, c.signed.took+h.signed.took
	c.verified += h.verified.n
	c.logins += n
}

func micros(d time.Duration) float64 { return float64(d.Nanoseconds()) / 1000 }

// knew makes sure that all logins were those of known people, with nothing new.
func (h *house) knew(b testing.TB) {
	var n int
	row := h.db.Read().QueryRowContext(context.Background(), `SELECT count(*) FROM audit WHERE action <> 'login.succeeded'`)
	if err := row.Scan(&n); err != nil || n != 0 {
		b.Fatalf("%d logins changed an account: these people are not known; %v", n, err)
	}
}

// BenchmarkSSOHit is an authorization answered from the session, with its lookup.
func BenchmarkSSOHit(b *testing.B) {
	for _, dialect := range []db.Dialect{db.SQLite, db.Postgres} {
		b.Run(string(dialect), func(b *testing.B) {
			h := newHouse(b, dialect)
			h.fill(1)
			var p passage
			h.start(&p)
			h.answer(&p)
			cookies := h.arrive(&p)
			address := "/oidc/authorize?" + url.Values{
				"client_id": {client}, "redirect_uri": {clientBack}, "response_type": {"code"}, "scope": {"openid"}, "state": {"s"}, "nonce": {"n"},
				"code_challenge": {"E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"}, "code_challenge_method": {"S256"},
			}.Encode()
			commits := h.db.Commits()
			b.ReportAllocs()
			b.ResetTimer()
			began := processor(b)
			for range b.N {
				h.do(h.get(address, cookies), http.StatusSeeOther)
			}
			b.ReportMetric(micros(processor(b)-began)/float64(b.N), "cpu-µs/op")
			b.ReportMetric(float64(h.db.Commits()-commits)/float64(b.N), "commits")
		})
	}
}

// BenchmarkMetadata is the signed SAML description, as browsers and registries get it.
func BenchmarkMetadata(b *testing.B) {
	h := newHouse(b, db.SQLite)
	b.ReportAllocs()
	began := processor(b)
	for b.Loop() {
		r := h.get("/spid/metadata", nil)
		r.Header.Set("Accept-Encoding", "gzip")
		h.do(r, http.StatusOK)
	}
	b.ReportMetric(micros(processor(b)-began)/float64(b.N), "cpu-µs/op")
}

// BenchmarkLoginPage is the page with all doors: the dearest of those that everybody sees.
func BenchmarkLoginPage(b *testing.B) {
	h := newHouse(b, db.SQLite)
	b.ReportAllocs()
	began := processor(b)
	for b.Loop() {
		h.do(h.get("/login", nil), http.StatusOK)
	}
	b.ReportMetric(micros(processor(b)-began)/float64(b.N), "cpu-µs/op")
}
