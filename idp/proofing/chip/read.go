package chip

import (
	"context"
	"crypto/sha256"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"atrio/base/audit"
	"atrio/base/fault"
	"atrio/idp/enrolment"
	"atrio/idp/enrolment/way"
	"atrio/mrtd"
	"atrio/mrtd/lds"
	"atrio/mrtd/relay"
	"atrio/web"
)

// Bounds of a reading, beside those of mrtd and of the relay.
const (
	// typical is how long one takes: when it makes sense to come back.
	typical = 20 * time.Second
	// reading is how long one may take, in real time: a telephone needs some ten seconds.
	reading = 90 * time.Second
	// commands is how many a document takes: the largest portrait has 150.
	commands = 600
)

// codePurpose is that of the MAC of codes.
const codePurpose = "idp.chip.code"

func (c *Chip) digest(code enrolment.Number) []byte {
	return c.Keyring.MAC(codePurpose, string(code))
}

// relay reads a document through whoever brings a code. The relay is told that the reading
// is over, and nothing of what came of it.
func (c *Chip) relay(w http.ResponseWriter, r *http.Request) error {
	if !strings.EqualFold(r.Header.Get("Upgrade"), "websocket") {
		return fault.New(fault.Invalid, "chip.relay.browser").For("chip_no_relay").Offer("enrolment.to_request", way.Request)
	}
	leave, ok := c.lines.enter(web.ClientNetwork(web.ClientAddr(r)))
	if !ok {
		return fault.New(fault.TooMany, "error.too_many").For("chip_busy").Retry(typical)
	}
	defer leave()
	line, err := relay.Accept(w, r)
	if err != nil { // it has been answered
		return c.Store.ChipFailed(r.Context(), "", "", c.unpaired(r, "chip_no_relay"))
	}
	ctx, cancel := context.WithTimeout(r.Context(), reading)
	defer cancel()
	line.End(c.serve(ctx, r, line))
	return nil
}

// serve has one conversation and gives its last word. Who has said no code takes no turn,
// and who finds none keeps the code.
func (c *Chip) serve(ctx context.Context, r *http.Request, line *relay.Line) relay.Word {
	typed, err := line.Code(ctx)
	code, ok := enrolment.ParseNumber(typed)
	if err != nil || !ok {
		c.note(r, ErrCode.AuditReason())
		return relay.Unknown
	}
	leave, ok := c.turns.enter("")
	if !ok {
		c.note(r, "chip_busy")
		return relay.Busy
	}
	defer leave()
	request, p, err := c.paired(ctx, code)
	switch {
	case err == nil:
		if err = c.read(ctx, r, line, request, p); err == nil {
			return relay.Done
		}
	case request.ID != "":
		c.failed(r, request, err)
		return relay.Unknown
	case fault.Is(err, fault.Gone):
		c.note(r, fault.From(err).AuditReason())
		return relay.Unknown
	case fault.Is(err, fault.Conflict):
		c.note(r, fault.From(err).AuditReason())
		return relay.Busy
	}
	return c.failed(r, request, err)
}

// paired finds the request that a code belongs to, as it stood when the code was shown. With
// a request comes what speaks against reading for it; without one, what the store says.
func (c *Chip) paired(ctx context.Context, code enrolment.Number) (enrolment.Request, Pairing, error) {
	p, err := c.Store.UsePairing(ctx, c.digest(code), c.Now())
	if fault.Is(err, fault.Gone) || fault.Is(err, fault.Conflict) {
		return enrolment.Request{}, Pairing{}, err
	}
	if err != nil {
		return enrolment.Request{}, Pairing{}, ours(err)
	}
	request, err := c.Way.Store.Request(ctx, p.Request)
	if err != nil {
		return enrolment.Request{ID: p.Request}, p, ours(err)
	}
	if request.Version != p.Version || !request.May(enrolment.ReadChip, enrolment.Applicant) {
		return request, p, &refusal{page: reasonChanged, reason: "chip_changed", cause: enrolment.ErrState}
	}
	return request, p, nil
}

// read reads, judges, compares, keeps, and takes the step.
func (c *Chip) read(ctx context.Context, r *http.Request, line mrtd.Transceiver, request enrolment.Request, p Pairing) error {
	key, err := keyOf(request.Data, p.CAN)
	if err != nil {
		return err
	}
	found, err := mrtd.Reader{Key: key, Limits: mrtd.Limits{Commands: commands}}.Read(ctx, line)
	if err != nil {
		return err
	}
	now := c.Now()
	verdict, err := mrtd.Judge(found, c.Trust.Mrtd(), now.In(rome))
	if err != nil {
		return err
	}
	doubts, err := compare(verdict, request.Data, now)
	if err != nil {
		return err
	}
	// What follows belongs to the request and no longer to the relay: a connection that
	// breaks now breaks nothing.
	ctx = context.WithoutCancel(ctx)
	made, err := c.keep(ctx, request, found, verdict, doubts)
	if err != nil {
		return ours(err)
	}
	document := sameDocument(found)
	step, err := c.Way.Step(r, request, enrolment.Change{Act: enrolment.ReadChip, Evidence: made.Evidence, Edit: func(q *enrolment.Request) { q.Data.Verdict = made }})
	if err != nil {
		return err
	}
	err = c.Store.SaveChip(ctx, document, step)
	if fault.Is(err, fault.Conflict) && fault.From(err).AuditReason() == ErrElsewhere.AuditReason() {
		err = c.suspect(ctx, r, request, document, made.Evidence)
	}
	return ours(err)
}

// sameDocument is what a document is known by when it comes again: zone and portrait, which
// every document has and whose hashes were signed. The security object around those hashes
// has bytes that nobody signed, and a relay can change them. // A08
func sameDocument(r mrtd.Reading) []byte {
	zone, face := sha256.Sum256(r.Files[lds.DG1]), sha256.Sum256(r.Files[lds.DG2])
	return append(zone[:], face[:]...)
}

// suspect hands the request to specialists: one document for two requests. // A08
func (c *Chip) suspect(ctx context.Context, r *http.Request, request enrolment.Request, document []byte, evidence []string) error {
	after, event, err := request.Do(enrolment.Change{
		Act: enrolment.Suspect, By: enrolment.Author{Role: enrolment.System}, At: c.Now(), Evidence: evidence,
		Reason: c.Site.Pages.Catalog().Text("it", "chip.suspect.elsewhere"),
	})
	if err != nil {
		return err
	}
	line := c.event(r, request)
	line.Outcome, line.Reason = audit.Refused, ErrElsewhere.AuditReason()
	return c.Store.SuspectChip(ctx, document, enrolment.Step{After: after, Event: event, Audit: c.Way.Event(r, request.Holder)}, line)
}

// keyOf makes the key that opens the chip of what was declared.
func keyOf(d enrolment.Data, can string) (mrtd.Key, error) {
	key, err := mrtd.Key{}, error(nil)
	if can != "" {
		key, err = mrtd.KeyFromCAN(can)
	} else {
		const short = "060102"
		key, err = mrtd.KeyFromZone(d.Document.Number, d.Person.BirthDate.Format(short), d.Document.ExpiresOn.Format(short))
	}
	if err != nil {
		return key, &refusal{page: reasonKey, reason: "chip_key", cause: err}
	}
	return key, nil
}

// failed counts a reading that came to nothing, and says so to the relay.
func (c *Chip) failed(r *http.Request, request enrolment.Request, err error) relay.Word {
	ctx := context.WithoutCancel(r.Context())
	why := refused(err)
	line := c.event(r, request)
	line.Outcome, line.Reason = audit.Refused, why.reason
	if d := why.detail(); d != "" {
		line.Detail["fields"] = d
	}
	word, level := relay.Done, slog.LevelInfo
	switch why.page {
	case reasonOurs:
		word, level, line.Outcome = relay.Failed, slog.LevelError, audit.Failed
	case "lost":
		word = relay.Failed
	}
	c.Site.Log.Log(ctx, level, "a document was not accepted", "request", string(request.Number), "reason", why.reason, "cause", fmt.Sprint(err))
	if err := c.Store.ChipFailed(ctx, request.ID, why.page, line); err != nil {
		c.Site.Log.ErrorContext(ctx, "a failed reading was not written down", "error", err)
	}
	return word
}

// unpaired is the line of a relay that belongs to no request.
func (c *Chip) unpaired(r *http.Request, reason string) audit.Event {
	line := c.event(r, enrolment.Request{})
	line.Outcome, line.Reason = audit.Refused, reason
	return line
}

func (c *Chip) note(r *http.Request, reason string) {
	ctx := context.WithoutCancel(r.Context())
	if err := c.Store.ChipFailed(ctx, "", "", c.unpaired(r, reason)); err != nil {
		c.Site.Log.ErrorContext(ctx, "a refused relay was not written down", "error", err)
	}
}

// rome is where a document's last day ends.
var rome = func() *time.Location {
	zone, err := time.LoadLocation("Europe/Rome")
	if err != nil {
		panic(err) // web/locale links the zones in
	}
	return zone
}()
