// Package recovery gives holders a password back that they forgot. // E31, I12
//
// No channel alone does it: the link that goes to the mailbox, a code to the telephone and
// the answer to the security question are asked for one after another. Whoever asks learns
// nothing on the page; the mail says the truth. A mailbox or a telephone that changed lately
// makes the recovery wait, with a notice to the one before (A27), one that changes meanwhile
// ends it, and any login calls it off. Who has lost the answer or the number is identified
// anew: see lost.go.
//
// Applicants, who have no identity yet, are asked for what they have confirmed so far; who
// has lost it withdraws the request: see withdraw.go.
// ADR 0050
package recovery

import (
	"context"
	"embed"
	"errors"
	"net/http"
	"time"

	"atrio/authn/proofofwork"
	"atrio/base/audit"
	"atrio/base/fault"
	"atrio/base/notify"
	"atrio/base/ratelimit"
	"atrio/idp/account"
	"atrio/idp/credential"
	"atrio/idp/enrolment"
	"atrio/idp/enrolment/form"
	"atrio/idp/identity"
	"atrio/idp/life"
	"atrio/idp/passwordlife"
	"atrio/web"
	"atrio/web/ui"
)

//go:embed pages texts
var files embed.FS

// Pages are the pages of this package and their texts.
func Pages() ui.Pages { return ui.Pages{Name: "recovery", FS: files} }

// Addresses.
const (
	AskPath      = account.Path + "/recover"
	linkPath     = AskPath + "/link"
	waitPath     = AskPath + "/wait"
	codePath     = AskPath + "/code"
	sendPath     = codePath + "/send"
	answerPath   = AskPath + "/answer"
	passwordPath = AskPath + "/password"
	donePath     = AskPath + "/done"
	withdrawPath = AskPath + "/withdraw"
	stopPath     = AskPath + "/stop"
)

const (
	// linkLife is how long the link in the mail works: longer than a mailbox waits for the
	// next mail (perMailbox), so that who asks in vain, because strangers asked, has one.
	// Going on after it takes no longer than walkLife.
	linkLife = 6 * time.Hour
	walkLife = time.Hour
	// Patience is how long a recovery waits after a change of mailbox or telephone. // A27
	Patience = 72 * time.Hour
	// backLife is how long there is to go on once a recovery has waited.
	backLife = 24 * time.Hour
	// Remembered is how long a contact is known that was replaced.
	Remembered = 30 * 24 * time.Hour
	// mostWrong are the answers after which a recovery ends.
	mostWrong = 5
)

// State is how a recovery stands.
type State string

// The states. Only an Open one goes on.
const (
	Open     State = "open"
	Done     State = "done"
	Failed   State = "failed"   // too many wrong answers
	Stopped  State = "stopped"  // by the link of a notice, or by a login
	Replaced State = "replaced" // another one began
	Moved    State = "moved"    // a contact or an answer is another since
)

// Aim is what a recovery is for.
type Aim string

// The aims. A request is withdrawn by who cannot get the password back.
const (
	ForPassword Aim = "password"
	ToWithdraw  Aim = "withdraw"
)

// Recovery is one under way.
type Recovery struct {
	Aim Aim
	// Applicant and Version are of whose it is, as they were read; not stored.
	Applicant bool
	Version   int

	ID, Identity string
	State        State
	// Uses counts the links of it that were pressed.
	Uses int
	// Ready is until when it waits, Until its end.
	Begun, Ready, Until time.Time
	// PasswordAt is of the password that was forgotten: where another one holds by now there
	// is nothing to recover.
	PasswordAt time.Time
	// CodeAt and AnswerAt are when each was right; zero before.
	CodeAt, AnswerAt time.Time
	Wrong            int
}

// step is the page on which a recovery goes on.
func (v Recovery) step(now time.Time) string {
	switch {
	case now.Before(v.Ready):
		return waitPath
	case v.Aim == ToWithdraw:
		return withdrawPath
	case v.CodeAt.IsZero():
		return codePath
	case v.AnswerAt.IsZero():
		return answerPath
	}
	return passwordPath
}

// Security is the question of a holder and the hash of the answer; both "" for none.
type Security struct{ Question, Answer string }

// Ending is the last step of a recovery.
type Ending struct {
	Recovery string
	Password passwordlife.Change
	// Step is that of the identity, Regaining tells of a request to be identified anew that
	// ends with it. An applicant has neither.
	Step      life.Step
	Regaining func(enrolment.Request) []notify.Message
	Applicant bool
}

// Withdrawal ends a request by a link: after the wait, or with the answer.
type Withdrawal struct {
	Recovery string
	Answered bool
	Step     enrolment.Step
	Audit    audit.Event
}

// ErrMoved: whose recovery it is stands otherwise than it was read.
var ErrMoved = fault.New(fault.Conflict, "error.recover.moved").For("recovery_moved").Offer("recover.again", AskPath)

// Store is what this package needs of the database; idpdb implements it.
type Store interface {
	Identity(ctx context.Context, id string) (*identity.Identity, error)
	// Password finds who has a User ID, holder or applicant, in one statement; "" when
	// nobody has.
	Password(ctx context.Context, userID string) (id, phc string, err error)
	// UseWork uses a challenge up: fault.Conflict the second time.
	UseWork(ctx context.Context, id string, until time.Time) error
	// QueueMail queues a message with its audit line.
	QueueMail(ctx context.Context, m notify.Message, ev audit.Event) error
	// SecurityOf gives question and answer of a holder.
	SecurityOf(ctx context.Context, id string) (Security, error)
	// FormerContacts lists addresses and numbers that were replaced since.
	FormerContacts(ctx context.Context, id string, since time.Time) ([]life.Former, error)
	// ApplicantPassword tells since when an applicant has the password; identity.ErrUnknown
	// for who is none.
	ApplicantPassword(ctx context.Context, id string) (time.Time, error)
	// BeginRecovery stores one in place of those before it with the same aim; fault.Conflict
	// when its link was pressed already, ErrMoved when the version is another.
	BeginRecovery(ctx context.Context, v Recovery, messages []notify.Message, ev audit.Event) error
	// ReturnToRecovery counts another link of one that is open; fault.Conflict as above.
	ReturnToRecovery(ctx context.Context, id string, uses int, ev audit.Event) error
	// Recovery finds one; identity.ErrUnknown.
	Recovery(ctx context.Context, id string) (Recovery, error)
	// RecoveryCode notes that the code was right, and uses it up.
	RecoveryCode(ctx context.Context, v Recovery, ev audit.Event) error
	// ChargeRecovery counts a wrong answer before the answer is compared, and tells the
	// number; 0 when there is no try left. RecoveryAnswer takes the right one back.
	ChargeRecovery(ctx context.Context, id string, most int, now time.Time) (wrong int, err error)
	RecoveryAnswer(ctx context.Context, v Recovery, ev audit.Event) error
	// EndRecovery ends one that is open; false when it is not.
	EndRecovery(ctx context.Context, id string, to State, messages []notify.Message, ev audit.Event) (bool, error)
	// OpenRecovery finds the one that is open; identity.ErrUnknown.
	OpenRecovery(ctx context.Context, identity string, aim Aim, now time.Time) (Recovery, error)
	// FinishRecovery stores the new password with its step, and ends sessions, prompts,
	// whatever was bound before the telephone changed, and a request to be identified anew, in
	// one commit; fault.Conflict when the recovery, the password or the identity is another
	// meanwhile. A request of an applicant goes on.
	FinishRecovery(ctx context.Context, e Ending) error
	// WithdrawByRecovery withdraws a request; fault.Conflict when the recovery is over, or the
	// request went on meanwhile.
	WithdrawByRecovery(ctx context.Context, w Withdrawal) error
	// RequestOf finds the request of a holder; enrolment.ErrGone when there is none.
	RequestOf(ctx context.Context, holder string) (enrolment.Request, error)
	// OpenRegaining stores a request that gives an identity back; fault.Conflict when there is
	// one already. Regaining finds it; enrolment.ErrGone when there is none.
	OpenRegaining(ctx context.Context, o Opening) error
	Regaining(ctx context.Context, identity string) (enrolment.Request, error)
	// OpenSession inserts a session and writes the audit line, in one transaction.
	OpenSession(ctx context.Context, s web.Session, ev audit.Event) error
}

// Opening is a request that gives an identity back, and who is told.
type Opening struct {
	Request  enrolment.Request
	Messages []notify.Message
	// Stop is the link by which whoever is told stops the identity. // A29
	Stop  enrolment.StopLink
	Audit audit.Event
}

// Handler serves the pages.
type Handler struct {
	Site      *web.Site
	Store     Store
	Account   *account.Handler
	Life      *life.Registrar
	Codes     *life.CodeDesk
	Passwords *passwordlife.Handler
	Hasher    credential.Hasher
	Work      *proofofwork.Maker
	Limiter   *ratelimit.Limiter
	// Limit guards form posts against floods.
	Limit web.Guard
	// Offers are the ways by which holders are identified anew, none where no requests are
	// taken; Circuits the partners for who comes in person.
	Offers   []enrolment.Method
	Circuits []form.Circuit
	// Stop makes a link that stops an identity, and the MAC of its secret. // A29
	Stop func() (url string, mac []byte)
	// Support is the address of the help desk; may be "".
	Support string
	Now     func() time.Time
}

// Mount adds the addresses.
func (h *Handler) Mount(m *web.Mux) {
	m.Get(AskPath, h.ask)
	m.Post(AskPath, h.asked, h.Limit)
	m.Get(linkPath, h.landing)
	m.Post(linkPath, h.begin, h.Limit)
	m.Get(waitPath, h.at(waitPath, h.wait))
	m.Get(codePath, h.at(codePath, h.code))
	m.Post(sendPath, h.at(codePath, h.send), h.Limit)
	m.Post(codePath, h.at(codePath, h.takeCode), h.Limit)
	m.Get(answerPath, h.at(answerPath, h.answer))
	m.Post(answerPath, h.at(answerPath, h.takeAnswer), h.Limit)
	m.Get(passwordPath, h.at(passwordPath, h.password))
	m.Post(passwordPath, h.at(passwordPath, h.takePassword), h.Limit)
	m.Get(lostPath, h.lost)
	m.Post(lostPath, h.anew, h.Limit)
	m.Post(againPath, h.again, h.Limit)
	m.Get(withdrawPath, h.at(withdrawPath, h.withdraw))
	m.Post(withdrawPath, h.at(withdrawPath, h.takeWithdraw), h.Limit)
	m.Post(leavePath, h.leave, h.Limit)
	m.Get(withdrawnPath, h.withdrawn)
	m.Get(donePath, h.done)
	m.Get(stopPath, h.showStop)
	m.Post(stopPath, h.stop, h.Limit)
}

// The limits of mails and of recoveries, each in rows: of a mailbox, of a network with the
// work of a browser and without, of an identity, wrong answers of an identity over all its
// recoveries, requests to be identified anew, and answers at one of them. // A02, A27
var (
	perMailbox  = ratelimit.Limit{Name: "idp.recover.mailbox", Burst: 5, Per: 24 * time.Hour}
	perNetwork  = ratelimit.Limit{Name: "idp.recover.network", Burst: 60, Per: time.Hour}
	perIdle     = ratelimit.Limit{Name: "idp.recover.network_idle", Burst: 10, Per: time.Hour}
	perIdentity = ratelimit.Limit{Name: "idp.recover.identity", Burst: 5, Per: 24 * time.Hour}
	perAnew     = ratelimit.Limit{Name: "idp.recover.anew", Burst: 3, Per: 24 * time.Hour}
	perReturn   = ratelimit.Limit{Name: "idp.recover.return", Burst: 5, Per: 24 * time.Hour}
	perAnswers  = ratelimit.Limit{Name: "idp.recover.answers", Burst: 10, Per: 10 * 24 * time.Hour}
)

// errOver: the recovery is none (any more), or not of this browser.
var errOver = fault.New(fault.Gone, "error.recover.over").For("recovery_over").Offer("recover.again", AskPath).Offer("recover.login", "/account/login")

// page is a page of a recovery under way.
type page func(w http.ResponseWriter, r *http.Request, v Recovery, who person) error

// at serves a page to the browser that pressed the link, and leads elsewhere who stands at
// another step.
func (h *Handler) at(path string, next page) web.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) error {
		v, who, err := h.current(r)
		if err != nil && v.State == Done { // the button was pressed twice
			return web.Redirect(w, r, ended(v, who))
		}
		if err != nil {
			return err
		}
		if step := v.step(h.Now()); step != path {
			return web.Redirect(w, r, step)
		}
		return next(w, r, v, who)
	}
}

// current is the recovery of this browser, and whose it is.
func (h *Handler) current(r *http.Request) (Recovery, person, error) {
	id := h.held(r)
	if id == "" {
		return Recovery{}, person{}, errOver
	}
	v, err := h.Store.Recovery(r.Context(), id)
	if fault.Is(err, fault.NotFound) {
		return v, person{}, errOver.Because(err)
	}
	if err != nil {
		return v, person{}, err
	}
	who, err := h.person(r.Context(), v.Identity)
	if errors.Is(err, identity.ErrUnknown) { // the request was withdrawn, or has lapsed
		return v, who, errOver.Because(err)
	}
	switch {
	case err != nil:
		return v, who, err
	case v.State == Moved:
		return v, who, ErrMoved
	case v.State != Open, !h.Now().Before(v.Until), !who.PasswordAt.Equal(v.PasswordAt), !may(who), v.Aim == ToWithdraw && !who.applies():
		return v, who, errOver.For("recovery_" + string(v.State))
	}
	return v, who, nil
}

// ended is the page of a recovery whose end was reached.
func ended(v Recovery, who person) string {
	switch {
	case v.Aim == ToWithdraw, who.Identity == nil:
		return withdrawnPath
	case who.applies():
		return requestDonePath
	}
	return donePath
}

// event begins an audit line about a recovery.
func (h *Handler) event(r *http.Request, subject, action string, detail map[string]string) audit.Event {
	ev := h.Account.Event(r, subject, action)
	ev.Actor, ev.Detail = "", detail // nobody is signed in
	return ev
}

func (h *Handler) stepEvent(r *http.Request, v Recovery, step string) audit.Event {
	return h.event(r, v.Identity, audit.RecoveryStep, map[string]string{"recovery": v.ID, "step": step})
}

// refused writes the line of a refusal that is a page of its own.
func (h *Handler) refused(r *http.Request, subject, reason string) {
	if h.Site.Refused == nil {
		return
	}
	ev := h.event(r, subject, audit.RecoveryStep, nil)
	ev.Outcome, ev.Reason = audit.Refused, reason
	h.Site.Refused(r.Context(), ev)
}

// mail writes a mail of this package's texts.
func (h *Handler) mail(to, lang, what string, args ...any) notify.Message {
	c := h.Site.Pages.Catalog()
	args = append(args, "service", h.Life.Service(lang), "site", h.Site.BaseURL)
	return notify.Message{
		Channel: notify.Mail, To: to, Lang: lang, Subject: c.Text(lang, "recover.mail."+what+".subject", args...), Text: c.Text(lang, "recover.mail."+what+".text", args...),
	}
}

// sms is mail for a telephone.
func (h *Handler) sms(to, lang, what string, args ...any) notify.Message {
	text := h.Site.Pages.Catalog().Text(lang, "recover.sms."+what, append(args, "service", h.Life.Service(lang))...)
	return notify.Message{Channel: notify.SMS, To: to, Lang: lang, Text: text}
}
