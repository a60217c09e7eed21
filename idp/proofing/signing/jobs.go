package signing

import (
	"context"
	"errors"
	"fmt"
	"time"

	"atrio/base/audit"
	"atrio/base/fault"
	"atrio/base/jobs"
	"atrio/base/notify"
	"atrio/idp/enrolment"
	"atrio/idp/enrolment/way"
	"atrio/idp/evidence"
	"atrio/idp/proofing/signature"
	"atrio/idp/proofing/signature/refusal"
)

const (
	// firstPause is how long after an upload it is tried again; each pause is twice the one
	// before, to the longest.
	firstPause   = 5 * time.Minute
	longestPause = 2 * time.Hour
	// batch is how many a run looks at, running how long it may take: authorities that are
	// silent cost their whole time.
	batch   = 50
	running = 5 * time.Minute
)

// Jobs try again to judge what waits. // A21: never accepted on silence. Where signatures
// are not judged any more they give it back: nobody waits for what will not come.
func (s *Signing) Jobs() []jobs.Job {
	return []jobs.Job{{
		Name: "idp.signatures", Every: time.Minute, Limit: running, Run: s.again,
		Needed: func(ctx context.Context, now time.Time) (bool, error) {
			list, err := s.due(ctx, now, 1)
			return len(list) > 0, err
		},
	}}
}

// due lists what is looked at now; all that waits where nothing is judged.
func (s *Signing) due(ctx context.Context, now time.Time, most int) ([]Waiting, error) {
	if s.Verifier == nil {
		now = now.Add(longestPause)
	}
	return s.Store.SignaturesDue(ctx, now, most)
}

func (s *Signing) again(ctx context.Context, now time.Time) error {
	list, err := s.due(ctx, now, batch)
	if err != nil {
		return err
	}
	var errs []error
	for _, one := range list {
		if ctx.Err() != nil {
			break // the others come first in the next run
		}
		if err := s.retry(ctx, one, now); err != nil && !fault.Is(err, fault.Conflict) { // it went on meanwhile
			errs = append(errs, fmt.Errorf("signing: %w", err))
		}
	}
	return errors.Join(errs...)
}

// retry judges one file anew. It is judged by the present: a certificate that was revoked
// or has expired since is refused, as lists forget what has expired. RFC 5280 3.3
func (s *Signing) retry(ctx context.Context, one Waiting, now time.Time) error {
	request, err := s.Way.Store.Request(ctx, one.Request)
	if err != nil {
		return err
	}
	signed := request.Data.Signed
	if request.State != enrolment.SignaturePending || request.Version != one.Version || signed == nil {
		return nil // it went on meanwhile
	}
	if s.Verifier == nil {
		return s.giveBack(ctx, request, now, "closed", "signing.closed", "unjudged")
	}
	file, err := s.Keeper.Open(ctx, signed.File, evidence.Access{By: author, Purpose: "signature " + string(request.Number)})
	var verdict signature.Verdict
	if err == nil {
		verdict, err = s.judge(ctx, request, file.Content, author, now)
	}
	end := signed.At.Add(s.Patience)
	over := !now.Before(end)
	switch reason := refusal.Of(err); {
	case err == nil:
		change, err := s.accepted(ctx, request, found{file: file.Content, item: signed.File, received: signed.At, judged: now, verdict: verdict})
		if err != nil {
			return errors.Join(err, s.later(ctx, one, now, end))
		}
		return s.take(ctx, request, change, now, "", s.mail(request, "accepted", ""))
	case reason != "" && !reason.Pending():
		return s.giveBack(ctx, request, now, reason, reason.Key(), "returned")
	case over: // also what failed here: nobody waits without end
		return errors.Join(unexpected(err), s.giveBack(ctx, request, now, reason, "signing.over", "unjudged"))
	}
	s.pending(ctx, request, err)
	return errors.Join(unexpected(err), s.later(ctx, one, now, end))
}

// unexpected is an error that is no refusal.
func unexpected(err error) error {
	if refusal.Of(err) != "" {
		return nil
	}
	return err
}

// later puts a request off; the last try is at the end of the patience.
func (s *Signing) later(ctx context.Context, one Waiting, now, end time.Time) error {
	pause := longestPause
	if one.Tries < 5 {
		pause = min(pause, firstPause<<one.Tries)
	}
	one.Tries++
	next := now.Add(pause)
	if now.Before(end) && next.After(end) {
		next = end
	}
	return s.Store.TryLater(ctx, one, next)
}

// giveBack lets the applicant sign anew, or go another way, and says why: on the page, and
// in one of the mails.
func (s *Signing) giveBack(ctx context.Context, request enrolment.Request, now time.Time, reason refusal.Reason, key, mail string) error {
	c, lang := s.Site.Pages.Catalog(), request.Data.Language
	why := c.Text(lang, key) + " " + c.Text(lang, key+".help")
	if reason == "" {
		reason = "unjudged"
	}
	return s.take(ctx, request, enrolment.Change{Act: enrolment.Return, Reason: why}, now, auditReason(reason), s.mail(request, mail, why))
}

// take stores a step of the program.
func (s *Signing) take(ctx context.Context, request enrolment.Request, c enrolment.Change, now time.Time, reason string, mail notify.Message) error {
	c.By, c.At = enrolment.Author{Role: enrolment.System}, now
	after, event, err := request.Do(c)
	if err != nil {
		return err
	}
	line := audit.Event{At: now, Role: s.Site.Role, Outcome: audit.OK, Reason: reason}
	return s.Way.Store.Save(ctx, enrolment.Step{After: after, Event: event, Messages: []notify.Message{mail}, Audit: line})
}

// mail tells the applicant what became of the file.
func (s *Signing) mail(request enrolment.Request, what, why string) notify.Message {
	c, lang := s.Site.Pages.Catalog(), request.Data.Language
	args := []any{"provider", s.Provider, "number", string(request.Number), "why", why, "link", s.Site.BaseURL + way.Request}
	key := "signing.mail." + what
	return notify.Message{Channel: notify.Mail, To: request.Data.Email, Lang: lang, Subject: c.Text(lang, key+".subject", args...), Text: c.Text(lang, key+".text", args...)}
}
