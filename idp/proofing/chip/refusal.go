package chip

import (
	"errors"
	"fmt"
	"strings"

	"atrio/base/fault"
	"atrio/mrtd"
)

// refusal is why a document does not identify an applicant.
type refusal struct {
	// page ends the key "chip.refused."; reason is the word of the audit log.
	page, reason string
	// fields are what does not agree, for the audit log.
	fields []string
	cause  error
}

func (r *refusal) Error() string { return fmt.Sprintf("chip: %s: %v", r.reason, r.cause) }
func (r *refusal) Unwrap() error { return r.cause }

// pagesOf has the words that people read for each reason of mrtd. // A08-A12
var pagesOf = map[mrtd.Reason]string{
	mrtd.AccessDenied: "key", mrtd.Lost: "lost", mrtd.Disturbed: "lost", mrtd.TooLarge: "unreadable", mrtd.Unsupported: "unreadable", mrtd.Refused: "unreadable",
	mrtd.Malformed: "unreadable", mrtd.WeakAlgorithm: "unreadable", mrtd.Tampered: "genuine", mrtd.CloneSuspected: "genuine", mrtd.Replayed: "genuine",
	mrtd.UnknownIssuer: "issuer", mrtd.ExpiredSigner: "signer", mrtd.RevokedSigner: "signer", mrtd.StaleRevocation: "revocation", mrtd.CountryMismatch: "genuine",
	mrtd.MissingGroup: "incomplete", mrtd.ExpiredDocument: "expired", mrtd.NoChipProof: "no_proof",
}

// The other reasons.
const (
	reasonOther      = "document"   // another document than was declared
	reasonPerson     = "person"     // another person's document
	reasonKey        = "key"        // what was declared makes no key
	reasonUnreadable = "unreadable" // nothing that has a better word
	reasonChanged    = "changed"    // the request went on meanwhile
	reasonOurs       = "ours"       // nothing is wrong with the document
)

// ours says that an error after the reading is this server's: it is no failure of the
// applicant's. A request that went on meanwhile is nobody's.
func ours(err error) error {
	if err == nil || fault.Is(err, fault.Conflict) {
		return err
	}
	return &refusal{page: reasonOurs, reason: "chip_server", cause: err}
}

// refused gives an error of mrtd its words; the first reason speaks, since each makes
// those after it meaningless.
func refused(err error) *refusal {
	var own *refusal
	if errors.As(err, &own) {
		return own
	}
	if fault.Is(err, fault.Conflict) {
		return &refusal{page: reasonChanged, reason: fault.From(err).AuditReason(), cause: err}
	}
	reasons := mrtd.Reasons(err)
	if len(reasons) == 0 {
		return &refusal{page: reasonUnreadable, reason: "chip_unreadable", cause: err}
	}
	var words []string
	for _, r := range reasons {
		words = append(words, string(r))
	}
	page := pagesOf[reasons[0]]
	if page == "" {
		page = reasonUnreadable
	}
	return &refusal{page: page, reason: "chip_" + words[0], fields: words[1:], cause: err}
}

// detail says for the audit log what does not agree.
func (r *refusal) detail() string { return strings.Join(r.fields, " ") }

// pageWords lists every word behind "chip.refused.", for texts.
func pageWords() []string {
	seen := map[string]bool{reasonOther: true, reasonPerson: true, reasonKey: true, reasonUnreadable: true, reasonChanged: true, reasonOurs: true}
	for _, w := range pagesOf {
		seen[w] = true
	}
	var list []string
	for w := range seen {
		list = append(list, w)
	}
	return list
}
