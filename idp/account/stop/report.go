package stop

import (
	"bytes"
	"net/http"
	"strconv"
	"time"

	"atrio/base/fault"
	"atrio/idp/evidence"
	"atrio/idp/identity"
	"atrio/web"
	"atrio/web/ui"
)

// NotMeView is the view of "stop/not_me".
type NotMeView struct {
	// At is the access that the holder does not know, zero when none was named.
	At    time.Time
	Value string
	May   bool
}

func notMeView(who *identity.Identity, at string) NotMeView {
	v := NotMeView{Value: at, May: who.May(identity.Suspend, identity.Abuse, identity.AsHolder)}
	if micros, err := strconv.ParseInt(at, 10, 64); err == nil && micros > 0 {
		v.At = time.UnixMicro(micros)
	}
	return v
}

// showNotMe asks before it suspends: a link that is only opened does nothing.
func (h *Handler) showNotMe(w http.ResponseWriter, r *http.Request, who *identity.Identity) error {
	return h.Site.Page(w, r, http.StatusOK, "stop/not_me", notMeView(who, r.URL.Query().Get("at")))
}

// notMe suspends at once: somebody else signed in. // DPCM 24/10/2014 art. 9(2), REG 23
func (h *Handler) notMe(w http.ResponseWriter, r *http.Request, who *identity.Identity) error {
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	c := identity.Change{Act: identity.Suspend, Cause: identity.Abuse}
	if at := notMeView(who, f.Value("at")).At; !at.IsZero() {
		c.Reason = "access " + at.UTC().Format(time.RFC3339)
	}
	return h.end(w, r, who, c, "abuse")
}

// ReportView is the view of "stop/report".
type ReportView struct {
	ui.Errors
	// Most is the largest file, in megabytes.
	Most int64
	View View
}

// mostReport bounds a denuncia; an item of evidence is no larger.
const mostReport = evidence.MaxItem

func (h *Handler) showReport(w http.ResponseWriter, r *http.Request, who *identity.Identity) error {
	return h.reportPage(w, r, http.StatusOK, who, nil)
}

func (h *Handler) reportPage(w http.ResponseWriter, r *http.Request, status int, who *identity.Identity, errs ui.Errors) error {
	return h.Site.Page(w, r, status, "stop/report", ReportView{Errors: errs, Most: mostReport >> 20, View: h.view(who)})
}

// report takes the denuncia, which ends the identity. // L04, REG 23
func (h *Handler) report(w http.ResponseWriter, r *http.Request, who *identity.Identity) error {
	f, file, err := web.ReadUpload(r, "report", mostReport)
	if err != nil {
		return err
	}
	if !h.view(who).MayReport {
		return identity.ErrMay
	}
	content, media, err := h.intake(r, file)
	if wrong := fault.From(err); err != nil && wrong.Kind != fault.Unavailable && wrong.Kind != fault.Internal {
		f.Fail("report", wrong.Key, wrong.Args...)
		return h.reportPage(w, r, http.StatusUnprocessableEntity, who, f.Errors)
	}
	if err != nil {
		return err
	}
	item, err := h.Keeper.Put(r.Context(), evidence.New{Request: who.ID, Kind: evidence.HolderReport, MediaType: media, Author: who.ID, Content: content})
	if err != nil {
		return err
	}
	return h.end(w, r, who, identity.Change{Act: identity.Revoke, Cause: identity.Fraud, Evidence: []string{item.ID}}, "revoked")
}

var errNoReport = fault.New(fault.Invalid, "stop.report.missing").For("report_missing")

// intake takes a PDF as it is, which operators only download, and makes a picture anew. // A35
func (h *Handler) intake(r *http.Request, file []byte) (content []byte, media string, err error) {
	switch {
	case len(file) == 0:
		return nil, "", errNoReport
	case len(file) > mostReport:
		return nil, "", fault.New(fault.TooLarge, "stop.report.large").For("report_large")
	case bytes.HasPrefix(file, []byte("%PDF-")):
		return file, "application/pdf", nil
	}
	p, err := h.Pictures.Take(r.Context(), file)
	return p.JPEG, "image/jpeg", err
}
