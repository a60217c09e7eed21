// Package audit is the tamper-evident log of what happened and who did it.
//
// The line of a state change is a row written in the transaction of the change
// itself (shareddb.AppendAudit); refusals and reads go through a Batcher and may
// be lost in a crash. Rows start unchained: one Sequencer job gives them their
// place in a hash chain, in batches, and signs checkpoints with Ed25519. Verify
// walks the chain and reports everything that does not fit, and how long the
// unchained tail is.
//
// The package owns the form of the chain and the names of the events; it knows
// no SQL (db/shareddb keeps the rows) and no key file (base/keys holds the
// signing key).
//
// What the chain proves: no chained row can be altered, removed or inserted
// without the signing key. What it cannot prove alone: that the newest rows were
// not cut off together with their checkpoints. Each checkpoint is therefore also
// written to the log, and the log belongs on another machine.
package audit

import "time"

// Outcomes of an event.
const (
	OK      = "ok"      // it was done
	Refused = "refused" // a rule said no
	Failed  = "failed"  // it should have worked, but did not
)

// Event is one line of the log. Texts are cut to MaxText bytes when the event
// becomes a row; none of them may hold a secret or more personal data than the
// ids named here.
type Event struct {
	At        time.Time // calendar time, kept to the microsecond
	Role      string    // "gateway", "idp" or "portal"
	Actor     string    // account id of who acted; "" for nobody or the system
	Subject   string    // account id of whom it concerns; may equal Actor
	Action    string    // a name of names.go
	Outcome   string    // OK, Refused or Failed
	Reason    string    // stable word: why refused or failed; "" when OK
	Reference string    // the request id that the person sees on error pages
	Address   string    // client address as text; "" for jobs
	// Detail holds what the action needs to be understood later: provider,
	// service, level, method. Never passwords, codes, tokens, cookies, messages,
	// attribute values.
	Detail map[string]string
}

// Limits of an event, in bytes and entries. They keep a hostile request from
// filling the log.
const (
	MaxText    = 256
	MaxDetails = 16
)

// Row is an event as stored.
type Row struct {
	ID    int64 // given by the store, unique, grows with insertion
	Event Event
	Seq   int64  // place in the chain from 1 on; 0 while unchained
	Hash  []byte // hash over the previous hash and this row; nil while unchained
}

// Head is the last link of the chain; zero when the chain is empty.
type Head struct {
	Seq  int64
	Hash []byte
}

// Link gives the row ID its place in the chain.
type Link struct {
	ID   int64
	Seq  int64
	Hash []byte
}

// Checkpoint is a signed statement that the chain had Hash at Seq.
type Checkpoint struct {
	Seq       int64
	Hash      []byte
	At        time.Time // kept to the microsecond
	Signature []byte    // Ed25519 over the three fields above
}

// Tail says how much of the log is not chained yet.
type Tail struct {
	Rows   int64
	Oldest time.Time // At of the oldest unchained row; zero when Rows is 0
}
