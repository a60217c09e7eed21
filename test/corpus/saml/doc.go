// Package corpus makes SAML responses, genuine and hostile, for the tests of
// whoever reads them.
//
// Nothing is stored: New makes keys that live as long as one test, xmlsec1 signs
// the genuine documents with them, and the hostile ones are cut from genuine
// ones by the hands of an attacker: text edits without a key. So the signatures
// come from an implementation that is not ours, and no key is ever committed.
//
// They are made from an example, or, with Around, from an answer that a real checker
// takes but for the attack.
//
// Matrix gives the 33 documents by which libraries were compared before this
// one was written; Hostile gives the attack catalogue. Each document says what a
// consumer must answer: the NameID it may read, or the code of the refusal.
package corpus

// Document is one message and what a careful consumer makes of it.
type Document struct {
	// Name says what is special, in words usable as the name of a test.
	Name string
	Data []byte
	// NameID is what may be read; empty if the document must be refused.
	NameID string
	// Code is the code of the refusal, one of package xmlsec or one of those
	// below; empty if the document is genuine.
	Code string
	// Keys are the names of the trusted keys in Workshop.Public; nil means "rsa".
	Keys []string
}

// Codes of refusals that are the consumer's, not the signature's.
const (
	CodeNotResponse = "consumer_not_a_response"
	CodeAssertions  = "consumer_assertions" // not exactly one assertion
	CodeNoName      = "consumer_no_name"    // no NameID
)

// Names read from genuine and forged documents. Forged must never be read.
const (
	Genuine = "anna.genuine"
	Forged  = "evil.forged"
)
