package oidcop_test

import (
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"syscall"
	"testing"
	"time"

	"atrio/base/audit"
	"atrio/base/fault"
	"atrio/db"
	"atrio/db/dbtest"
	"atrio/db/shareddb"
	"atrio/gateway/gatewaydb"
	"atrio/gateway/oidcop"
	"atrio/people/person"
)

// sink accepts everything and keeps nothing: the token endpoint without a store.
type sink struct{}

func (sink) Redeem(context.Context, oidcop.Grant, *oidcop.Assertion, audit.Event) error { return nil }
func (sink) Burn(context.Context, oidcop.Grant, time.Time) error                        { return nil }
func (sink) Grant(context.Context, string, time.Time) (oidcop.Grant, error) {
	return oidcop.Grant{}, fault.New(fault.NotFound, "error.not_found")
}
func (sink) PurgeGrants(context.Context, time.Time, time.Time) (int64, error) { return 0, nil }

func benchmarkToken(b *testing.B, h *house, client string) {
	codes := make([]string, b.N)
	browser := h.signedIn(person.Level2)
	for i := range codes {
		codes[i] = answer(b, browser.open(authorizeURL(ask(client)))).Get("code")
	}
	b.ReportAllocs()
	b.ResetTimer()
	began := processorTime(b)
	defer func() { b.ReportMetric(float64((processorTime(b)-began).Microseconds())/float64(b.N), "cpu-µs/op") }()
	for _, code := range codes {
		r := httptest.NewRequest(http.MethodPost, h.url+oidcop.TokenPath, strings.NewReader(exchangeForm(client, code).Encode()))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		if client == "portale" {
			r.SetBasicAuth(client, secret)
		}
		w := httptest.NewRecorder()
		h.handler.ServeHTTP(w, r)
		if w.Code != http.StatusOK {
			b.Fatal(w.Code, w.Body)
		}
	}
}

// processorTime is what this process has used: the budget counts that, not the
// time in which the database or another process works.
func processorTime(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// withoutStore is a house whose provider stores nothing.
func withoutStore(b *testing.B) *house {
	h := newHouse(b)
	h.sink = sink{}
	h.open(nil)
	return h
}

func BenchmarkTokenES256(b *testing.B) { benchmarkToken(b, withoutStore(b), "portale") }
func BenchmarkTokenRS256(b *testing.B) { benchmarkToken(b, withoutStore(b), "vecchio") }

func BenchmarkTokenES256SQLite(b *testing.B) { benchmarkToken(b, newHouse(b), "portale") }

func BenchmarkTokenES256Postgres(b *testing.B) {
	d := dbtest.Open(b, dbtest.URL(b, db.Postgres))
	if err := d.Migrate(context.Background(), shareddb.Module(), gatewaydb.Module()); err != nil {
		b.Fatal(err)
	}
	benchmarkToken(b, newHouseOn(b, d), "portale")
}

// The signatures alone, to compare with.
func BenchmarkSignatureES256(b *testing.B) { benchmarkSignature(b, testKeys(b).ES256.Signing().Signer) }
func BenchmarkSignatureRS256(b *testing.B) { benchmarkSignature(b, testKeys(b).RS256.Signing().Signer) }

func benchmarkSignature(b *testing.B, signer crypto.Signer) {
	digest := sha256.Sum256([]byte("x"))
	began := processorTime(b)
	for b.Loop() {
		// As the provider signs: with ECDSA deterministic, which nil asks for.
		var random io.Reader
		if _, ok := signer.Public().(*rsa.PublicKey); ok {
			random = rand.Reader
		}
		if _, err := signer.Sign(random, digest[:], crypto.SHA256); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64((processorTime(b)-began).Nanoseconds())/1000/float64(b.N), "cpu-µs/op")
}

func benchmarkDocument(b *testing.B, path string) {
	h := newHouse(b)
	r := httptest.NewRequest(http.MethodGet, h.url+path, nil)
	r.Header.Set("Accept-Encoding", "gzip")
	b.ReportAllocs()
	began := processorTime(b)
	for b.Loop() {
		w := httptest.NewRecorder()
		h.handler.ServeHTTP(w, r)
		if w.Code != http.StatusOK {
			b.Fatal(w.Code)
		}
	}
	b.ReportMetric(float64((processorTime(b)-began).Nanoseconds())/1000/float64(b.N), "cpu-µs/op")
}

func BenchmarkDiscovery(b *testing.B) { benchmarkDocument(b, oidcop.DiscoveryPath) }
func BenchmarkKeySet(b *testing.B)    { benchmarkDocument(b, oidcop.KeysPath) }

// BenchmarkAuthorize is an authorization answered from the session.
func BenchmarkAuthorize(b *testing.B) {
	h := newHouse(b)
	browser := h.signedIn(person.Level2)
	address := authorizeURL(ask("portale"))
	b.ReportAllocs()
	for b.Loop() {
		if res := browser.open(address); res.StatusCode != http.StatusSeeOther {
			b.Fatal(res.StatusCode)
		}
	}
}
