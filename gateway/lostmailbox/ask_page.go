package lostmailbox

import (
	"net/http"
	"strings"

	"atrio/authn/proofofwork"
	"atrio/base/fault"
	"atrio/gateway/account"
	"atrio/gateway/helpdesk"
	"atrio/gateway/journey"
	"atrio/web"
	"atrio/web/ui"
)

// askView is the view of "lostmailbox/ask".
type askView struct {
	ui.Errors
	helpdesk.Said
	// Flow keeps the destination for the way back to the login page.
	Flow string
	// Work is what the browser does meanwhile.
	Work proofofwork.Challenge
}

// sentView is the view of "lostmailbox/sent".
type sentView struct{ Number, Login string }

// flowOf is the journey in the address, if it can be one.
func flowOf(r *http.Request) string {
	if flow := r.URL.Query().Get("flow"); journey.IsHandle(flow) {
		return flow
	}
	return ""
}

// MaxWords bounds what a person writes, in characters.
const MaxWords = 1000

func (m *Mailbox) ask(w http.ResponseWriter, r *http.Request) error {
	return m.page(w, r, http.StatusOK, askView{Flow: flowOf(r)})
}

func (m *Mailbox) page(w http.ResponseWriter, r *http.Request, status int, v askView) (err error) {
	if v.Work, err = m.Work.New(); err != nil {
		return err
	}
	return m.Site.Page(w, r, status, "lostmailbox/ask", v, web.Plain)
}

// asked makes a ticket of what was typed. Nothing is looked up, so nothing is told.
func (m *Mailbox) asked(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	v := askView{Flow: flowOf(r), Said: helpdesk.Said{
		Key: f.Text("key", web.Max(254)), Name: f.Text("name", web.Max(120)),
		Address: f.Email("address"), Words: f.Text("words", web.Max(MaxWords), web.Multiline), Lang: web.Lang(r),
	}}
	for _, one := range [][2]string{{"key", v.Key}, {"name", v.Name}, {"address", v.Address}, {"words", v.Words}} {
		if one[1] == "" {
			f.Fail(one[0], "lostmailbox."+one[0]+".missing")
		}
	}
	if v.Address != "" && f.Errors.Err("address") == nil && m.Own(v.Address) {
		f.Fail("address", "lostmailbox.address.own")
	}
	if !f.OK() {
		v.Errors = f.Errors
		return m.page(w, r, http.StatusUnprocessableEntity, v)
	}
	ctx := r.Context()
	solved, unsolved := m.Work.Check(f.Value("challenge"), f.Value("work"))
	network, all := limits(unsolved == nil)
	if err := m.Limiter.Allow(ctx, network, web.ClientNetwork(web.ClientAddr(r))); err != nil {
		return fault.From(err).Offer("gateway.action.help", "/help")
	}
	if err := m.Limiter.Allow(ctx, all); err != nil {
		return fault.From(err).Offer("gateway.action.help", "/help")
	}
	var once *account.Once
	if unsolved == nil {
		once = &account.Once{Kind: "work", ID: solved.ID, Until: solved.Until}
	}
	t := helpdesk.Ticket{ID: account.NewID(), Said: v.Said, Opened: m.Site.Now()}
	t.Number = strings.ToUpper(t.ID[:4] + "-" + t.ID[4:8])
	if err := m.Store.OpenTicket(ctx, t, once, m.Event(r, map[string]string{"ticket": t.Number})); err != nil {
		return err
	}
	return m.Site.Page(w, r, http.StatusOK, "lostmailbox/sent", sentView{t.Number, journey.LoginURL(v.Flow)}, web.Plain)
}
