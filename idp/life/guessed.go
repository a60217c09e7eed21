package life

import (
	"context"
	"time"

	"atrio/base/audit"
	"atrio/base/fault"
	"atrio/base/notify"
	"atrio/base/ratelimit"
	"atrio/idp/identity"
)

// alarms is how often a holder is told: who knows a password must not fill a mailbox.
var alarms = ratelimit.Limit{Name: "idp.alarm", Burst: 1, Per: 24 * time.Hour}

// Guessed tells the holder that somebody typed the right password and then wrong codes until
// the login ended: the password is known to somebody. // A01
func (k *Registrar) Guessed(ctx context.Context, limiter *ratelimit.Limiter, id string, line audit.Event) error {
	err := limiter.Allow(ctx, alarms, id)
	if fault.Is(err, fault.TooMany) {
		return nil
	}
	if err != nil {
		return err
	}
	who, err := k.Store.Identity(ctx, id)
	if err != nil || who.State != identity.Active {
		return err
	}
	lang := who.Language
	args := []any{"name", who.Holder.GivenName, "date", k.Texts.DateTime(lang, line.At), "site", k.Site}
	line.Action, line.Detail = audit.IdentityWarned, map[string]string{"kind": "guessed"}
	return k.Store.Tell(ctx, present([]notify.Message{k.Mail(who.Holder.Email, lang, "guessed", args...), k.SMS(who.Holder.MobilePhone, lang, "guessed", args...)}), line)
}
