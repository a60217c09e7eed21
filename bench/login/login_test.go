package login

import (
	"context"
	"fmt"
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
			h.measure(b, 1000)
		})
	}
}

// BenchmarkLoginAmong shows that a login does not grow dearer with the number of
// accounts: 1,000 and ATRIO_BENCH_ACCOUNTS (200,000 when it is not set).
func BenchmarkLoginAmong(b *testing.B) {
	many := 200_000
	if text := os.Getenv("ATRIO_BENCH_ACCOUNTS"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil {
			b.Fatal(err)
		}
		many = n
	}
	few, crowd := newHouse(b, db.SQLite), newHouse(b, db.SQLite)
	few.fill(1000)
	crowd.fill(many)
	// In turns, so that a busy moment of the machine hits both.
	b.Run("accounts=1000", func(b *testing.B) { few.measure(b, 1000) })
	b.Run(fmt.Sprintf("accounts=%d", many), func(b *testing.B) { crowd.measure(b, many) })
}

// measure runs b.N logins of people spread over all accounts.
func (h *house) measure(b *testing.B, people int) {
	list := make([]passage, b.N)
	for i := range list {
		list[i].person = int(uint32(i)*2654435761) % people //nolint:gosec // spreads evenly, not a secret
	}
	signCost, verifyCost := h.rsaCosts()
	h.signed, h.verified = 0, 0
	commits := h.db.Commits()
	b.ReportAllocs()
	b.ResetTimer()
	began := processor(b)
	for i := range list {
		h.start(&list[i])
	}
	started := processor(b) - began
	b.StopTimer()
	for i := range list {
		h.answer(&list[i])
	}
	b.StartTimer()
	began = processor(b)
	for i := range list {
		h.arrive(&list[i])
	}
	arrived := processor(b) - began
	b.StopTimer()
	n := float64(b.N)
	rsaTime := time.Duration(h.signed)*signCost + time.Duration(h.verified)*verifyCost
	b.ReportMetric(micros(started)/n, "start-cpu-µs")
	b.ReportMetric(micros(arrived)/n, "acs-cpu-µs")
	b.ReportMetric(micros(started+arrived-rsaTime)/n, "beyond-rsa-µs")
	b.ReportMetric(float64(h.signed)/n, "rsa-signs")
	b.ReportMetric(float64(h.verified)/n, "rsa-verifies")
	b.ReportMetric(micros(signCost), "rsa-sign-µs")
	b.ReportMetric(micros(verifyCost), "rsa-verify-µs")
	b.ReportMetric(float64(h.db.Commits()-commits)/n, "commits")
	if n := h.changes(b); n != 0 {
		b.Fatalf("%d logins changed an account: these people are not known", n)
	}
}

func micros(d time.Duration) float64 { return float64(d.Nanoseconds()) / 1000 }

// changes counts the logins that were not those of a known person.
func (h *house) changes(b testing.TB) (n int) {
	row := h.db.Read().QueryRowContext(context.Background(), `SELECT count(*) FROM audit WHERE action <> 'login.succeeded'`)
	if err := row.Scan(&n); err != nil {
		b.Fatal(err)
	}
	return n
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
	for b.Loop() {
		r := h.get("/spid/metadata", nil)
		r.Header.Set("Accept-Encoding", "gzip")
		h.do(r, http.StatusOK)
	}
}
