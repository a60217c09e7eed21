package rulescmd

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"strings"
	"time"

	"atrio/app/command"
	"atrio/app/config"
	"atrio/app/plant"
	"atrio/base/audit"
	"atrio/base/notify"
	"atrio/db"
	"atrio/db/shareddb"
	"atrio/gateway/account"
	"atrio/gateway/gatewaydb"
	"atrio/web"
	"atrio/web/locale"
)

// acting is embedded by commands that look at people or change what holds for them.
type acting struct {
	command.Configured
	Reason string `required:"" help:"Why, for example the number of the ticket. It is written into the audit log, with your user name; leave names of people out." placeholder:"TEXT"`
}

// onePerson is embedded by those about one person.
type onePerson struct {
	acting
	Person string `required:"" help:"The Codice Persona." placeholder:"CODE"`
}

// house is the gateway of the configuration, opened by somebody with a reason.
type house struct {
	file  *config.File
	db    *db.DB
	store *gatewaydb.Store
	// by is the common part of the audit lines.
	by  map[string]string
	now time.Time
}

func (c acting) enter(ctx context.Context) (*house, error) {
	why := strings.TrimSpace(c.Reason)
	if why == "" || len(why) > audit.MaxText {
		return nil, fmt.Errorf("--reason needs a text of 1 to %d bytes: say why", audit.MaxText)
	}
	f, d, err := c.Open(ctx)
	if err != nil {
		return nil, err
	}
	by := command.WhoAsks()
	by["why"] = why
	return &house{file: f, db: d, store: gatewaydb.NewStore(d, nil), by: by, now: time.Now()}, nil
}

// enterFor is enter with the account of the Codice Persona that was typed.
func (c onePerson) enterFor(ctx context.Context) (*house, account.Account, error) {
	h, err := c.enter(ctx)
	if err != nil {
		return nil, account.Account{}, err
	}
	a, err := h.account(ctx, c.Person)
	if err != nil {
		h.close()
		return nil, a, err
	}
	return h, a, nil
}

func (h *house) close() { h.db.Close() }

// looks writes down that somebody looks at what is known about a person, before it is
// shown.
func (h *house) looks(ctx context.Context, a account.Account, what string) error {
	ev := h.event(map[string]string{"what": what})
	ev.Action, ev.Subject = audit.DataRead, a.ID
	if err := (&shareddb.Store{DB: h.db}).AppendEvents(ctx, []audit.Event{ev}); err != nil {
		return fmt.Errorf("nothing is shown, because the audit log could not be written: %w", err)
	}
	return nil
}

// event is an audit line with what more is to say.
func (h *house) event(more map[string]string) audit.Event {
	detail := maps.Clone(h.by)
	maps.Copy(detail, more)
	return audit.Event{At: h.now, Role: "gateway", Outcome: audit.OK, Detail: detail}
}

// account finds somebody by the Codice Persona.
func (h *house) account(ctx context.Context, typed string) (account.Account, error) {
	code, err := h.file.Gateway.ReadCode()(typed)
	if err != nil {
		return account.Account{}, fmt.Errorf("--person: %q is not a Codice Persona", typed)
	}
	a, found, err := h.store.AccountBy(ctx, code, "")
	if err == nil && !found {
		err = fmt.Errorf("--person: no account has the Codice Persona %s", code)
	}
	return a, err
}

// change is an act of a clerk on an account, with the mail by which its holder learns of it.
func (h *house) change(a account.Account, more map[string]string, tell func(account.Account) notify.Message) account.Change {
	return account.Change{AccountID: a.ID, Now: h.now, Event: h.event(more), Tell: tell}
}

// catalog holds the texts of mails, with those of the institution's theme.
func (h *house) catalog() (*locale.Catalog, error) {
	theme, err := plant.LoadTheme("gateway", h.file.Gateway.Theme)
	if err != nil {
		return nil, err
	}
	pages, err := web.NewPages(theme, plant.Product["gateway"].Pages()...)
	if err != nil {
		return nil, errors.Join(errors.New("the texts of mails cannot be read"), err)
	}
	return pages.Catalog(), nil
}
