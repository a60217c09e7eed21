package secondfactor

import (
	"context"
	"time"

	kinds "atrio/authn/secondfactor"
	"atrio/base/audit"
	"atrio/base/fault"
	"atrio/base/notify"
	"atrio/base/ratelimit"
	"atrio/gateway/account"
)

// Factors keeps the second factors of accounts.
type Factors interface {
	FactorStatus(ctx context.Context, accountID string) (Status, error)
	// AddFactor adds a factor, its audit line and its notice in one commit. A factor of
	// the same id is there already: nothing happens. ErrTooMany beyond MostOfAKind.
	AddFactor(ctx context.Context, a Addition) error
	// RemoveFactor removes a factor of an account, and the recovery codes with the last
	// one; fault.NotFound when the account has no such factor.
	RemoveFactor(ctx context.Context, r Removal) error
	// ReplaceRecovery puts a new list of codes in the place of the old one.
	ReplaceRecovery(ctx context.Context, r Recovery) error
}

// Codes compares codes and sends them. Every method counts and checks in one
// transaction, so that parallel tries on several nodes cannot slip through.
type Codes interface {
	// TryApp shows the key of each app of the account to verify, and notes the time step
	// of the one that fits: a step is taken once, on all nodes. // RFC 6238 5.2
	TryApp(ctx context.Context, t Try, verify func(key []byte) Match) (Verdict, error)
	// TrySMS compares the digest of a code with the one that was sent for the flow.
	TrySMS(ctx context.Context, t Try, digest []byte) (Verdict, error)
	// TryRecovery uses up the recovery code with this digest.
	TryRecovery(ctx context.Context, t Try, digest []byte) (Verdict, error)
	// TryDesk uses up what the desk confirmed under this digest.
	TryDesk(ctx context.Context, t Try, digest []byte) (Verdict, error)
	// SendSMS takes from the caps, replaces the code of the flow and queues the message.
	// A positive wait means that nothing was sent.
	SendSMS(ctx context.Context, s Sending) (wait time.Duration, err error)
	// UsePasskey uses up the challenge that a passkey answered, and notes its counter:
	// fault.Conflict for a challenge that was answered before, ErrCopied for a counter
	// that did not grow.
	UsePasskey(ctx context.Context, u PasskeyUse) error
	// SMSSent tells when the last code of a flow was sent; zero when none was.
	SMSSent(ctx context.Context, flow string) (time.Time, error)
}

// ErrTooMany: the account has as many factors of the kind as it may have.
var ErrTooMany = fault.New(fault.Conflict, "error.secondfactor.too_many").For("too_many_factors")

// Tell writes the message about a change to the owner of an account. // ASVS 6.3.7
type Tell func(a account.Account) notify.Message

// ErrCopied: the counter of a passkey did not grow, so there may be a copy of it.
// WebAuthn 7.2
var ErrCopied = fault.New(fault.Denied, "error.secondfactor.copied").For("passkey_copied")

// ErrTaken: a passkey of another account.
var ErrTaken = fault.New(fault.Conflict, "error.secondfactor.taken").For("passkey_taken")

// PasskeyUse is a passkey that answered a challenge.
type PasskeyUse struct {
	AccountID, Factor string
	Count             uint32
	// Challenge names the one that was answered; it is remembered until Until.
	Challenge string
	Until, At time.Time
	Event     audit.Event
}

// Addition is a new factor.
type Addition struct {
	Factor
	// Secret is the key of an app; it is sealed before it is stored.
	Secret []byte
	// Step is the time step of the code that confirmed an app: it is used up.
	Step  int64
	Event audit.Event
	Tell  Tell
}

// Removal takes a factor away.
type Removal struct {
	AccountID, ID string
	Now           time.Time
	Event         audit.Event
	Tell          Tell
}

// Recovery is a new list of recovery codes.
type Recovery struct {
	AccountID string
	// Digests are the MACs of the codes; the codes themselves are only on the page.
	Digests [][]byte
	Now     time.Time
	Event   audit.Event
	Tell    Tell
}

// Try is one typed code.
type Try struct {
	// Flow is the login or the setting-up that the code is typed in.
	Flow      string
	AccountID string
	// Factor is the number that a code was sent to, when it is one of the account's.
	Factor string
	// Account and Request are charged, in this order; a right code is not charged.
	Account, Request ratelimit.Bucket
	At               time.Time
	// Audit is written when the code is right.
	Audit audit.Event
	// Tell, when set, is sent with a right code.
	Tell Tell
}

// Match is what comparing a code with an app's key says.
type Match struct {
	Step int64
	OK   bool
	// Off is how far the telephone's clock is off when the code belongs to another time.
	Off time.Duration
}

// Verdict is the answer to a try.
type Verdict struct {
	Outcome kinds.Outcome
	// Factor is the one that was proved; empty for a recovery code.
	Factor string
	// Left is how many tries this flow still has.
	Left int
	// Wait, for Waiting, is the time until the next try.
	Wait time.Duration
	// Off, for Wrong, is how far the telephone's clock is off.
	Off time.Duration
}

// Sending is one code on its way.
type Sending struct {
	Flow      string
	AccountID string
	// Digest is the MAC of the code, bound to flow, account and number.
	Digest      []byte
	Message     notify.Message
	At, Expires time.Time
	// Pause is the shortest time since the last code of this flow.
	Pause time.Duration
	Caps  []ratelimit.Bucket
	Audit audit.Event
}
