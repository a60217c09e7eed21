package signing

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"atrio/base/audit"
	"atrio/idp/enrolment"
	"atrio/idp/enrolment/way"
	"atrio/idp/proofing/signature/refusal"
	"atrio/web"
	"atrio/web/ui"
)

// backPath takes a file back that waits to be judged.
const backPath = "/enrol/signature/back"

// Mount gives the pages their addresses.
func (s *Signing) Mount(m *web.Mux) {
	m.Get(way.Signature, s.Way.At(s.page, enrolment.Submit, enrolment.Return))
	m.Post(way.Signature, s.Way.At(s.upload, enrolment.Submit), s.UploadLimit, web.MaxBody(3*MaxBytes))
	m.Post(backPath, s.Way.At(s.back, enrolment.Return), s.Limit)
}

// signView is the view of "signing/sign".
type signView struct {
	ui.Errors
	Number string
	// Help says what to do about a refusal, a key; "" without one.
	Help string
	// Most is the largest file, in megabytes.
	Most int
}

// waitingView is the view of "signing/waiting".
type waitingView struct {
	Number       string
	Since, Until time.Time
}

// page explains how to sign, or says that the file waits.
func (s *Signing) page(w http.ResponseWriter, r *http.Request, request enrolment.Request) error {
	if request.State == enrolment.SignaturePending {
		v := waitingView{Number: string(request.Number)}
		if signed := request.Data.Signed; signed != nil {
			v.Since, v.Until = signed.At, signed.At.Add(s.Patience)
		}
		return s.Site.Page(w, r, http.StatusOK, "signing/waiting", v)
	}
	return s.show(w, r, http.StatusOK, request, "")
}

// show shows the page, with what was wrong with the file.
func (s *Signing) show(w http.ResponseWriter, r *http.Request, status int, request enrolment.Request, key string) error {
	v := signView{Number: string(request.Number), Most: MaxBytes >> 20}
	if key != "" {
		v.Errors = ui.Errors{{Field: "file", Key: key}}
		if help := key + ".help"; s.Site.Pages.Catalog().Has(help) {
			v.Help = help
		}
	}
	return s.Site.Page(w, r, status, "signing/sign", v)
}

// upload judges a signed contract. What is refused changes nothing: the person reads why
// and uploads another file. What cannot be found out now waits. // E04, A19 to A22
func (s *Signing) upload(w http.ResponseWriter, r *http.Request, request enrolment.Request) error {
	if err := s.Limiter.Allow(r.Context(), perRequest(), request.ID); err != nil {
		return err
	}
	form, sent, err := web.ReadUploads(r, MaxBytes, "file")
	if err != nil {
		return err
	}
	file := sent["file"]
	if !form.OK() || len(file) == 0 {
		return s.show(w, r, http.StatusUnprocessableEntity, request, "signing.file.missing")
	}
	at := s.Now()
	verdict, err := s.judge(r.Context(), request, file, request.Holder, at)
	reason := refusal.Of(err)
	switch {
	case err == nil:
		change, err := s.accepted(r.Context(), request, found{file: file, received: at, judged: at, verdict: verdict})
		if err != nil {
			return err
		}
		next, err := s.Way.TakeWith(r, request, change)
		if err != nil {
			return err
		}
		s.Site.Notice(w, "signing.notice.accepted")
		return web.Redirect(w, r, way.Next(next))
	case reason.Pending():
		s.pending(r.Context(), request, err)
		return s.wait(w, r, request, file, at, reason)
	case reason != "":
		s.refused(r, request, reason)
		return s.show(w, r, http.StatusUnprocessableEntity, request, reason.Key())
	}
	return err
}

// wait keeps a file that cannot be judged now, so that nobody has to sign again. // A21
func (s *Signing) wait(w http.ResponseWriter, r *http.Request, request enrolment.Request, file []byte, at time.Time, reason refusal.Reason) error {
	item, err := s.keepFile(r.Context(), request, file)
	if err != nil {
		return err
	}
	step, err := s.Way.Step(r, request, enrolment.Change{
		Act: enrolment.Submit, Evidence: []string{item},
		Edit: func(q *enrolment.Request) { q.Data.Signed = signedBy(request, item, at) },
	})
	if err != nil {
		return err
	}
	step.Audit.Reason = auditReason(reason)
	if err := s.Way.Store.Save(r.Context(), step); err != nil {
		return err
	}
	return web.Redirect(w, r, way.Signature)
}

// back takes a file back that waits: the applicant may sign anew.
func (s *Signing) back(w http.ResponseWriter, r *http.Request, request enrolment.Request) error {
	if _, err := web.ReadForm(r); err != nil {
		return err
	}
	reason := s.Site.Pages.Catalog().Text(request.Data.Language, "signing.back.reason")
	if _, err := s.Way.TakeWith(r, request, enrolment.Change{Act: enrolment.Return, Reason: reason}); err != nil {
		return err
	}
	return web.Redirect(w, r, way.Signature)
}

// refused writes down why a file was not taken.
func (s *Signing) refused(r *http.Request, request enrolment.Request, reason refusal.Reason) {
	if s.Site.Refused == nil {
		return
	}
	ev := s.Way.Event(r, request.Holder)
	ev.Action, ev.Outcome, ev.Reason = audit.RequestSignature, audit.Refused, auditReason(reason)
	ev.Detail = map[string]string{"request": string(request.Number)}
	s.Site.Refused(r.Context(), ev)
}

// pending writes down what keeps a signature from being judged: the reason alone does not
// tell which authority is silent, and whoever runs the program has to find out.
func (s *Signing) pending(ctx context.Context, request enrolment.Request, err error) {
	if refusal.Of(err).Pending() {
		s.Site.Log.WarnContext(ctx, "signature waits", slog.String("request", string(request.Number)), slog.String("error", err.Error()))
	}
}

func auditReason(reason refusal.Reason) string { return "signature_" + string(reason) }
