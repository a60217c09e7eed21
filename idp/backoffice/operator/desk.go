package operator

import (
	"embed"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"atrio/authn/passkey"
	"atrio/base/audit"
	"atrio/base/fault"
	"atrio/base/seal"
	"atrio/web"
	"atrio/web/ui"
)

//go:embed pages texts
var files embed.FS

// Pages are the pages of this package and their texts.
func Pages() ui.Pages { return ui.Pages{Name: "operator", FS: files} }

// Addresses of operators. What is below Path is theirs alone: see Kind.
const (
	Path           = "/operator"
	loginPath      = "/operator/login"
	logoutPath     = "/operator/logout"
	invitationPath = "/operator/invitation"
	keysPath       = "/operator/keys"
	newKeyPath     = "/operator/keys/new"
	addKeyPath     = "/operator/keys/add"
	removePath     = "/operator/keys/remove"
	// QueuePath is the queue, of package review; ReportsPath its figures; PointPath the
	// console of collectors, of idp/proofing/point; LifePath the desk for identities, of
	// package lifedesk; VideoPath that of video sessions, of idp/proofing/video.
	VideoPath   = "/operator/video"
	LifePath    = "/operator/life"
	QueuePath   = "/operator/queue"
	ReportsPath = "/operator/reports"
	PointPath   = "/operator/point"
	// RetentionPath says what is kept and what was destroyed, of package keeping.
	RetentionPath = "/operator/retention"
)

// Desk signs operators in and tells other packages who they are.
type Desk struct {
	Site   *web.Site
	Roster *Roster
	Store  Store
	// Passkeys is the site that keys are made for: of passkey.NewStrict; nil where there
	// are none, and then nobody can sign in.
	Passkeys *passkey.Party
	Keyring  *seal.Keyring
	Now      func() time.Time
	// Limit guards form posts against floods.
	Limit web.Guard
}

// Mount gives the pages their addresses.
func (d *Desk) Mount(m *web.Mux) {
	m.Get(loginPath, d.login)
	m.Post(loginPath, d.enter, d.Limit)
	m.Get(invitationPath, d.invitation, d.Limit)
	m.Post(invitationPath, d.accept, d.Limit)
	m.Get(Path, d.home, d.Staff())
	m.Post(logoutPath, d.logout)
	m.Get(keysPath, d.keys, d.Staff())
	m.Post(newKeyPath, d.newKey, d.Staff(), d.Limit)
	m.Post(addKeyPath, d.addKey, d.Staff(), d.Limit)
	m.Post(removePath, d.removeKey, d.Staff(), d.Limit)
}

// Who is signed in as an operator; nobody, who is in the roster no more.
func (d *Desk) Who(r *http.Request) (Operator, bool) {
	s := web.CurrentSession(r)
	if s == nil || !Is(s.Subject) {
		return Operator{}, false
	}
	return d.Roster.Find(s.Subject)
}

// Staff lets nobody pass but operators with one of the roles, or any operator when none
// is named. Others are led to the sign-in, and back to the page.
func (d *Desk) Staff(roles ...Role) web.Guard {
	return func(next web.HandlerFunc) web.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) error {
			if web.CurrentSession(r) == nil {
				return web.Redirect(w, r, signIn(r))
			}
			who, ok := d.Who(r)
			if !ok { // left the roster: at once, not when the session ends
				if err := d.Site.Sessions.Clear(w, r); err != nil {
					return err
				}
				return fault.New(fault.Denied, "error.operator.gone").For("operator_gone")
			}
			if len(roles) > 0 && !who.Has(roles...) {
				return fault.New(fault.Denied, "error.operator.role").For("operator_role").Offer("operator.home", Path)
			}
			return next(w, r)
		}
	}
}

// signIn is the address of the sign-in that leads back to the page that was asked for; a
// form that was sent meanwhile is lost, its page is not.
func signIn(r *http.Request) string {
	if r.Method != http.MethodGet || r.URL.Path == Path {
		return loginPath
	}
	return loginPath + "?" + url.Values{"to": {r.URL.RequestURI()}}.Encode()
}

// Event begins an audit line of the operator who is signed in, about subject.
func (d *Desk) Event(r *http.Request, action, subject string, detail map[string]string) audit.Event {
	ev := audit.Event{
		At: d.Now(), Role: d.Site.Role, Subject: subject, Action: action, Outcome: audit.OK, Reference: web.RequestID(r), Detail: detail,
	}
	if s := web.CurrentSession(r); s != nil {
		ev.Actor = s.Subject
	}
	if a := web.ClientAddr(r); a.IsValid() {
		ev.Address = a.String()
	}
	return ev
}

// refused writes the line of a refusal that is a page of its own.
func (d *Desk) refused(r *http.Request, subject, reason string) {
	if d.Site.Refused == nil {
		return
	}
	ev := d.Event(r, audit.LoginRefused, subject, map[string]string{"door": "operator"})
	ev.Outcome, ev.Reason = audit.Refused, reason
	d.Site.Refused(r.Context(), ev)
}

// places are what operators may open, by role, in the order of the navigation.
var places = []struct {
	key, path string
	roles     []Role
}{
	{"operator.nav.home", Path, Roles()},
	{"operator.nav.point", PointPath, []Role{Collector}},
	{"operator.nav.video", VideoPath, []Role{Video}},
	{"operator.nav.queue", QueuePath, []Role{Approver, Fraud, Supervisor}},
	{"operator.nav.life", LifePath, []Role{HelpDesk, Approver, Fraud, Supervisor}},
	{"operator.nav.reports", ReportsPath, []Role{Supervisor}},
	{"operator.nav.retention", RetentionPath, []Role{Supervisor}},
	{"operator.nav.keys", keysPath, Roles()},
}

// Layout names the operator in the frame of their pages.
func Layout(r *http.Request) ui.Layout {
	s := web.CurrentSession(r)
	if s == nil || !Is(s.Subject) {
		return ui.Layout{}
	}
	l := ui.Layout{User: s.Data["name"], UserURL: Path, LogoutURL: logoutPath}
	roles := strings.Fields(s.Data["roles"])
	for _, p := range places {
		if slices.ContainsFunc(p.roles, func(role Role) bool { return slices.Contains(roles, string(role)) }) {
			l.Nav = append(l.Nav, ui.NavItem{Key: p.key, URL: p.path, Current: r.URL.Path == p.path})
		}
	}
	return l
}

// homeView is the view of "operator/home".
type homeView struct {
	Name, Point  string
	Roles        []string
	TrainedUntil time.Time
	Untrained    bool
	Places       []placeView
}

type placeView struct{ Key, URL string }

// home shows what the operator may do.
func (d *Desk) home(w http.ResponseWriter, r *http.Request) error {
	who, _ := d.Who(r)
	v := homeView{Name: who.Name, Point: who.Point, Untrained: who.Trained(d.Now()) != nil}
	if !who.TrainedUntil.IsZero() {
		v.TrainedUntil = who.TrainedUntil.Add(-12 * time.Hour)
	}
	for _, role := range who.Roles {
		v.Roles = append(v.Roles, string(role))
	}
	for _, p := range places[1:] {
		if who.Has(p.roles...) {
			v.Places = append(v.Places, placeView{p.key, p.path})
		}
	}
	return d.Site.Page(w, r, http.StatusOK, "operator/home", v)
}
