package auditcmd

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"atrio/app/command"
	"atrio/gateway/gatewaydb"
	"atrio/gateway/ledger"
	"atrio/idp/idpdb"
	"atrio/people/person"
)

// auditLedger searches a ledger by the fields of the rules. // SPID-RT registro
type auditLedger struct {
	inspecting
	period
	Role     string `arg:"" optional:"" default:"gateway" enum:"gateway,idp" help:"Whose ledger: gateway (default) or idp."`
	Door     string `enum:",spid,cie,eidas" default:"" help:"Gateway: only this door."`
	Provider string `help:"Gateway: entityID of the provider (Resp_Issuer)." placeholder:"ENTITYID"`
	Service  string `help:"Identity provider: entityID of the service (AuthnReq_Issuer)." placeholder:"ENTITYID"`
	ID       string `help:"AuthnReq_ID, Resp_ID or Assertion_ID." placeholder:"ID"`
	Subject  string `help:"spidCode; at the gateway also a codice fiscale." placeholder:"CODE"`
	NameID   string `name:"name-id" help:"Assertion_subject. It is not indexed: give a time too." placeholder:"NAMEID"`
	JSON     bool   `help:"Print a JSON object for each row."`
}

// Help is the longer text of --help.
func (auditLedger) Help() string {
	return "Example: atrio audit ledger --from 2026-11-01 --to 2026-11-30 --provider https://id.example.it --reason \"Verifica AgID 7\" --config /etc/atrio/atrio.toml\n\n" +
		"One line for each pair of messages: time, outcome, issuer, AuthnReq_ID, Resp_ID, Assertion_ID, SpidCode. Without a choice all rows are shown."
}

// Run searches.
func (c auditLedger) Run(ctx context.Context, s command.Streams) error {
	detail := map[string]string{"what": "search"}
	for name, value := range map[string]string{"door": c.Door, "provider": c.Provider, "service": c.Service, "id": c.ID} {
		if value != "" {
			detail[name] = value
		}
	}
	from, to := c.span()
	for name, at := range map[string]time.Time{"from": from, "to": to} {
		if !at.IsZero() {
			detail[name] = at.Format(time.RFC3339)
		}
	}
	if c.Subject != "" {
		detail["by"] = kindOf(c.Subject)
	}
	i, err := c.open(ctx, c.Role, detail)
	if err != nil {
		return err
	}
	defer i.close()
	p := &rowPrinter{out: s.Out, json: c.JSON}
	if c.Role == "idp" {
		err = c.searchIdP(ctx, i, p)
	} else {
		err = c.searchGateway(ctx, i, p)
	}
	if err == nil && p.rows == 0 {
		err = errors.New("nothing is found; rows are kept for 24 months")
	}
	return errors.Join(err, changedRows(p.broken))
}

// words of the gateway's search.
func (c auditLedger) words() ledger.Words {
	w := ledger.Words{Technical: c.ID, Subject: c.Subject}
	if kindOf(c.Subject) == byFiscalCode {
		w.FiscalCode = c.Subject[len(c.Subject)-16:]
	}
	return w
}

func (c auditLedger) searchGateway(ctx context.Context, i *inspection, p *rowPrinter) error {
	t := &tracer{store: gatewaydb.NewStore(i.db, i.ring)}
	from, to := c.span()
	q := ledger.Query{From: from, To: to, Door: person.Door(c.Door), Issuer: c.Provider, Any: c.words()}
	defer func() { p.broken = t.broken }()
	return t.walk(ctx, q, func(e *ledger.Entry) error {
		// Words are joined by "or"; an id and a subject together mean both. What a changed
		// row would say is not known, so it is always shown.
		other := c.ID != "" && c.Subject != "" && (!names(e, c.ID) || !isSubject(e, c.words())) || c.NameID != "" && e.NameID != c.NameID
		if other && !e.Broken {
			return nil
		}
		l, err := t.login(ctx, e)
		if err != nil {
			return err
		}
		outcome := "accepted"
		switch {
		case l.Broken:
			outcome = "CHANGED"
		case l.Refused != "":
			outcome = l.Refused
		}
		return p.print(l, l.At, outcome, l.Provider, l.RequestID, l.ResponseID, l.AssertionID, l.SPIDCode)
	})
}

func names(e *ledger.Entry, id string) bool {
	return e.RequestID == id || e.ResponseID == id || e.AssertionID == id || e.Correlation == id || e.Reference == id
}

func isSubject(e *ledger.Entry, w ledger.Words) bool {
	return w.Subject != "" && strings.EqualFold(e.Subject, w.Subject) || w.FiscalCode != "" && strings.EqualFold(e.FiscalCode, w.FiscalCode)
}

// registerRow is a row of the provider's register under the names of the rules.
type registerRow struct {
	At          time.Time `json:"at"`
	SPIDCode    string    `json:"SpidCode,omitempty"`
	Service     string    `json:"AuthnReq_Issuer"`
	RequestID   string    `json:"AuthnReq_ID"`
	ResponseID  string    `json:"Resp_ID"`
	AssertionID string    `json:"Assertion_ID,omitempty"`
	Level       int       `json:"level"`
	Method      string    `json:"method"`
	Anomaly     int       `json:"anomaly"`
	Destroyed   bool      `json:"destroyed,omitempty"`
	Broken      bool      `json:"broken,omitempty"`

	RequestAt     string `json:"AuthnReq_IssueInstant,omitempty"`
	ResponseAt    string `json:"Resp_IssueInstant,omitempty"`
	Subject       string `json:"Assertion_subject,omitempty"`
	NameQualifier string `json:"Assertion_subject_NameQualifier,omitempty"`
}

func (c auditLedger) searchIdP(ctx context.Context, i *inspection, p *rowPrinter) error {
	store := idpdb.NewStore(i.db, i.ring, nil)
	from, to := c.span()
	q := idpdb.AccessQuery{From: from, To: to, Service: c.Service, SPIDCode: c.Subject, Technical: c.ID, Limit: 200}
	for {
		list, err := store.FindAccesses(ctx, q)
		if err != nil {
			return err
		}
		for _, a := range list {
			if c.NameID != "" && a.NameID != c.NameID && !a.Broken {
				continue
			}
			facts := ledger.ReadFacts(a.Request, a.Response)
			row := registerRow{
				At: a.At.UTC(), SPIDCode: a.SPIDCode, Service: a.Service, RequestID: a.RequestID, ResponseID: a.ResponseID, AssertionID: a.AssertionID,
				Level: a.Level, Method: a.Method, Anomaly: a.Anomaly, Destroyed: a.Destroyed, Broken: a.Broken,
				RequestAt: facts.RequestAt, ResponseAt: facts.ResponseAt, Subject: facts.Subject, NameQualifier: facts.NameQualifier,
			}
			outcome := "accepted"
			switch {
			case a.Broken:
				outcome, p.broken = "CHANGED", p.broken+1
			case a.Anomaly != 1:
				outcome = fmt.Sprintf("anomaly %d", a.Anomaly)
			}
			if err := p.print(row, row.At, outcome, a.Service, a.RequestID, a.ResponseID, a.AssertionID, a.SPIDCode); err != nil {
				return err
			}
		}
		if len(list) < q.Limit {
			return nil
		}
		q.AfterAt, q.AfterID = list[len(list)-1].At, list[len(list)-1].ID
	}
}

// rowPrinter prints rows one at a time: a search may find millions.
type rowPrinter struct {
	out  io.Writer
	json bool
	rows int
	// broken counts rows that somebody changed.
	broken int
}

func (p *rowPrinter) print(row any, at time.Time, columns ...string) (err error) {
	p.rows++
	if p.json {
		return json.NewEncoder(p.out).Encode(row)
	}
	_, err = fmt.Fprint(p.out, at.Format(time.RFC3339))
	for _, c := range columns {
		if err == nil {
			_, err = fmt.Fprintf(p.out, "\t%s", oneLine(c))
		}
	}
	if err == nil {
		_, err = fmt.Fprintln(p.out)
	}
	return err
}
