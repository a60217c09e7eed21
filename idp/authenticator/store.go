package authenticator

import (
	"context"
	"time"

	"atrio/base/audit"
	"atrio/base/notify"
	"atrio/base/ratelimit"
	"atrio/idp/identity"
	"atrio/idp/life"
)

// Store is what this package needs of the database; idpdb implements it. What decides and
// counts is one transaction: of tries at the same time one wins.
type Store interface {
	// Identity finds the holder.
	Identity(ctx context.Context, id string) (*identity.Identity, error)
	// StartBinding takes from the caps, replaces the binding under way and queues the
	// message. A positive wait means that nothing was sent.
	StartBinding(ctx context.Context, b Binding) (wait time.Duration, err error)
	// BindingOf finds whose binding is under way and until when; fault.NotFound when there is
	// none.
	BindingOf(ctx context.Context, token []byte, now time.Time) (identity string, until time.Time, err error)
	// Bind counts a try at a binding and, when the code is right, adds the device.
	Bind(ctx context.Context, t BindTry) (BindVerdict, error)
	// Devices lists those of an identity that are in use, the oldest first, and after them
	// those that were reported.
	Devices(ctx context.Context, identity string) ([]Device, error)
	// Device finds one that is in use; fault.NotFound otherwise.
	Device(ctx context.Context, id string) (Device, error)
	// EndDevice ends one of an identity by its holder's wish, every session but one, named by
	// its handle, and what is being bound; false when there is none in use.
	EndDevice(ctx context.Context, identity, device, keep string, messages []notify.Message, ev audit.Event) (bool, error)
	// Ask takes from the caps and stores a prompt in place of the flow's former one.
	Ask(ctx context.Context, p Prompt, caps []ratelimit.Bucket, ev audit.Event) (wait time.Duration, err error)
	// PromptOf is the last prompt of a login; the zero Prompt when there is none.
	PromptOf(ctx context.Context, flow string) (Prompt, error)
	// Prompts lists what the identity of a device in use is asked now, the oldest first.
	Prompts(ctx context.Context, device string, now time.Time) ([]Prompt, error)
	// Prompt finds one by its id; fault.NotFound otherwise.
	Prompt(ctx context.Context, id string) (Prompt, error)
	// Answer stores what a person decided, once and while the device and the prompt stand;
	// fault.Conflict otherwise. A report ends the device; identity.ErrMay, and nothing is
	// stored, when its suspension is over another version of the identity.
	Answer(ctx context.Context, a Answer) error
	// UsePrompt uses up an approval of a login; false when there is none.
	UsePrompt(ctx context.Context, flow, identity string, ev audit.Event) (bool, error)
}

// Binding is one under way.
type Binding struct {
	Identity string
	// Token is the hash of what the QR code holds, Digest the MAC of the code.
	Token, Digest []byte
	At, Expires   time.Time
	// Pause is the shortest time since the last one.
	Pause   time.Duration
	Caps    []ratelimit.Bucket
	Message notify.Message
	Audit   audit.Event
}

// BindTry is a code typed in the app, with its key.
type BindTry struct {
	Token, Digest []byte
	Tries         int
	At            time.Time
	Device        Device
	// Messages are queued and Audit written when the code is right.
	Messages []notify.Message
	Audit    audit.Event
}

// BindVerdict is the answer to a try.
type BindVerdict struct {
	Outcome BindOutcome
	// Left is how many tries remain, when the code is wrong.
	Left int
}

// BindOutcome is what became of a try.
type BindOutcome string

// The outcomes. Over is a binding that is used up, too old or replaced; Full an identity
// with too many telephones.
const (
	Bound     BindOutcome = "bound"
	WrongCode BindOutcome = "wrong"
	Over      BindOutcome = "over"
	Full      BindOutcome = "full"
)

// Answer is what a person decided.
type Answer struct {
	Prompt Prompt
	Device string
	State  State
	At     time.Time
	// Suspend goes with a report; nil for none.
	Suspend *life.Step
	// Messages are queued with it.
	Messages []notify.Message
	Audit    audit.Event
}
