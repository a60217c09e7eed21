package enrolment

import (
	"errors"
	"net/http"
	"strconv"
	"time"

	"atrio/authn/otp"
	kinds "atrio/authn/secondfactor"
	"atrio/gateway/secondfactor"
	"atrio/web"
	"atrio/web/ui"
)

// smsView is the view of "enrolment/sms".
type smsView struct {
	ui.Errors
	Number string
	// Minutes to wait when too many codes were sent.
	Minutes int
}

// sms asks for a number. // G4.4
func (e *Enrolment) sms(w http.ResponseWriter, r *http.Request, v visit) error {
	if len(v.status.Of(kinds.SMS)) >= secondfactor.MostOfAKind {
		return secondfactor.ErrTooMany.Offer("enrolment.action.list", Path)
	}
	return e.Site.Page(w, r, http.StatusOK, "enrolment/sms", smsView{})
}

// takeNumber sends the first code to a number.
func (e *Enrolment) takeNumber(w http.ResponseWriter, r *http.Request, v visit) error {
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	view := smsView{Number: f.Text("number", web.Required, web.Max(40))}
	if f.OK() {
		number, err := kinds.ParseNumber(view.Number, e.Prefixes)
		switch {
		case errors.Is(err, kinds.ErrPrefix):
			f.Fail("number", "enrolment.sms.prefix")
		case err != nil:
			f.Fail("number", "enrolment.sms.number.wrong")
		case has(v.status, number):
			f.Fail("number", "enrolment.sms.there")
		default:
			return e.firstCode(w, r, v, view, number)
		}
	}
	view.Errors = f.Errors
	return e.Site.Page(w, r, http.StatusUnprocessableEntity, "enrolment/sms", view)
}

func has(s secondfactor.Status, number string) bool {
	for _, f := range s.Of(kinds.SMS) {
		if f.Number == number {
			return true
		}
	}
	return false
}

func (e *Enrolment) firstCode(w http.ResponseWriter, r *http.Request, v visit, view smsView, number string) error {
	o, err := e.begin(w, kinds.SMS, v, offer{Number: number})
	if err != nil {
		return err
	}
	wait, err := e.send(r, v, o)
	if err != nil {
		return err
	}
	if wait > 0 {
		e.forget(w, kinds.SMS)
		view.Minutes = kinds.Minutes(wait)
		return e.tooMany(w, r, v, wait, "enrolment/sms", view)
	}
	return web.Redirect(w, r, smsCodePath)
}

// tooMany shows a page again that may not send a code now.
func (e *Enrolment) tooMany(w http.ResponseWriter, r *http.Request, v visit, wait time.Duration, page string, view any) error {
	e.refused(r, v, kinds.SMS, "throttled")
	w.Header().Set("Retry-After", strconv.Itoa(int(wait.Seconds())+1))
	return e.Site.Page(w, r, http.StatusTooManyRequests, page, view)
}

func (e *Enrolment) send(r *http.Request, v visit, o offer) (time.Duration, error) {
	lang, texts := web.Lang(r), e.Site.Pages.Catalog()
	ev := e.event(r, v)
	ev.Detail["channel"] = "sms"
	return e.Checker.Send(r.Context(), secondfactor.Envelope{
		Flow: flowOf(o), AccountID: v.session.Subject, Number: o.Number, Lang: lang, Address: web.ClientAddr(r), Event: ev,
		// What the code is for stands in the message, so that one asked for by somebody
		// else does not look like one's own. // ASVS 6.6.2
		Text: func(code string) string {
			return texts.Text(lang, "enrolment.sms.text", "sender", e.Site.Institution.Service.In(lang), "code", code,
				"minutes", kinds.Minutes(e.Checker.Limits.Valid))
		},
	})
}

// flowOf names the setting-up of an offer among the flows that codes are sent for.
func flowOf(o offer) string { return "enrol " + o.ID }

// smsCodeView is the view of "enrolment/smscode".
type smsCodeView struct {
	ui.Errors
	Number  string
	Minutes int
	// Again is how many seconds to wait before another code; 0 for none.
	Again int
	// Wait are the minutes to wait when too many codes were sent; 0 for none.
	Wait int
}

// smsCode asks for the code that was sent.
func (e *Enrolment) smsCode(w http.ResponseWriter, r *http.Request, v visit) error {
	o, ok := e.offered(r, kinds.SMS, v)
	if !ok {
		return web.Redirect(w, r, smsPath)
	}
	view, err := e.smsCodeView(r, o)
	if err != nil {
		return err
	}
	return e.Site.Page(w, r, http.StatusOK, "enrolment/smscode", view)
}

func (e *Enrolment) smsCodeView(r *http.Request, o offer) (smsCodeView, error) {
	_, again, err := e.Checker.Sent(r.Context(), flowOf(o))
	return smsCodeView{Number: kinds.Masked(o.Number), Minutes: kinds.Minutes(e.Checker.Limits.Valid), Again: again}, err
}

// takeSMSCode confirms the number, or sends another code.
func (e *Enrolment) takeSMSCode(w http.ResponseWriter, r *http.Request, v visit) error {
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	o, ok := e.offered(r, kinds.SMS, v)
	if !ok {
		e.Site.Notice(w, "enrolment.notice.late")
		return web.Redirect(w, r, smsPath)
	}
	if f.Value("resend") != "" {
		return e.resend(w, r, v, o)
	}
	code := f.Digits("code", otp.Digits)
	if f.OK() {
		verdict, err := e.Checker.SMS(r.Context(), secondfactor.Attempt{
			Flow: flowOf(o), AccountID: v.session.Subject, Code: code, Number: o.Number, Event: e.event(r, v),
		})
		if err != nil {
			return err
		}
		if verdict.Outcome == kinds.Right {
			return e.addNumber(w, r, v, o)
		}
		e.refused(r, v, kinds.SMS, reasonOf(verdict.Outcome))
		f.Fail("code", "enrolment.sms.code."+reasonOf(verdict.Outcome))
	}
	view, err := e.smsCodeView(r, o)
	if err != nil {
		return err
	}
	view.Errors = f.Errors
	return e.Site.Page(w, r, http.StatusUnprocessableEntity, "enrolment/smscode", view)
}

// reasonOf is the word for an outcome in the audit log and in the keys of texts.
func reasonOf(o kinds.Outcome) string {
	switch o {
	case kinds.Stale:
		return "stale_code"
	case kinds.Waiting:
		return "throttled"
	}
	return "wrong_code"
}

func (e *Enrolment) resend(w http.ResponseWriter, r *http.Request, v visit, o offer) error {
	wait, err := e.send(r, v, o)
	if err != nil {
		return err
	}
	if wait == 0 {
		e.Site.Notice(w, "enrolment.notice.sent")
		return web.Redirect(w, r, smsCodePath)
	}
	view, err := e.smsCodeView(r, o)
	if err != nil {
		return err
	}
	view.Wait = kinds.Minutes(wait)
	return e.tooMany(w, r, v, wait, "enrolment/smscode", view)
}

func (e *Enrolment) addNumber(w http.ResponseWriter, r *http.Request, v visit, o offer) error {
	err := e.Factors.AddFactor(r.Context(), secondfactor.Addition{
		Factor: factor{ID: o.ID, AccountID: v.session.Subject, Kind: kinds.SMS, Number: o.Number, CreatedAt: e.Now()},
		Event:  e.event(r, v), Tell: e.tell("added", kinds.SMS, kinds.Masked(o.Number)),
	})
	if err != nil {
		return listOffered(err)
	}
	e.forget(w, kinds.SMS)
	return e.done(w, r, v, "enrolment.notice.sms", secondfactor.Used{Kind: kinds.SMS, Factor: o.ID, At: e.Now()}, o.ID)
}
