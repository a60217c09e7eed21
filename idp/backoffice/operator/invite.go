package operator

import (
	"context"
	"crypto/rand"
	"net/url"
	"time"

	"atrio/base/audit"
	"atrio/base/notify"
	"atrio/base/seal"
	"atrio/web/locale"
	"atrio/web/ui"
)

// InvitationLife is how long the mailed link works. // A17
const InvitationLife = 3 * 24 * time.Hour

// Inviter invites operators to make a key.
type Inviter struct {
	Store   Store
	Keyring *seal.Keyring
	Texts   *locale.Catalog
	// Site is scheme and host, Service what mails call it, by language.
	Site    string
	Service ui.Text
	// Role is that of audit lines.
	Role string
	Now  func() time.Time
}

// Invite mails a link with which an operator makes a key. detail says who did it.
func (i *Inviter) Invite(ctx context.Context, who Operator, detail map[string]string) (until time.Time, err error) {
	secret, now := rand.Text(), i.Now()
	until = now.Add(InvitationLife)
	return until, i.Store.InviteOperator(ctx, Invitation{
		Operator: who, Link: linkMAC(i.Keyring, secret), Until: until,
		Mail: notify.Message{
			Channel: notify.Mail, To: who.Email, Lang: who.Language, Expires: until,
			Subject: i.Texts.Text(who.Language, "operator.mail.invitation.subject", "service", i.Service.In(who.Language)),
			Text: i.Texts.Text(who.Language, "operator.mail.invitation.text", "name", who.Name, "until", i.Texts.DateTime(who.Language, until),
				"link", i.Site+invitationPath+"?"+url.Values{"link": {secret}}.Encode()),
		},
		Event: audit.Event{At: now, Role: i.Role, Subject: who.ID, Action: audit.OperatorInvited, Outcome: audit.OK, Detail: detail},
	})
}

// InviteMissing invites everybody who has neither a key nor an open invitation.
func (i *Inviter) InviteMissing(ctx context.Context, roster *Roster) error {
	known, err := i.Store.Operators(ctx, i.Now())
	if err != nil {
		return err
	}
	settled := map[string]bool{}
	for _, s := range known {
		settled[s.ID] = s.Keys > 0 || !s.Invited.IsZero()
	}
	for _, who := range roster.List() {
		if settled[who.ID] {
			continue
		}
		if _, err := i.Invite(ctx, who, nil); err != nil {
			return err
		}
	}
	return nil
}

// linkMAC is what is stored of the secret in a link.
func linkMAC(ring *seal.Keyring, secret string) []byte { return ring.MAC("operator.link", secret) }
