package auditcmd

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"

	"atrio/base/fault"
	"atrio/gateway/account"
	"atrio/gateway/gatewaydb"
	"atrio/gateway/ledger"
)

// Trace is what one question to the ledger of the gateway found. // G6.7
type Trace struct {
	Query  string        `json:"query"`
	Kind   string        `json:"kind"`
	Logins []tracedLogin `json:"logins"`
	// More tells that the limit cut the list.
	More bool `json:"more,omitempty"`
	// Log are lines of the audit log, when the question is the number of an error page.
	Log []logLine `json:"log,omitempty"`
}

// tracedLogin is a pair of messages and what came of it.
type tracedLogin struct {
	ID          string         `json:"id"`
	At          time.Time      `json:"at"`
	Login       string         `json:"login,omitempty"`
	Reference   string         `json:"reference,omitempty"`
	Door        string         `json:"door"`
	Provider    string         `json:"Resp_Issuer"`
	Level       int            `json:"level,omitempty"`
	Refused     string         `json:"refused,omitempty"`
	RequestID   string         `json:"AuthnReq_ID"`
	ResponseID  string         `json:"Resp_ID"`
	AssertionID string         `json:"Assertion_ID,omitempty"`
	SPIDCode    string         `json:"SpidCode,omitempty"`
	FiscalCode  string         `json:"fiscalNumber,omitempty"`
	Person      *tracedPerson  `json:"person,omitempty"`
	Tokens      []ledger.Issue `json:"tokens,omitempty"`
	// Destroyed says that the key of the month is gone, and with it who it was.
	Destroyed bool `json:"destroyed,omitempty"`
	// Broken says that somebody changed the row: nothing in it can be believed.
	Broken bool `json:"broken,omitempty"`

	ledger.Facts
}

// tracedPerson is who has the account today.
type tracedPerson struct {
	Account string `json:"account"`
	Code    string `json:"codice_persona"`
	Name    string `json:"name"`
}

type logLine struct {
	At      time.Time         `json:"at"`
	Action  string            `json:"action"`
	Outcome string            `json:"outcome"`
	Reason  string            `json:"reason,omitempty"`
	Subject string            `json:"account,omitempty"`
	Detail  map[string]string `json:"detail,omitempty"`
}

// What a question may be. The kind is written into the audit log, the question itself
// only when it names nobody.
const (
	byID            = "id"
	byFiscalCode    = "codice_fiscale"
	byCodicePersona = "codice_persona"
	bySPIDCode      = "spid_code"
	byOther         = "other"
)

var forms = []struct {
	kind string
	form *regexp.Regexp
}{
	{byFiscalCode, regexp.MustCompile(`^(?i:TINIT-)?[A-Za-z]{6}[0-9A-Za-z]{10}$`)},
	{bySPIDCode, regexp.MustCompile(`^[A-Za-z]{4}[0-9A-Za-z]{10}$`)},
	{byID, regexp.MustCompile(`^(_\S{8,}|[0-9a-f]{32}|[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4})$`)},
}

// kindOf tells what a question looks like.
func kindOf(query string) string {
	for _, f := range forms {
		if f.form.MatchString(query) {
			return f.kind
		}
	}
	if _, err := account.ReadCode(query); err == nil {
		return byCodicePersona
	}
	return byOther
}

// asked describes a question for the audit log.
func asked(what, query string) map[string]string {
	detail := map[string]string{"what": what, "by": kindOf(query)}
	if detail["by"] == byID {
		detail["id"] = query
	}
	return detail
}

// wordsOf turns a question into the names of rows. What it looks like decides little:
// an id of a provider may look like anything.
func wordsOf(ctx context.Context, store *gatewaydb.Store, query string) (ledger.Words, error) {
	w := ledger.Words{Technical: query, Subject: query}
	if kindOf(query) == byFiscalCode {
		w.FiscalCode = strings.ToUpper(query[max(0, len(query)-16):])
	}
	code, err := account.ReadCode(query)
	if err != nil && w.FiscalCode == "" {
		return w, nil
	}
	a, found, err := store.AccountBy(ctx, code, w.FiscalCode)
	if found {
		w.Account = a.ID
	}
	return w, err
}

// tracer answers questions.
type tracer struct {
	store *gatewaydb.Store
	// broken counts rows that somebody changed.
	broken int
	// each sees every pair with its messages, before they are let go.
	each func(e *ledger.Entry) error
}

// login gathers what belongs to a pair.
func (t *tracer) login(ctx context.Context, e *ledger.Entry) (tracedLogin, error) {
	if e.Broken {
		t.broken++
	}
	l := tracedLogin{
		ID: e.ID, At: e.At.UTC(), Login: e.Correlation, Reference: e.Reference, Door: string(e.Door), Provider: e.Issuer, Level: int(e.Level),
		Refused: e.Refused, RequestID: e.RequestID, ResponseID: e.ResponseID, AssertionID: e.AssertionID,
		SPIDCode: e.Subject, FiscalCode: e.FiscalCode, Destroyed: e.Destroyed, Broken: e.Broken, Facts: ledger.ReadFacts(e.Request, e.Response),
	}
	if e.Account != "" {
		a, err := t.store.Account(ctx, e.Account)
		if err != nil && !fault.Is(err, fault.NotFound) {
			return l, err
		}
		l.Person = &tracedPerson{Account: e.Account, Code: string(a.Code), Name: a.Name()}
	}
	if e.Correlation == "" {
		return l, nil
	}
	var err error
	l.Tokens, err = t.store.Issues(ctx, e.Correlation, "", time.Time{}, time.Time{})
	return l, err
}

// walk goes through the rows of a question, a page at a time, and stops with errEnough.
func (t *tracer) walk(ctx context.Context, q ledger.Query, fn func(e *ledger.Entry) error) error {
	const page = 200
	for {
		q.Limit = page
		list, err := t.store.Pairs(ctx, q)
		if err != nil {
			return err
		}
		for n := range list {
			if err := fn(&list[n]); err != nil {
				if errors.Is(err, errEnough) {
					return nil
				}
				return err
			}
		}
		if len(list) < page {
			return nil
		}
		last := list[len(list)-1]
		q.After.At, q.After.ID = last.At, last.ID
	}
}

// verdict is the error of a walk that met rows which somebody changed; nothing was
// held back for it.
func (t *tracer) verdict() error { return changedRows(t.broken) }

func changedRows(n int) error {
	if n == 0 {
		return nil
	}
	return fmt.Errorf("%d rows were changed since they were written: nothing in them can be believed", n)
}

var errEnough = errors.New("enough")

// run answers one question with at most limit logins.
func (t *tracer) run(ctx context.Context, query string, from, to time.Time, limit int) (Trace, error) {
	out := Trace{Query: query, Kind: kindOf(query), Logins: []tracedLogin{}}
	w, err := wordsOf(ctx, t.store, query)
	if err != nil {
		return out, err
	}
	err = t.walk(ctx, ledger.Query{From: from, To: to, Any: w}, func(e *ledger.Entry) error {
		if len(out.Logins) == limit {
			out.More = true
			return errEnough
		}
		if t.each != nil {
			if err := t.each(e); err != nil {
				return err
			}
		}
		l, err := t.login(ctx, e)
		out.Logins = append(out.Logins, l)
		return err
	})
	return out, err
}
