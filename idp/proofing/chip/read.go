package chip

import (
	"context"
	"crypto/sha256"
	"fmt"
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
)

// Bounds of a reading, beside those of mrtd and of the relay.
const (
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
	line, err := relay.Accept(w, r)
	if err != nil { // it has been answered
		return c.Store.ChipFailed(r.Context(), "", "", c.unpaired(r, "chip_no_relay"))
	}
	ctx, cancel := context.WithTimeout(r.Context(), reading)
	defer cancel()
	line.End(c.serve(ctx, r, line))
	return nil
}

// serve has one conversation and gives its last word.
func (c *Chip) serve(ctx context.Context, r *http.Request, line *relay.Line) relay.Word {
	select {
	case c.turns <- struct{}{}:
		defer func() { <-c.turns }()
	default:
		c.note(r, "chip_busy")
		return relay.Busy
	}
	request, p, err := c.paired(ctx, line)
	if err != nil {
		c.note(r, fault.From(err).AuditReason())
		return relay.Unknown
	}
	switch err := c.read(ctx, r, line, request, p); {
	case err == nil:
		return relay.Done
	default:
		return c.failed(r, request, err)
	}
}

// paired finds the request that a code belongs to, as it stood when the code was shown.
func (c *Chip) paired(ctx context.Context, line *relay.Line) (enrolment.Request, Pairing, error) {
	typed, err := line.Code(ctx)
	if err != nil {
		return enrolment.Request{}, Pairing{}, ErrCode.Because(err)
	}
	code, ok := enrolment.ParseNumber(typed)
	if !ok {
		return enrolment.Request{}, Pairing{}, ErrCode
	}
	p, err := c.Store.UsePairing(ctx, c.digest(code), c.Now())
	if err != nil {
		return enrolment.Request{}, Pairing{}, err
	}
	request, err := c.Way.Store.Request(ctx, p.Request)
	if err != nil {
		return enrolment.Request{}, Pairing{}, err
	}
	if request.Version != p.Version || !request.May(enrolment.ReadChip, enrolment.Applicant) {
		return enrolment.Request{}, Pairing{}, ErrCode.For("chip_changed")
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
		return err
	}
	document := sameDocument(found)
	step, err := c.Way.Step(r, request, enrolment.Change{Act: enrolment.ReadChip, Evidence: made.Evidence, Edit: func(q *enrolment.Request) { q.Data.Verdict = made }})
	if err != nil {
		return err
	}
	err = c.Store.SaveChip(ctx, document, step)
	if fault.Is(err, fault.Conflict) && fault.From(err).AuditReason() == ErrElsewhere.AuditReason() {
		return c.suspect(ctx, r, request, document, made.Evidence)
	}
	return err
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
	if f := fault.From(err); f.Kind == fault.Conflict {
		why = &refusal{page: reasonChanged, reason: f.AuditReason(), cause: err}
	}
	line := c.event(r, request)
	line.Outcome, line.Reason = audit.Refused, why.reason
	if d := why.detail(); d != "" {
		line.Detail["fields"] = d
	}
	c.Site.Log.InfoContext(ctx, "a document was not accepted", "request", string(request.Number), "reason", why.reason, "cause", fmt.Sprint(err))
	if err := c.Store.ChipFailed(ctx, request.ID, why.page, line); err != nil {
		c.Site.Log.ErrorContext(ctx, "a failed reading was not written down", "error", err)
	}
	if why.page == "lost" {
		return relay.Failed
	}
	return relay.Done
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
