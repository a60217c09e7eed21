package handoff

import (
	"crypto/rand"
	"errors"
	"net/http"
	"strings"

	"atrio/authn/secondfactor"
	"atrio/base/fault"
	"atrio/idp/enrolment"
	"atrio/idp/enrolment/pictures"
	"atrio/web"
	"atrio/web/ui"
)

// phoneView is the view of "handoff/telephone".
type phoneView struct {
	ui.Errors
	// State is "" while a code is asked for.
	State State
	Code  string
	// Whose is the mailbox of the applicant, as its owner recognises it.
	Whose          string
	Number         int
	Minutes, Most  int
	There          map[string]bool
	What           []string
	Watch          string
	Seconds        int
	Complete, Lost bool
}

// phoneCookie holds the secret of the telephone: 130 random bits.
const phoneCookie = "handoff_phone"

// ofPhone is the hand-off of the telephone, while it goes on and the session that let it in
// does too.
func (h *Handler) ofPhone(r *http.Request) (held Handoff, request enrolment.Request, ok bool, err error) {
	secret, there := h.Site.Cookie(r, phoneCookie)
	if !there || len(secret) > 64 {
		return held, request, false, nil
	}
	held, err = h.Store.HandoffOfPhone(r.Context(), h.phoneMAC(secret))
	if fault.Is(err, fault.Gone) {
		return held, request, false, nil
	}
	if err != nil {
		return held, request, false, err
	}
	now, sessions := h.Now(), h.Site.Sessions
	session, err := sessions.Store.FindSession(r.Context(), held.Session, now)
	switch {
	case fault.Is(err, fault.NotFound):
		return held, request, false, nil
	case err != nil:
		return held, request, false, err
	case held.at(now) == Over, session.Subject != held.Holder, !now.Before(session.SeenAt.Add(sessions.Idle)):
		return held, request, false, nil
	}
	request, err = h.Way.Store.Request(r.Context(), held.Request)
	if fault.Is(err, fault.Gone) {
		return held, request, false, nil
	}
	return held, request, err == nil && request.Holder == held.Holder && request.May(enrolment.AddPictures, enrolment.Applicant), err
}

// phone asks for the code, shows the number, or takes pictures. To open the address with a
// code uses nothing up: whoever looks at a link before the person does not.
func (h *Handler) phone(w http.ResponseWriter, r *http.Request) error {
	w.Header().Set("Referrer-Policy", "no-referrer")
	if code := r.URL.Query().Get("code"); code != "" {
		v := phoneView{}
		if number, ok := enrolment.ParseNumber(code); ok {
			v.Code = string(number)
		}
		return h.showPhone(w, r, http.StatusOK, v)
	}
	held, request, ok, err := h.ofPhone(r)
	if err != nil {
		return err
	}
	if !ok {
		_, had := h.Site.Cookie(r, phoneCookie)
		if had {
			h.Site.ClearCookie(w, phoneCookie, web.CookieOptions{})
		}
		return h.showPhone(w, r, http.StatusOK, phoneView{Lost: had})
	}
	return h.showPhone(w, r, http.StatusOK, h.viewOf(held, request, nil))
}

func (h *Handler) viewOf(held Handoff, request enrolment.Request, errs ui.Errors) phoneView {
	v := phoneView{
		Errors: errs, State: held.at(h.Now()), Whose: masked(request.Data.Email), Number: held.Number, What: pictures.Fields(), There: map[string]bool{},
		Minutes: secondfactor.Minutes(h.left(held)), Most: int(h.Pictures.MaxBytes() >> 20), Complete: !pictures.Missing(request),
		Watch: stirPath + "?seen=" + string(held.at(h.Now())), Seconds: int(h.left(held).Seconds()),
	}
	for _, what := range enrolment.Pictures() {
		v.There[string(what)] = request.Data.Pictures[what] != ""
	}
	return v
}

func (h *Handler) showPhone(w http.ResponseWriter, r *http.Request, status int, v phoneView) error {
	return h.Site.Page(w, r, status, "handoff/telephone", v)
}

// masked shows of an address what its owner recognises, and not more: a stranger's code
// leads to a stranger's mailbox.
func masked(email string) string {
	local, domain, ok := strings.Cut(email, "@")
	if !ok || local == "" {
		return ""
	}
	return string([]rune(local)[:1]) + "…@" + domain
}

// claim uses the code up for this telephone.
func (h *Handler) claim(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	typed := f.Text("code", web.Max(32))
	code, ok := enrolment.ParseNumber(typed)
	if !ok {
		return h.showPhone(w, r, http.StatusUnprocessableEntity, phoneView{Code: typed, Errors: ui.Errors{{Field: "code", Key: "handoff.code.form"}}})
	}
	now, secret := h.Now(), rand.Text()
	numbers, right := secondfactor.Match()
	line := h.line(r, enrolment.Request{}, "claimed")
	line.Detail = map[string]string{"step": "claimed"}
	held, err := h.Store.ClaimHandoff(r.Context(), Handoff{
		Code: h.codeMAC(code), Phone: h.phoneMAC(secret), Numbers: numbers, Number: right, State: Claimed, Until: now.Add(codeLasts),
	}, now, line)
	if errors.Is(err, ErrOver) {
		h.refused(r, enrolment.Request{Holder: held.Holder}, "handoff_code")
		return h.showPhone(w, r, http.StatusUnprocessableEntity, phoneView{Code: string(code), Errors: ui.Errors{{Field: "code", Key: "handoff.over"}}})
	}
	if err != nil {
		return err
	}
	h.Site.SetCookie(w, phoneCookie, secret, web.CookieOptions{MaxAge: int((codeLasts + picturesLast).Seconds())})
	return web.Redirect(w, r, phonePath)
}

// stir tells the page of the telephone whether it is still what it shows.
func (h *Handler) stir(w http.ResponseWriter, r *http.Request) error {
	held, _, ok, err := h.ofPhone(r)
	if err != nil {
		return err
	}
	now := Over
	if ok {
		now = held.at(h.Now())
	}
	return say(w, r.URL.Query().Get("seen") == string(now))
}

// add takes pictures. Nothing is read of who may not send any.
func (h *Handler) add(w http.ResponseWriter, r *http.Request) error {
	held, request, ok, err := h.ofPhone(r)
	if err != nil {
		return err
	}
	if !ok || held.at(h.Now()) != Open {
		h.refused(r, request, "handoff_pictures")
		return web.Redirect(w, r, phonePath) // which says that it is over, or shows the number
	}
	_, files, err := web.ReadUploads(r, h.Pictures.MaxBytes(), pictures.Fields()...)
	if err != nil {
		return err
	}
	kept, errs, err := pictures.Desk{Intake: h.Pictures, Keeper: h.Keeper, Request: request.ID, Author: request.Holder}.Take(r.Context(), files)
	if err != nil {
		return err
	}
	if len(files) == 0 {
		errs = ui.Errors{{Field: pictures.Fields()[0], Key: "handoff.none"}}
	}
	if len(kept) > 0 {
		if request, err = h.put(r, request, kept); err != nil {
			return err
		}
	}
	if len(errs) > 0 {
		return h.showPhone(w, r, http.StatusUnprocessableEntity, h.viewOf(held, request, errs))
	}
	h.Site.Notice(w, "handoff.notice.kept")
	return web.Redirect(w, r, phonePath)
}

// put adds the pictures to the request as it stands now: at the computer it may have gone on
// while they were on their way, and what was kept is not lost for that.
func (h *Handler) put(r *http.Request, request enrolment.Request, kept pictures.Kept) (enrolment.Request, error) {
	for range 3 {
		next, err := h.Way.TakeWith(r, request, enrolment.Change{Act: enrolment.AddPictures, Evidence: kept.References(), Edit: kept.Put})
		if err == nil || !fault.Is(err, fault.Conflict) {
			return next, err
		}
		again, missing := h.Way.Store.Request(r.Context(), request.ID)
		if missing != nil || again.Version == request.Version {
			return request, err
		}
		request = again
	}
	return request, enrolment.ErrState
}
