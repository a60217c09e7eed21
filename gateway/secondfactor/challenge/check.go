package challenge

import (
	"errors"
	"net/http"
	"strconv"
	"time"

	"atrio/authn/otp"
	kinds "atrio/authn/secondfactor"
	"atrio/base/audit"
	"atrio/base/fault"
	"atrio/base/notify"
	"atrio/gateway/account"
	"atrio/gateway/journey"
	"atrio/gateway/secondfactor"
	"atrio/web"
)

// maxAnswer bounds the answer of a browser about a passkey, in characters.
const maxAnswer = 16 << 10

// check takes a code.
func (c *Challenge) check(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	v, err := c.visitOf(r, f.Value("flow"))
	if err != nil {
		return err
	}
	k, err := v.kind(f.Value("method"))
	if err != nil {
		return err
	}
	view := codeView{Chosen: numberView{ID: f.Value("number")}}
	code := c.read(f, k)
	if !f.OK() {
		view.Errors = f.Errors
		return c.page(w, r, v, http.StatusUnprocessableEntity, string(k), view)
	}
	used := secondfactor.Used{Kind: k, At: c.Now()}
	verdict, err := c.compare(r, v, &used, code, view.Chosen.ID)
	if err != nil {
		return wayOn(err, v.journey)
	}
	if verdict.Outcome == kinds.Right {
		used.Factor = verdict.Factor
		return c.Passed(w, r, v.journey, used)
	}
	return c.wrong(w, r, v, k, verdict, view)
}

// wayOn offers the other factors on the page about a passkey that is not taken.
func wayOn(err error, j journey.Journey) error {
	if !errors.Is(err, secondfactor.ErrCopied) {
		return err
	}
	return secondfactor.ErrCopied.Offer("gateway.action.retry", at(j)).Offer("gateway.action.help", "/help")
}

// read takes the code out of the form.
func (c *Challenge) read(f *web.Form, k kinds.Kind) string {
	switch k {
	case kinds.Passkey:
		return f.Text("answer", web.Required, web.Max(maxAnswer))
	case kinds.Desk:
		return "" // the number is the desk's to type
	case kinds.TOTP, kinds.SMS:
		return f.Digits("code", otp.Digits)
	}
	code := f.Text("code", web.Required, web.Max(64))
	if f.OK() && kinds.ReadRecoveryCode(code) == "" {
		// One that cannot be right is no try.
		f.Fail("code", "challenge.recovery.form")
	}
	return code
}

// compare asks the checker.
func (c *Challenge) compare(r *http.Request, v visit, used *secondfactor.Used, code, number string) (d secondfactor.Verdict, err error) {
	a := secondfactor.Attempt{Flow: v.journey.Handle, AccountID: v.account, Code: code, Event: c.event(r, v, used.Kind)}
	switch used.Kind {
	case kinds.Passkey:
		d, used.Synced, err = c.Checker.Passkey(r.Context(), a, v.owner())
		return d, err
	case kinds.TOTP:
		return c.Checker.App(r.Context(), a)
	case kinds.SMS:
		f, _ := v.status.Find(number) // without one no digest fits
		a.Number, a.Factor = f.Number, f.ID
		return c.Checker.SMS(r.Context(), a)
	case kinds.Desk:
		return c.Checker.Desk(r.Context(), a)
	case kinds.Recovery:
		a.Tell = c.recoveryUsed()
		return c.Checker.Recovery(r.Context(), a)
	}
	return secondfactor.Verdict{}, fault.New(fault.Invalid, "error.invalid").For("factor_kind")
}

// wrong says what was wrong with the code and what to do about it.
func (c *Challenge) wrong(w http.ResponseWriter, r *http.Request, v visit, k kinds.Kind, d secondfactor.Verdict, view codeView) error {
	reason, status := "wrong_code", http.StatusUnprocessableEntity
	view.Notice = Notice{Key: "challenge.wrong." + string(k), Left: d.Left}
	switch {
	case d.Left == 0:
		c.refused(r, v, k, audit.CodeChecked, "exhausted")
		c.Journeys.Drop(w, v.journey.Handle)
		return fault.New(fault.TooMany, "error.secondfactor.exhausted").For("exhausted").
			Offer("gateway.action.restart", journey.LoginURL("")).Offer("gateway.action.help", "/help")
	case d.Outcome == kinds.Waiting:
		reason, status = "throttled", http.StatusTooManyRequests
		view.Notice.Key, view.Notice.Minutes = "challenge.wait", kinds.Minutes(d.Wait)
		w.Header().Set("Retry-After", seconds(d.Wait))
	case k == kinds.Desk:
		reason = "not_confirmed"
	case d.Outcome == kinds.Replayed:
		reason, view.Notice.Key = "replayed_code", "challenge.used"
	case d.Outcome == kinds.Stale:
		reason, view.Notice.Key = "stale_code", "challenge.stale"
	case d.Off != 0:
		reason, view.Notice.Minutes = "clock_off", kinds.Minutes(d.Off.Abs())
		view.Notice.Key = "challenge.clock.slow"
		if d.Off > 0 {
			view.Notice.Key = "challenge.clock.fast"
		}
	}
	c.refused(r, v, k, audit.CodeChecked, reason)
	return c.page(w, r, v, status, string(k), view)
}

func seconds(wait time.Duration) string { return strconv.Itoa(int(wait.Seconds()) + 1) }

// recoveryUsed tells the owner that a recovery code was used. // ASVS 6.3.7
func (c *Challenge) recoveryUsed() secondfactor.Tell {
	texts, at := c.Site.Pages.Catalog(), c.Now()
	return func(a account.Account) notify.Message {
		service := c.Site.Institution.Service.In(a.Language)
		return notify.Message{
			Channel: notify.Mail, To: a.Email, Lang: a.Language,
			Subject: texts.Text(a.Language, "challenge.mail.recovery.subject", "service", service),
			Text: texts.Text(a.Language, "challenge.mail.recovery.text", "name", a.Name(), "service", service,
				"when", texts.DateTime(a.Language, at), "account", c.Site.BaseURL+"/account/second-factor"),
		}
	}
}
