package evidence

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"slices"
	"time"

	"atrio/federation/spid/spidcases"
)

// Report is the whole run, as in report.json.
type Report struct {
	Tool     string    `json:"tool"`
	Version  string    `json:"version"`
	World    string    `json:"world"`
	Gateway  string    `json:"gateway"`
	Service  string    `json:"service"`
	Provider string    `json:"provider"`
	Started  time.Time `json:"started"`
	Finished time.Time `json:"finished"`
	Played   int       `json:"played"`
	// Differing counts the cases that went otherwise than expected.
	Differing int      `json:"differing"`
	Cases     []Result `json:"cases"`
}

func (r *Report) add(result Result) {
	r.Played++
	if !result.Same() {
		r.Differing++
	}
	r.Cases = append(r.Cases, result)
}

// Result is one case.
type Result struct {
	ID       string                `json:"id"`
	Title    spidcases.Text        `json:"title"`
	Tools    string                `json:"tools"`
	Expected spidcases.Expectation `json:"expected"`
	Got      Got                   `json:"got"`
	// Differences say in what way it went otherwise; none when it went as expected.
	Differences []string `json:"differences"`
	// English and Screenshot say which of page.en.html and page.png there are.
	English    bool `json:"english"`
	Screenshot bool `json:"screenshot"`
}

// Got is what the gateway made of a case.
type Got struct {
	// Accepted is a login that goes on.
	Accepted bool `json:"accepted"`
	// Status is that of the answer to the post, Final that of the page in the end.
	Status int `json:"status"`
	Final  int `json:"final"`
	// Path is where the browser ended, without what is in the query.
	Path    string `json:"path"`
	Heading string `json:"heading"`
	// Reference finds the line of the audit log.
	Reference string   `json:"reference,omitempty"`
	Ways      []string `json:"ways,omitempty"`
	// Headers are those of the page that matter for its safety.
	Headers map[string]string `json:"headers"`
	// SHA256 is that of the page as it came.
	SHA256 string `json:"sha256"`
}

// keptHeaders are safe to show and tell something.
var keptHeaders = []string{"Cache-Control", "Content-Language", "Content-Security-Policy", "Content-Type", "Referrer-Policy", "Strict-Transport-Security", "X-Content-Type-Options"}

// Same reports whether the case went as expected.
func (r Result) Same() bool { return len(r.Differences) == 0 }

// see notes what came.
func (r *Result) see(first, last answer) {
	p := readPage(last.body)
	sum := sha256.Sum256(last.body)
	r.Got = Got{
		Accepted: first.location() != "", Status: first.status, Final: last.status, Path: last.address.Path,
		Heading: p.heading, Reference: p.reference, Ways: p.actions, Headers: map[string]string{}, SHA256: hex.EncodeToString(sum[:]),
	}
	for _, name := range keptHeaders {
		if v := last.header.Get(name); v != "" {
			r.Got.Headers[name] = v
		}
	}
}

// compare finds the differences.
func (r *Result) compare() {
	r.Differences = []string{}
	differ := func(format string, args ...any) { r.Differences = append(r.Differences, fmt.Sprintf(format, args...)) }
	g, want := r.Got, r.Expected
	switch {
	case want.Accepted && !g.Accepted:
		differ("refused with %d, must be accepted", g.Status)
	case want.Accepted && g.Final != http.StatusOK:
		differ("the login ends at a page with status %d", g.Final)
	case !want.Accepted && g.Accepted:
		differ("accepted, must be refused")
	case !want.Accepted && g.Status != want.Status:
		differ("status %d, want %d", g.Status, want.Status)
	}
	if g.Heading == "" {
		differ("the page has no heading")
	}
	if want.Accepted || g.Accepted {
		return
	}
	if g.Reference == "" {
		differ("the page has no reference")
	}
	if !slices.Contains(g.Ways, "Riprova") || !slices.Contains(g.Ways, "Entra in altro modo") {
		differ("the page does not offer both “Riprova” and “Entra in altro modo”")
	}
}
