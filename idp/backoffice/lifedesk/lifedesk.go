// Package lifedesk is what operators do with identities: they find one, suspend it alone,
// propose to revoke it or to lift a suspension, which a second operator has to agree to, and
// check new documents of holders. The help desk suspends and does nothing else. Every look
// and every act stands in the audit log. // A16, A30, I11, REG 20, 23
package lifedesk

import (
	"context"
	"embed"
	"net/http"
	"strings"
	"time"

	"atrio/base/audit"
	"atrio/base/fault"
	"atrio/base/ratelimit"
	"atrio/idp/backoffice/operator"
	"atrio/idp/evidence"
	"atrio/idp/evidence/picture"
	"atrio/idp/identity"
	"atrio/idp/life"
	"atrio/web"
	"atrio/web/ui"
)

//go:embed pages texts
var files embed.FS

// Pages are the pages of this package and their texts.
func Pages() ui.Pages { return ui.Pages{Name: "lifedesk", FS: files} }

// Addresses below operator.LifePath.
const (
	findPath     = operator.LifePath + "/find"
	identityPath = operator.LifePath + "/identity/"
	taskPath     = operator.LifePath + "/task/"
)

// Act is what operators did to an identity, for those who watch over them.
type Act struct {
	SPIDCode         identity.SPIDCode
	Act              identity.Act
	Cause            identity.Cause
	Operator, Second string
	At               time.Time
	Reason           string
}

// Store is what this package needs of the database; idpdb implements it.
type Store interface {
	life.Tasks
	// FindIdentity finds one by its spidCode, its User ID or the holder's codice fiscale: the
	// living one first, then the latest; identity.ErrUnknown.
	FindIdentity(ctx context.Context, by, value string) (*identity.Identity, error)
	// LifeOf lists what was done to an identity, the latest first.
	LifeOf(ctx context.Context, id string) ([]identity.Event, error)
	// DeskActs lists what operators did since, the latest first.
	DeskActs(ctx context.Context, since time.Time, limit int) ([]Act, error)
	// NoteRead writes that an operator looked.
	NoteRead(ctx context.Context, ev audit.Event) error
}

// Evidence keeps papers and shows them; *evidence.Vault does.
type Evidence interface {
	Put(ctx context.Context, n evidence.New) (evidence.Item, error)
	List(ctx context.Context, request string) ([]evidence.Item, error)
	Open(ctx context.Context, id string, a evidence.Access) (evidence.Opened, error)
}

// Pictures takes pictures in; *picture.Intake does.
type Pictures interface {
	Take(ctx context.Context, file []byte) (picture.Picture, error)
}

// Counter serves the pages.
type Counter struct {
	Desk     *operator.Desk
	Store    Store
	Life     *life.Registrar
	Evidence Evidence
	Pictures Pictures
	// Limiter bounds what one operator looks for and does.
	Limiter *ratelimit.Limiter
	// UploadLimit guards forms with a file.
	UploadLimit web.Guard
}

// The bounds of one operator: whoever answers callers all day finds fewer people than whoever
// leafs through them, and a stolen session ends no more than a few identities. // A16, A17, A34
var (
	searches = ratelimit.Limit{Name: "operator.life.find", Burst: 60, Per: time.Hour}
	looks    = ratelimit.Limit{Name: "operator.life.look", Burst: 120, Per: time.Hour}
	deeds    = ratelimit.Limit{Name: "operator.life.act", Burst: 20, Per: time.Hour}
)

// Mount adds the addresses.
func (c *Counter) Mount(m *web.Mux) {
	all := c.Desk.Staff(operator.HelpDesk, operator.Approver, operator.Fraud, operator.Supervisor)
	hands := c.Desk.Staff(operator.HelpDesk, operator.Approver, operator.Fraud)
	decides := c.Desk.Staff(operator.Approver, operator.Fraud)
	m.Get(operator.LifePath, c.home, all)
	m.Post(findPath, c.find, hands, c.Desk.Limit)
	m.Get(identityPath+"{code}", c.of(c.show), hands)
	m.Post(identityPath+"{code}", c.of(c.act), hands, c.Desk.Limit)
	m.Post(identityPath+"{code}/evidence", c.of(c.upload), decides, c.UploadLimit, web.MaxBody(evidence.MaxItem+1<<20))
	m.Get(identityPath+"{code}/evidence/{item}", c.of(c.exhibit), decides)
	m.Get(taskPath+"{task}", c.task, decides)
	m.Post(taskPath+"{task}", c.close, decides, c.Desk.Limit)
}

// decides tells whether somebody is more than the help desk.
func decides(who operator.Operator) bool { return who.Has(operator.Approver, operator.Fraud) }

// homeView is the view of "lifedesk/home".
type homeView struct {
	ui.Errors
	By, Value          string
	MayFind, MayDecide bool
	Tasks              []taskRow
	Acts               []actRow
	Watches            bool
}

type taskRow struct {
	Kind, Act, Cause, By, URL string
	Made                      time.Time
	// Mine says that another operator has to agree.
	Mine bool
}

type actRow struct {
	SPIDCode, Act, Cause, By, Second, Reason string
	At                                       time.Time
}

const (
	shownTasks = 50
	shownActs  = 100
	// watched is how far back those who watch look.
	watched = 30 * 24 * time.Hour
)

// home is where an identity is looked for, and where tasks wait.
func (c *Counter) home(w http.ResponseWriter, r *http.Request) error {
	return c.homePage(w, r, http.StatusOK, homeView{By: "spid_code"})
}

func (c *Counter) homePage(w http.ResponseWriter, r *http.Request, status int, v homeView) error {
	who, _ := c.Desk.Who(r)
	v.MayFind, v.MayDecide, v.Watches = who.Has(operator.HelpDesk) || decides(who), decides(who), who.Has(operator.Supervisor)
	if v.MayDecide {
		tasks, err := c.Store.WaitingTasks(r.Context(), "", shownTasks)
		if err != nil {
			return err
		}
		for _, t := range tasks {
			v.Tasks = append(v.Tasks, c.row(t, who))
		}
	}
	if v.Watches {
		acts, err := c.Store.DeskActs(r.Context(), c.Desk.Now().Add(-watched), shownActs)
		if err != nil {
			return err
		}
		for _, a := range acts {
			v.Acts = append(v.Acts, actRow{string(a.SPIDCode), string(a.Act), string(a.Cause), c.name(a.Operator), c.name(a.Second), a.Reason, a.At})
		}
	}
	return c.Desk.Site.Page(w, r, status, "lifedesk/home", v)
}

func (c *Counter) row(t life.Task, me operator.Operator) taskRow {
	return taskRow{Kind: t.Kind, Act: string(t.Data.Act), Cause: string(t.Data.Cause), By: c.name(t.Author), Made: t.Made, URL: taskPath + t.ID, Mine: t.Author == me.ID}
}

func (c *Counter) name(id string) string {
	if o, ok := c.Desk.Roster.Find(id); ok {
		return o.Name
	}
	return ""
}

// keys are what an identity is found by.
var keys = []string{"spid_code", "user_id", "fiscal_code"}

// find looks an identity up. What was typed stands in no address and in no log; that it was
// looked for does. // A34
func (c *Counter) find(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	v := homeView{By: f.Choice("by", keys...), Value: f.Text("value", web.Required, web.Max(identity.MaxUserID))}
	if v.Errors = f.Errors; !f.OK() {
		return c.homePage(w, r, http.StatusUnprocessableEntity, v)
	}
	me, _ := c.Desk.Who(r)
	if err := c.Limiter.Allow(r.Context(), searches, me.ID); err != nil {
		return fault.From(err).Offer("lifedesk.back", operator.LifePath)
	}
	value := strings.ToUpper(strings.TrimSpace(v.Value))
	if v.By == "user_id" {
		value = identity.Login(v.Value)
	}
	who, err := c.Store.FindIdentity(r.Context(), v.By, value)
	if err != nil && !fault.Is(err, fault.NotFound) {
		return err
	}
	subject := ""
	if err == nil {
		subject = who.ID
	}
	line := c.Desk.Event(r, audit.DataRead, subject, map[string]string{"what": "spid_identity", "purpose": "search by " + v.By})
	if err := c.Store.NoteRead(r.Context(), line); err != nil {
		return err
	}
	if subject == "" {
		v.Errors = ui.Errors{{Field: "value", Key: "lifedesk.none"}}
		return c.homePage(w, r, http.StatusUnprocessableEntity, v)
	}
	return web.Redirect(w, r, identityPath+string(who.SPIDCode))
}

// errOwn: nobody works on their own identity. // A16
var errOwn = fault.New(fault.Denied, "error.lifedesk.own").For("lifedesk_own").Offer("lifedesk.back", operator.LifePath)

// of gives a page the identity in its address, and the operator, whose own it is not.
func (c *Counter) of(next func(http.ResponseWriter, *http.Request, operator.Operator, *identity.Identity) error) web.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) error {
		me, _ := c.Desk.Who(r)
		who, err := c.Store.FindIdentity(r.Context(), "spid_code", strings.ToUpper(r.PathValue("code")))
		if err != nil {
			return err
		}
		if me.FiscalCode != "" && me.FiscalCode == string(who.Holder.FiscalCode) {
			return errOwn
		}
		return next(w, r, me, who)
	}
}
