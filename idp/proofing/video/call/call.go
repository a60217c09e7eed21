package call

import (
	"context"
	"crypto/rand"
	"errors"
	"net/http"
	"time"

	"atrio/base/audit"
	"atrio/base/fault"
	"atrio/base/jobs"
	"atrio/base/notify"
	"atrio/base/seal"
	"atrio/idp/enrolment"
	"atrio/idp/enrolment/way"
	"atrio/idp/proofing/video"
	"atrio/idp/proofing/video/studio"
	"atrio/web"
)

// Addresses below that of the session.
const (
	joinPath  = video.CallPath + "/join"
	eventPath = video.CallPath + "/events"
	sayPath   = video.CallPath + "/say"
	leavePath = video.CallPath + "/leave"
)

// Call serves the applicant's pages.
type Call struct {
	Room
	Way     *way.Way
	Keyring *seal.Keyring
	// Provider is the issuer's name, OperatorName that of an operator.
	Provider     string
	OperatorName func(id string) string
	Limit        web.Guard
}

// Mount gives the pages their addresses.
func (c *Call) Mount(m *web.Mux) {
	m.Get(video.CallPath, c.Way.At(c.show, enrolment.Abort))
	m.Get(eventPath, c.Way.At(c.events))
	m.Post(joinPath, c.Way.At(c.live(c.join), enrolment.Abort), c.Limit, JoinLimit())
	m.Post(sayPath, c.Way.At(c.live(c.say), enrolment.Abort), c.Limit)
	m.Post(leavePath, c.Way.At(c.leave, enrolment.Abort), c.Limit)
	m.Get(video.MailPath, c.landing)
	m.Post(video.MailPath, c.open, c.Limit)
}

// sessionView is the view of "call/session".
type sessionView struct {
	Operator   string
	Step, Of   int
	Title, Say string
	Chat       []lineView
	Max        int
	// Signed tells that the contract is signed.
	Signed bool
	// Servers help the browser to a connection.
	Servers string
}

// inSession is a page of the live session of the applicant's request.
type inSession func(w http.ResponseWriter, r *http.Request, request enrolment.Request, one video.Session) error

// live finds the live session of a request: nobody names another.
func (c *Call) live(h inSession) way.Handler {
	return func(w http.ResponseWriter, r *http.Request, request enrolment.Request) error {
		one, err := c.Store.SessionOf(r.Context(), request.ID)
		if err != nil {
			return err
		}
		return h(w, r, request, one)
	}
}

func (c *Call) show(w http.ResponseWriter, r *http.Request, request enrolment.Request) error {
	one, err := c.Store.SessionOf(r.Context(), request.ID)
	if fault.Is(err, fault.NotFound) { // another way is live
		return web.Redirect(w, r, way.Request)
	}
	if err != nil {
		return err
	}
	n, err := c.news(r.Context(), one.ID, studio.Applicant, web.Lang(r), c.words(web.Lang(r)), over)
	if err != nil {
		return err
	}
	if n.To != "" {
		return web.Redirect(w, r, n.To)
	}
	v := sessionView{Operator: c.OperatorName(one.Operator), Step: min(n.Step, len(video.Steps())), Of: len(video.Steps()), Title: n.Title, Say: n.Say, Chat: n.Chat, Max: video.MaxLine, Signed: request.Data.SignedNow(), Servers: c.Helpers(one)}
	return c.Site.Page(w, r, http.StatusOK, "call/session", v, web.Plain, web.Capture)
}

// over leads to what became of the request.
func over(video.Session) string { return way.Request }

// events are told of a session that has just ended too: the page then goes on.
func (c *Call) events(w http.ResponseWriter, r *http.Request, request enrolment.Request) error {
	all, err := c.Store.SessionsOf(r.Context(), request.ID)
	if err != nil {
		return err
	}
	if len(all) == 0 {
		return video.ErrGone
	}
	return c.Events(w, r, all[len(all)-1], studio.Applicant, c.words(web.Lang(r)), over)
}

// words are what the operator says by the script, in the language of the page.
func (c *Call) words(lang string) Words {
	return func(ctx context.Context, one video.Session, step video.Step) (title, say string, err error) {
		request, err := c.Way.Store.Request(ctx, one.Request)
		if err != nil {
			return "", "", err
		}
		s := video.Saying{Catalog: c.Site.Pages.Catalog(), Lang: lang, Operator: c.OperatorName(one.Operator), Provider: c.Provider, At: c.Now()}
		return s.Title(step), s.Text(step, request, one), nil
	}
}

func (c *Call) join(w http.ResponseWriter, r *http.Request, _ enrolment.Request, one video.Session) error {
	return c.Join(w, r, one, studio.Applicant)
}

func (c *Call) say(w http.ResponseWriter, r *http.Request, _ enrolment.Request, one video.Session) error {
	if err := c.Say(r, one, studio.Applicant); err != nil {
		return fault.From(err).Offer("call.back", video.CallPath)
	}
	return web.Redirect(w, r, video.CallPath)
}

// leave ends the session for the applicant: they may come again, or take another way.
func (c *Call) leave(w http.ResponseWriter, r *http.Request, request enrolment.Request) error {
	if _, err := web.ReadForm(r); err != nil {
		return err
	}
	one, err := c.Store.SessionOf(r.Context(), request.ID)
	if err != nil {
		return err
	}
	reason := c.Site.Pages.Catalog().Text(request.Data.Language, "video.abort.left.told")
	if _, err := c.Way.TakeWith(r, request, enrolment.Change{Act: enrolment.Abort, Reason: reason}); err != nil {
		return err
	}
	if err := c.Drop(r.Context(), one, "left"); err != nil {
		return err
	}
	return web.Redirect(w, r, way.Request)
}

// keeping bounds what follows the end of streams; who ended them need not wait for it.
const keeping = time.Minute

// Drop ends the streams of a session that is over, and notes what was kept of them; one that
// this node does not have is no error.
func (o *Room) Drop(ctx context.Context, one video.Session, reason string) error {
	if o.Media == nil { // the way was switched off meanwhile
		return nil
	}
	stats, _ := o.Media.Stats(one.ID)
	begun := o.Now().Add(-stats.Recorded)
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), keeping)
	defer cancel()
	manifest, recordings, err := o.Media.Abort(ctx, one.ID, reason)
	o.Hub.Wake(one.ID)
	if fault.Is(err, fault.NotFound) {
		return nil
	}
	if err != nil || manifest == "" {
		return err
	}
	return o.Store.KeepRecordings(ctx, one.ID, video.Evidence{Manifest: manifest, Recordings: recordings, Begun: begun})
}

const (
	// unseen is after what time a session is over of which the operator's line is cut, or whose
	// node stopped.
	unseen = 3 * time.Minute
	batch  = 50
	// settled is how long after the end of a session its streams are left to who ended it.
	settled = 10 * time.Second
	// loose is how long after the end of a session nobody writes its manifest any more: a
	// studio has forgotten it by then.
	loose = 15 * time.Minute
)

// Jobs end sessions whose operator is gone and tell the applicant, and streams whose
// session is over.
func (c *Call) Jobs() []jobs.Job {
	list := []jobs.Job{{Name: "idp.video_sessions", Every: time.Minute, Run: c.endUnseen}}
	if c.Media != nil { // streams are this node's own: every node looks after its own
		list = append(list, jobs.Job{Name: "idp.video_streams", Every: 15 * time.Second, EachNode: true, Run: c.endOver},
			jobs.Job{Name: "idp.video_recovery", Every: 10 * time.Minute, Limit: 10 * time.Minute, Run: c.tieLoose})
	}
	return list
}

// endOver ends streams whose session is over: the applicant withdrew, or the step was taken
// on another node. Nobody is recorded beyond the end of a session. // I14
func (c *Call) endOver(ctx context.Context, now time.Time) error {
	var faults []error
	for _, id := range c.Media.Sessions() {
		one, err := c.Store.Session(ctx, id)
		switch {
		case fault.Is(err, fault.NotFound): // the film of another way
			continue
		case err != nil:
			faults = append(faults, err)
			continue
		case one.State == video.Live || now.Sub(one.Closed) < settled:
			continue
		}
		faults = append(faults, c.Drop(ctx, one, "over"))
	}
	return errors.Join(faults...)
}

func (c *Call) endUnseen(ctx context.Context, now time.Time) error {
	list, err := c.Store.UnseenSessions(ctx, now.Add(-unseen), batch)
	if err != nil {
		return err
	}
	var faults []error
	for _, one := range list {
		faults = append(faults, c.cut(ctx, one, now))
	}
	return errors.Join(faults...)
}

// cut ends a session whose line was cut. // I9
func (c *Call) cut(ctx context.Context, one video.Session, now time.Time) error {
	request, err := c.Way.Store.Request(ctx, one.Request)
	if err != nil {
		return err
	}
	texts, lang := c.Site.Pages.Catalog(), request.Data.Language
	change := enrolment.Change{Act: enrolment.Abort, By: enrolment.Author{Role: enrolment.System}, At: now, Reason: texts.Text(lang, "video.abort.cut.told")}
	after, event, err := request.Do(change)
	if err != nil {
		return nil //nolint:nilerr // it went on meanwhile
	}
	s := video.Saying{Catalog: texts, Lang: lang, Provider: c.Provider}
	err = c.Way.Store.Save(ctx, enrolment.Step{
		After: after, Event: event, Messages: []notify.Message{s.Told(request, change.Reason, c.Site.BaseURL+way.Video)}, Audit: audit.Event{At: now, Role: c.Site.Role, Outcome: audit.OK},
	})
	if fault.Is(err, fault.Conflict) {
		return nil
	}
	return errors.Join(err, c.Drop(ctx, one, "cut"))
}

// tieLoose ties recordings that a node left behind when it stopped to their session and
// side: who looks at the request sees what is whose. // A33, I14
func (c *Call) tieLoose(ctx context.Context, now time.Time) error {
	list, err := c.Store.LooseSessions(ctx, now.Add(-loose), batch)
	if err != nil {
		return err
	}
	var faults []error
	for _, one := range list {
		faults = append(faults, c.tie(ctx, one))
	}
	return errors.Join(faults...)
}

func (c *Call) tie(ctx context.Context, one video.Session) error {
	done, err := c.Store.StepsDone(ctx, one.ID)
	if err != nil {
		return err
	}
	kept, err := c.Media.Recover(ctx, studio.Room{Request: one.Request, Session: one.ID, Sides: video.Sides()}, video.Told(one.Operator, done))
	if err != nil || len(kept.Recordings) == 0 {
		return err
	}
	return c.Store.KeepRecordings(ctx, one.ID, video.Evidence{Manifest: kept.Manifest, Recordings: kept.Recordings, Begun: kept.Begun, Recovered: kept.Recovered})
}

// NewLink draws the secret of a link.
func NewLink() string { return rand.Text() }

// Mac is what is kept of a link.
func Mac(ring *seal.Keyring, secret string) []byte { return ring.MAC("idp.video.link", secret) }

// mailView is the view of "call/mail".
type mailView struct {
	Token string
	Done  bool
}

// landing shows a button and does nothing: programs that look into mail follow links. // A04
func (c *Call) landing(w http.ResponseWriter, r *http.Request) error {
	q, err := web.ReadQuery(r)
	if err != nil {
		return err
	}
	token := q.Text("token", web.Max(40))
	one, err := c.Store.SessionByLink(r.Context(), Mac(c.Keyring, token))
	if err != nil {
		return err
	}
	return c.Site.Page(w, r, http.StatusOK, "call/mail", mailView{Token: token, Done: !one.LinkAt.IsZero()}, web.Plain)
}

// open is the press of the button: who reads the mailbox is in the session.
func (c *Call) open(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	one, err := c.Store.SessionByLink(r.Context(), Mac(c.Keyring, f.Text("token", web.Max(40))))
	if err != nil {
		return err
	}
	ev := c.Way.Event(r, one.Holder)
	ev.Action, ev.Detail = audit.CodeChecked, map[string]string{"channel": "mail", "purpose": "video"}
	if err := c.Store.OpenLink(r.Context(), one.ID, c.Now(), ev); err != nil {
		return err
	}
	c.Hub.Wake(one.ID)
	return c.Site.Page(w, r, http.StatusOK, "call/mail", mailView{Done: true}, web.Plain)
}
