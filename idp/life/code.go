package life

import (
	"context"
	"strings"
	"time"

	"golang.org/x/text/unicode/norm"

	"atrio/authn/otp"
	"atrio/authn/secondfactor"
	"atrio/base/audit"
	"atrio/base/notify"
	"atrio/base/ratelimit"
	"atrio/base/seal"
	"atrio/idp/identity"
)

// Purposes of codes.
const (
	// ToStop is without signing in, one for each channel: what somebody else asks for by one
	// leaves the other alone. // A31
	ToStop = "stop_"

	ToMail  = "mail"  // a new address
	ToPhone = "phone" // a new number
	ToPEC   = "pec"   // a new certified address

	ToRecover = "recover" // a forgotten password // E24
)

const (
	// codeLasts bounds a code that comes by SMS or mail, codeTries the guesses. // A01
	codeLasts = 10 * time.Minute
	codePause = time.Minute
	codeTries = 5
)

// Sending is a code on its way.
type Sending struct {
	Identity, Purpose string
	Digest            []byte
	At, Expires       time.Time
	Pause             time.Duration
	// Keep refuses while the last code works, which has Tries.
	Keep  bool
	Tries int
	Caps  []ratelimit.Bucket
	// Value is what it is about, stored sealed: the new address.
	Value    string
	Messages []notify.Message
	Audit    audit.Event
}

// Codes keeps codes; idpdb implements it.
type Codes interface {
	// SendIdentityCode replaces the code of a purpose, unless it is to be kept, and queues its
	// messages, within the caps; a positive wait refuses.
	SendIdentityCode(ctx context.Context, s Sending) (wait time.Duration, err error)
	// IdentityCode gives what the last code of a purpose is about, "" when it is over or as
	// many tries were made.
	IdentityCode(ctx context.Context, id, purpose string, tries int, now time.Time) (value string, err error)
	// TryIdentityCode counts a try and compares. A right code stays until the step that it
	// is for: see Step.Code.
	TryIdentityCode(ctx context.Context, id, purpose string, digest []byte, tries int, now time.Time) (secondfactor.Outcome, int, string, error)
}

// CodeDesk sends codes and compares them.
type CodeDesk struct {
	Store   Codes
	Keyring *seal.Keyring
	Limiter *ratelimit.Limiter
	Now     func() time.Time
}

// The limits of codes: of one identity, one receiver, one sender, and of everybody. Each
// purpose has its own, so that who asks for codes to stop starves nobody's change. // A03
var codeLimits = []ratelimit.Limit{
	{Name: "idp.life.identity", Burst: 5, Per: time.Hour},
	{Name: "idp.life.receiver", Burst: 10, Per: 24 * time.Hour},
	{Name: "idp.life.address", Burst: 30, Per: time.Hour},
	{Name: "idp.life.all", Burst: 600, Per: 10 * time.Minute},
}

// Letter is a code to be sent.
type Letter struct {
	Identity, Purpose, Value string
	// Keep leaves a code that still works in its place, and sends none.
	Keep bool
	// From is the network that it was asked for from.
	From string
	// Message writes the message for a code; Also go with it.
	Message func(code string, minutes int) notify.Message
	Also    []notify.Message
	Audit   audit.Event
}

// Send draws a code and sends it.
func (d *CodeDesk) Send(ctx context.Context, l Letter) (wait time.Duration, err error) {
	code, now := otp.NumericCode(otp.Digits), d.Now()
	m := l.Message(code, secondfactor.Minutes(codeLasts))
	m.Expires = now.Add(codeLasts)
	var caps []ratelimit.Bucket
	for i, by := range []string{l.Identity, receiver(m.To), l.From, ""} {
		caps = append(caps, d.Limiter.Bucket(codeLimits[i], l.Purpose+" "+by))
	}
	return d.Store.SendIdentityCode(ctx, Sending{
		Identity: l.Identity, Purpose: l.Purpose, Digest: d.digest(l.Identity, l.Purpose, code), At: now, Expires: m.Expires, Pause: codePause, Keep: l.Keep, Tries: codeTries, Caps: caps,
		Value: l.Value, Messages: append([]notify.Message{m}, l.Also...), Audit: l.Audit,
	})
}

// receiver is what addresses of one mailbox have in common: capitals, look-alike forms of a
// letter and what stands behind a plus sign make no other limit. // A38
func receiver(to string) string {
	to = strings.ToLower(norm.NFKC.String(strings.TrimSpace(to)))
	local, domain, mail := strings.Cut(to, "@")
	if !mail {
		return to
	}
	local, _, _ = strings.Cut(local, "+")
	return local + "@" + domain
}

// Asked gives what the last code of a purpose is about, "" when there is none any more.
func (d *CodeDesk) Asked(ctx context.Context, who *identity.Identity, purpose string) (string, error) {
	return d.Store.IdentityCode(ctx, who.ID, purpose, codeTries, d.Now())
}

// Try compares a code; value is what it is about when it is right, left how many tries remain.
func (d *CodeDesk) Try(ctx context.Context, id, purpose, code string) (o secondfactor.Outcome, left int, value string, err error) {
	return d.Store.TryIdentityCode(ctx, id, purpose, d.digest(id, purpose, code), codeTries, d.Now())
}

func (d *CodeDesk) digest(id, purpose, code string) []byte {
	return d.Keyring.MAC("idp.life.code", id, purpose, code)
}
