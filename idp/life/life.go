// Package life is what happens to an identity after its activation: it is suspended, lifted,
// revoked, renewed or amended, by its holder, by operators or by a job, and whoever has to
// know is told by mail and SMS. What may happen is the table of package identity; pages are
// those of account and of backoffice/lifedesk. // REG 18-24, DPCM 24/10/2014 art. 7-9
package life

import (
	"context"
	"embed"
	"strings"
	"time"

	"atrio/base/audit"
	"atrio/base/fault"
	"atrio/base/notify"
	"atrio/idp/identity"
	"atrio/web/locale"
	"atrio/web/ui"
)

//go:embed texts
var files embed.FS

// Pages are the texts of this package; it has no page.
func Pages() ui.Pages { return ui.Pages{Name: "life", FS: files} }

// Step is a change to be stored, with what goes with it in the same commit.
type Step struct {
	After    *identity.Identity
	Event    identity.Event
	Messages []notify.Message
	// Audit is completed by the store with the act, the cause and whose identity it is.
	Audit audit.Event
	// Task is closed with the outcome "done" by the author of the event; "" for none.
	Task string
	// Code is the purpose of a code that is used up; "" for none.
	Code string
	// Keep is the handle of the session that goes on when others end; "" for none.
	Keep string
	// Former are the contacts that the step replaces; they are told for a while. // A27
	Former []Former
}

// Former is an address or a number that an identity had until At; Value is "" for none.
type Former struct {
	// Field is "email" or "phone".
	Field, Value string
	At           time.Time
}

// former lists the contacts that a change replaces. One that there was none of before is listed
// too, without a value: nobody is told of it, but it changed.
func former(before, after *identity.Holder, at time.Time) (list []Former) {
	if before.Email != after.Email {
		list = append(list, Former{"email", before.Email, at})
	}
	if before.MobilePhone != after.MobilePhone {
		list = append(list, Former{"phone", before.MobilePhone, at})
	}
	return list
}

// Store keeps identities and their history; idpdb implements it.
type Store interface {
	// Identity finds one by its reference; identity.ErrUnknown.
	Identity(ctx context.Context, id string) (*identity.Identity, error)
	// SaveLife stores a step over the version before it; identity.ErrMay when the stored
	// version is another. Where its holder changes mailbox or telephone, the other sessions
	// end and what the former number was sent. One that is suspended or revoked loses its sessions, one that is
	// revoked its second factors, and its evidence gets its end.
	SaveLife(ctx context.Context, s Step) error
	// LifeOf lists what was done to an identity, the latest first.
	LifeOf(ctx context.Context, id string) ([]identity.Event, error)
	// Tell queues messages with a line.
	Tell(ctx context.Context, messages []notify.Message, line audit.Event) error
	Watching
}

// Registrar does what the table allows, and tells whoever has to know.
type Registrar struct {
	Store Store
	Texts *locale.Catalog
	// Site is scheme and host, Service what people call the provider, by language.
	Site    string
	Service func(lang string) string
	Role    string
	Now     func() time.Time
	// Price is that of a renewal as people read it, "" for free. // I17
	Price string
	// Extend is by how many months the job moves the end of identities on whose contract has
	// none; 0 where contracts end.
	Extend int
}

// Also goes with a change in the same commit.
type Also struct {
	Task, Code string
	// Keep is the handle of the holder's session, which goes on.
	Keep string
	// Messages beside the notices of the act.
	Messages []notify.Message
}

// Do changes an identity as it was read; who was faster wins, and the other gets
// identity.ErrMay.
func (k *Registrar) Do(ctx context.Context, who *identity.Identity, c identity.Change, line audit.Event, also Also) (*identity.Identity, error) {
	s, err := k.Prepare(who, c, line, also)
	if err != nil {
		return nil, err
	}
	return s.After, k.Store.SaveLife(ctx, s)
}

// Prepare is Do for who has more to store in the same commit.
func (k *Registrar) Prepare(who *identity.Identity, c identity.Change, line audit.Event, also Also) (Step, error) {
	c.At = k.Now()
	after, event, err := who.Do(c)
	if err != nil {
		return Step{}, err
	}
	return Step{After: after, Event: event, Audit: line, Former: former(&who.Holder, &after.Holder, c.At), Task: also.Task, Code: also.Code, Keep: also.Keep, Messages: append(k.notices(who, after, event), also.Messages...)}, nil
}

// notices tell the holder by mail and SMS what was done, why and what comes next. Where an
// address or number changed, the old one is told as well. // REG 19, 20, L08
func (k *Registrar) notices(before, after *identity.Identity, e identity.Event) (list []notify.Message) {
	lang := after.Language
	cause := e.Cause
	if e.Act == identity.Lift {
		cause = e.Suspended
	}
	var fields []string
	for _, f := range e.Fields {
		fields = append(fields, k.Texts.Text(lang, "life.field."+f))
	}
	args := []any{
		"name", after.Holder.GivenName, "date", k.Texts.DateTime(lang, e.At), "fields", strings.Join(fields, ", "), "until", k.Texts.Date(lang, after.ExpiresAt),
		"cause", k.word(lang, "life.cause.", cause), "next", k.word(lang, "life.next."+string(e.Act)+".", e.Cause), "site", k.Site,
	}
	args = append(args, "recovery", k.called(lang, former(&before.Holder, &after.Holder, e.At)))
	key := e.Word()
	mails, phones := []string{after.Holder.Email}, []string{after.Holder.MobilePhone}
	if before.Holder.Email != after.Holder.Email {
		mails = append(mails, before.Holder.Email)
	}
	if before.Holder.MobilePhone != after.Holder.MobilePhone {
		phones = append(phones, before.Holder.MobilePhone)
	}
	for _, to := range mails {
		list = append(list, k.Mail(to, lang, key, args...))
	}
	for _, to := range phones {
		list = append(list, k.SMS(to, lang, key, args...))
	}
	return present(list)
}

// called says that a recovery of the password, if one was under way, ended with the contact. // A27
func (k *Registrar) called(lang string, replaced []Former) string {
	if len(replaced) == 0 {
		return ""
	}
	return k.Texts.Text(lang, "life.contact.recovery")
}

// word is the text of a cause; without one, or without a text of its own, the general one.
func (k *Registrar) word(lang, prefix string, cause identity.Cause) string {
	if cause == "" || !k.Texts.Has(prefix+string(cause)) {
		if !k.Texts.Has(prefix + "other") {
			return ""
		}
		return k.Texts.Text(lang, prefix+"other")
	}
	return k.Texts.Text(lang, prefix+string(cause))
}

// present leaves out messages to nobody.
func present(list []notify.Message) (out []notify.Message) {
	for _, m := range list {
		if m.To != "" {
			out = append(out, m)
		}
	}
	return out
}

// Mail makes a message of this package's texts.
func (k *Registrar) Mail(to, lang, what string, args ...any) notify.Message {
	service := k.Service(lang)
	return notify.Message{
		Channel: notify.Mail, To: to, Lang: lang, Subject: k.Texts.Text(lang, "life.mail."+what+".subject", append(args, "service", service)...),
		Text: k.Texts.Text(lang, "life.mail."+what+".text", append(args, "service", service)...),
	}
}

// SMS is Mail for a telephone.
func (k *Registrar) SMS(to, lang, what string, args ...any) notify.Message {
	return notify.Message{Channel: notify.SMS, To: to, Lang: lang, Text: k.Texts.Text(lang, "life.sms."+what, append(args, "service", k.Service(lang))...)}
}

// MayRenew tells whether the contract can be renewed now: from 90 days before its end until
// the identity is revoked for it, suspended or not. // I17
func MayRenew(who *identity.Identity, now time.Time) bool {
	return who.State != identity.Revoked && !who.ExpiresAt.IsZero() && !now.Before(who.ExpiresAt.AddDate(0, 0, -warnings[0]))
}

// MayDocument tells whether a new document is taken: a valid identity is welcome to bring one
// before the old one ends, and whoever is suspended for it, or by their own wish since. // L01
func MayDocument(who *identity.Identity, now time.Time) bool {
	over := who.Cause == identity.DocumentExpired || who.Cause == identity.ByHolder && who.Holder.Document.Over(now)
	return who.State == identity.Active || who.State == identity.Suspended && over
}

// ErrEarly: the contract can be renewed in its last 90 days.
var ErrEarly = fault.New(fault.Conflict, "error.identity.early").For("identity_renew_early")

// Used are the notices of a use, as the holder chose them. // REG 18, L06
func (k *Registrar) Used(who *identity.Identity, service func(lang string) string, level int, at time.Time) (list []notify.Message) {
	lang := who.Language
	args := []any{"name", who.Holder.GivenName, "date", k.Texts.DateTime(lang, at), "where", service(lang), "level", level, "site", k.Site}
	if who.Notices.Mail {
		list = append(list, k.Mail(who.Holder.Email, lang, "used", args...))
	}
	if who.Notices.SMS {
		list = append(list, k.SMS(who.Holder.MobilePhone, lang, "used", args...))
	}
	return present(list)
}
