// Package evidence keeps what proves how an identity was requested: pictures of
// documents, contracts, verdicts, recordings. It is unreadable without its keys, every
// look leaves who, when and why, and it ends after its time. // I5, I14, decision 0035
//
// It owns the keys of items, what an item is bound to, who may look, and the files of
// recordings. Rows are the Store's (idp/idpdb). Where a request stands, and what a kind
// of item means, is for those who put items in.
//
// An item has a data key of its own, wrapped twice: for the role, while people work on
// the request, and for the archive, whose private keys are in a safe. Vault.Archive
// takes the first wrap away: from then on the machine alone cannot read the item, and
// whoever may needs two persons, a ground and a number of the case.
package evidence

import (
	"context"
	"crypto/sha256"
	"embed"
	"regexp"
	"time"

	"atrio/base/audit"
	"atrio/base/fault"
	"atrio/web/ui"
)

//go:embed texts
var files embed.FS

// Pages are the texts of this package; it has no page.
func Pages() ui.Pages { return ui.Pages{Name: "evidence", FS: files} }

// Kind says what an item shows. New ones are lower-case words with underscores.
type Kind string

// The kinds.
const (
	DocumentFront    Kind = "document_front"
	DocumentBack     Kind = "document_back"
	HealthCardFront  Kind = "health_card_front"
	HealthCardBack   Kind = "health_card_back"
	Portrait         Kind = "portrait"
	Contract         Kind = "contract"
	SignedContract   Kind = "signed_contract"
	SignatureVerdict Kind = "signature_verdict"
	PointChecklist   Kind = "point_checklist"
	PrintedForm      Kind = "printed_form"
	ChipReading      Kind = "chip_reading"
	CardVerdict      Kind = "card_verdict"    // of a CNS
	SealedToken      Kind = "rao_token"       // of a public office
	TokenVerdict     Kind = "rao_verdict"     // how it was judged, and what was inside
	RevocationList   Kind = "revocation_list" // a CRL, or a part of a long one
	SourceCheck      Kind = "source_check"    // what an authoritative source said
	VideoSegment     Kind = "video_segment"
	VideoManifest    Kind = "video_manifest"
	Review           Kind = "review"        // what an operator found
	HolderReport     Kind = "holder_report" // of theft, loss, a wrong use
)

// Limits of an item, in bytes.
const (
	MaxItem    = 10 << 20 // a row: a contract as somebody's program signed it is the largest
	MaxSegment = 32 << 20 // a file
)

// Limits in numbers: somebody who uploads again and again fills no disk.
const (
	MaxItems    = 300   // of a request, recordings apart
	MaxSegments = 2_000 // of a recording: five hours and a half of 10 s each
)

// New is an item on its way in. Its content is acknowledged evidence once Put returned.
type New struct {
	Request   string // id of the request
	Kind      Kind
	MediaType string // of the content, from our own look at it: "image/jpeg"
	// Author is who made the item: the account of an applicant or an operator, or a part
	// of the program ("system:signature").
	Author  string
	Content []byte
	// Until is when this item alone ends, before the others of its request; zero for
	// with them.
	Until time.Time
}

// Item is what may be seen without opening it: nothing that says who the person is.
type Item struct {
	ID        string
	Request   string
	Kind      Kind
	MediaType string
	Size      int64 // of the content
	Author    string
	At        time.Time
	Until     time.Time // of this item alone; zero for with its request
	// Digest commits to the content without telling anything about it: HMAC-SHA-256 with
	// a key that opens with the item. It stands in the audit log, so that an item cannot
	// be exchanged later by somebody who has the keys.
	Digest [sha256.Size]byte
	// Readable says that the role's keys open it: the request is not archived.
	Readable bool
	// Recording and Segment place a segment; "" and 0 for other items. Segments count
	// from 1.
	Recording string
	Segment   int
	// Rule is why it ends: of items that are due alone.
	Rule string
}

// Opened is an item with its content.
type Opened struct {
	Item
	Content []byte
	SHA256  [sha256.Size]byte // of the content; the database does not hold it
}

// Store is what putting in and looking needs; idp/idpdb keeps the rows.
type Store interface {
	// KeepEvidence writes an item and its line in one commit. A taken id, or a taken
	// number of a segment, is fault.Conflict; more than MaxItems are ErrFull.
	KeepEvidence(ctx context.Context, row Row, line *audit.Event) error
	// BeginRecording writes the keys of a recording and its line in one commit.
	BeginRecording(ctx context.Context, r Recording, line audit.Event) error
	// Evidence gives the row of an item; ErrUnknown when there is none.
	Evidence(ctx context.Context, id string) (Row, error)
	// EvidenceOf lists the items of a request in the order of time, without contents;
	// segments in their order.
	EvidenceOf(ctx context.Context, request string) ([]Item, error)
	// Recording gives a recording and its segments in order; ErrUnknown.
	Recording(ctx context.Context, id string) (Recording, []Row, error)
	// Recordings lists those that can still be completed: with a working key. Of one
	// request, or of all when it is "".
	Recordings(ctx context.Context, request string) ([]Recording, error)
	// NoteEvidence writes a line that belongs to no change, before it returns.
	NoteEvidence(ctx context.Context, line audit.Event) error
}

// Keeping is what the end of a request and of its evidence needs.
type Keeping interface {
	// ArchiveEvidence deletes the working wraps of a request in one statement and writes
	// the line; when there is nothing left to delete it writes nothing and gives 0.
	ArchiveEvidence(ctx context.Context, request string, line audit.Event) (keys int64, err error)
	// RetainEvidence sets when the evidence of a request ends, and of the life of its identity,
	// for items of later too. An
	// end that was set before is not brought forward: fault.Conflict.
	RetainEvidence(ctx context.Context, request string, until time.Time, rule string, line audit.Event) error
	// HoldEvidence keeps a request beyond its end for a case, with the life of its identity;
	// "" lets both go. What nobody knows is ErrUnknown.
	HoldEvidence(ctx context.Context, request, caseNumber string, line audit.Event) error
	// DueEvidence gives at most limit items whose time is over and that nobody holds, with
	// the rule by which their request ended.
	DueEvidence(ctx context.Context, now time.Time, limit int) ([]Item, error)
	// DestroyEvidence deletes these rows with their keys, recordings of requests that are
	// over and of which no segment is left, and writes the lines, and one for each recording
	// that none of them speaks of, in one commit. Files
	// become leftovers. When somebody holds one of the items since, nothing is deleted:
	// fault.Conflict.
	DestroyEvidence(ctx context.Context, now time.Time, items []Item, lines []audit.Event) error
	// LeftoverEvidence gives at most limit files that have to go.
	LeftoverEvidence(ctx context.Context, limit int) ([]Leftover, error)
	// ForgetLeftovers takes them from the list: they are gone.
	ForgetLeftovers(ctx context.Context, gone []Leftover) error
}

// Leftover is a file whose key is destroyed.
type Leftover struct {
	Recording string
	Segment   int
}

// Row is an item as stored.
type Row struct {
	Item
	// Chain ends the chain of hashes of a recording at this segment; nil for other items.
	Chain []byte
	// Sealed is the content; nil for a segment, which is a file.
	Sealed []byte
	Wraps
}

// Wraps are a data key as stored.
type Wraps struct {
	Working   string // for the role; "" after Archive
	Archive   []byte // for the archive
	ArchiveID string // which public keys these were
}

// Recording is a row that segments belong to.
type Recording struct {
	ID        string
	Request   string
	Kind      Kind
	MediaType string
	Author    string
	At        time.Time
	Wraps
}

// The ways in which evidence is not given.
var (
	ErrUnknown = fault.New(fault.NotFound, "error.not_found").For("evidence_unknown")
	// ErrArchived: the role's keys do not open it any more; two persons with a case do. // L13
	ErrArchived = fault.New(fault.Denied, "idp.evidence.archived").For("evidence_archived")
	// ErrFull: the request has as many items as it may have.
	ErrFull = fault.New(fault.TooMany, "idp.evidence.full").For("evidence_full")
	// ErrDamaged: what is stored is not what was put in. Somebody must look: Internal.
	ErrDamaged = fault.New(fault.Internal, "error.internal").For("evidence_damaged")
)

var (
	idForm    = regexp.MustCompile(`^[A-Za-z0-9_-][A-Za-z0-9._:-]{0,63}$`) // base64url begins with any of its letters
	kindForm  = regexp.MustCompile(`^[a-z][a-z0-9_]{0,39}$`)
	mediaForm = regexp.MustCompile(`^[a-z]+/[a-z0-9][a-z0-9.+-]{0,79}$`)
)
