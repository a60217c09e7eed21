package operator

import (
	"net/http"

	"atrio/base/audit"
	"atrio/base/fault"
	"atrio/base/notify"
	"atrio/web"
)

// keysView is the view of "operator/keys".
type keysView struct {
	Keys []Key
	// Full: there is room for no more; Last: the only one cannot be removed.
	Full, Last bool
}

// keys lists the operator's keys.
func (d *Desk) keys(w http.ResponseWriter, r *http.Request) error {
	who, _ := d.Who(r)
	list, err := d.Store.OperatorKeys(r.Context(), who.ID)
	if err != nil {
		return err
	}
	return d.Site.Page(w, r, http.StatusOK, "operator/keys", keysView{list, len(list) >= MostKeys, len(list) < 2})
}

// newKey offers to make another key, to an operator whose present one answered just now:
// whoever finds a browser open must not come back later. // A17
func (d *Desk) newKey(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	ok, err := d.Confirm(w, r, f)
	if err != nil || !ok {
		return err
	}
	who, _ := d.Who(r)
	return d.showNewKey(w, r, http.StatusOK, who, newKeyView{Action: addKeyPath})
}

// addKey stores it.
func (d *Desk) addKey(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	if d.Passkeys == nil {
		return errNoKeys
	}
	if s := web.CurrentSession(r); d.Now().Sub(s.AuthTime) >= Fresh+asked {
		d.Site.Notice(w, "operator.notice.late")
		return web.Redirect(w, r, keysPath)
	}
	who, _ := d.Who(r)
	done, err := d.takeKey(w, r, f, who, newKeyView{Action: addKeyPath}, nil)
	if err != nil {
		return fault.From(err).Offer("operator.nav.keys", keysPath)
	}
	if !done {
		return nil
	}
	return web.Redirect(w, r, keysPath)
}

// removeKey removes one of several keys.
func (d *Desk) removeKey(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	ok, err := d.Confirm(w, r, f, kept(f, "key")...)
	if err != nil || !ok {
		return err
	}
	who, _ := d.Who(r)
	list, err := d.Store.OperatorKeys(r.Context(), who.ID)
	if err != nil {
		return err
	}
	for _, k := range list {
		if k.ID != f.Value("key") {
			continue
		}
		ev := d.Event(r, audit.OperatorKeyRemoved, who.ID, map[string]string{"key": k.ID})
		if err := d.Store.RemoveOperatorKey(r.Context(), who.ID, k.ID, d.mail(who, "removed", k.Label), ev); err != nil {
			return fault.From(err).Offer("operator.nav.keys", keysPath)
		}
		d.Site.Notice(w, "operator.notice.key_removed")
		return web.Redirect(w, r, keysPath)
	}
	return fault.New(fault.NotFound, "error.operator.no_key").For("operator_no_key").Offer("operator.nav.keys", keysPath)
}

// kept are fields of a form that a confirmation sends again.
func kept(f *web.Form, names ...string) (list []fault.Field) {
	for _, name := range names {
		list = append(list, fault.Field{Name: name, Value: f.Value(name)})
	}
	return list
}

// mail tells an operator about their keys.
func (d *Desk) mail(who Operator, what, label string) notify.Message {
	texts := d.Site.Pages.Catalog()
	return notify.Message{
		Channel: notify.Mail, To: who.Email, Lang: who.Language,
		Subject: texts.Text(who.Language, "operator.mail."+what+".subject", "service", d.Site.Institution.Service.In(who.Language)),
		Text:    texts.Text(who.Language, "operator.mail."+what+".text", "name", who.Name, "label", label, "when", texts.DateTime(who.Language, d.Now())),
	}
}
