// Package handoff lets who requests an identity at a computer without a camera photograph
// the documents with a telephone, which is not signed in.
//
// The computer shows a code for two minutes, as a QR code and to be typed. The telephone
// that brings it first shows a number; only when the applicant finds it among three on the
// computer may the telephone add pictures, and nothing else, to this request. It is bound
// to the session that let it in and ends with it. Who copied the code from a screen shows
// a number on another telephone than the one the applicant looks at; who is lured to a
// stranger's code reads whose request it is. // A05, E02
package handoff

import (
	"context"
	"embed"
	"time"

	"atrio/base/audit"
	"atrio/base/fault"
	"atrio/idp/enrolment"
	"atrio/idp/enrolment/pictures"
	"atrio/idp/enrolment/way"
	"atrio/web"
	"atrio/web/ui"
)

//go:embed pages texts
var files embed.FS

// Pages are the pages of this package and their texts.
func Pages() ui.Pages { return ui.Pages{Name: "handoff", FS: files} }

const (
	// codeLasts is how long a code is worth anything, and how long the numbers are compared. // A05
	codeLasts = 2 * time.Minute
	// picturesLast is how long a telephone may add pictures.
	picturesLast = 30 * time.Minute
)

// State is how far a hand-off has come.
type State string

// The states.
const (
	Waiting State = "waiting" // the code was not used yet
	Claimed State = "claimed" // a telephone brought it; the numbers are compared
	Open    State = "open"    // the telephone may add pictures
	Over    State = "over"
)

// Handoff lets one telephone add pictures to a request.
type Handoff struct {
	Request, Holder string
	// Session is the hash of the session that began it.
	Session []byte
	// Code is the MAC of the code, Phone that of the secret of the telephone.
	Code, Phone []byte
	// Numbers are shown at the computer; the telephone shows Number.
	Numbers []int
	Number  int
	State   State
	// Until is when this state ends.
	Until time.Time
}

// at is the state at a time.
func (h Handoff) at(now time.Time) State {
	if h.State == "" || !now.Before(h.Until) {
		return Over
	}
	return h.State
}

// ErrOver: the code or the hand-off is unknown, used or late; nobody is told which.
var ErrOver = fault.New(fault.Gone, "handoff.over").For("handoff_over")

// Store keeps hand-offs, one of a request; idpdb implements it.
type Store interface {
	// BeginHandoff replaces that of before.
	BeginHandoff(ctx context.Context, h Handoff, line audit.Event) error
	// HandoffOf gives that of a request, HandoffOfPhone that of a telephone; ErrOver when
	// there is none.
	HandoffOf(ctx context.Context, request string) (Handoff, error)
	HandoffOfPhone(ctx context.Context, phone []byte) (Handoff, error)
	// ClaimHandoff uses a waiting code up for one telephone of many. Who brings a code that
	// somebody else has used ends the hand-off while its numbers are compared: one of the
	// two is not the applicant.
	ClaimHandoff(ctx context.Context, h Handoff, now time.Time, line audit.Event) (Handoff, error)
	// OpenHandoff lets the telephone in whose number was found; ErrOver when the hand-off is
	// not this one any more.
	OpenHandoff(ctx context.Context, h Handoff, until, now time.Time, line audit.Event) error
	// EndHandoff ends it in whatever state.
	EndHandoff(ctx context.Context, request string, line audit.Event) error
}

// Handler serves the pages of both devices.
type Handler struct {
	Site     *web.Site
	Way      *way.Way
	Store    Store
	Pictures pictures.Intake
	Keeper   pictures.Keeper
	// Limit guards posts against floods, UploadLimit those with pictures.
	Limit, UploadLimit web.Guard
	Now                func() time.Time
}

// The addresses: those of the computer, and those of the telephone, which are typed.
const (
	statePath    = way.Handoff + "/state"
	numberPath   = way.Handoff + "/number"
	endPath      = way.Handoff + "/end"
	phonePath    = "/enrol/camera"
	stirPath     = phonePath + "/state"
	picturesPath = phonePath + "/pictures"
)

// Mount gives the pages their addresses.
func (h *Handler) Mount(m *web.Mux) {
	m.Get(way.Handoff, h.Way.At(h.page, enrolment.AddPictures))
	m.Post(way.Handoff, h.Way.At(h.begin, enrolment.AddPictures), h.Limit)
	m.Get(statePath, h.Way.At(h.state))
	m.Post(numberPath, h.Way.At(h.number, enrolment.AddPictures), h.Limit)
	m.Post(endPath, h.Way.At(h.end, enrolment.AddPictures), h.Limit)
	m.Get(phonePath, h.phone)
	m.Post(phonePath, h.claim, h.Limit)
	m.Get(stirPath, h.stir)
	m.Post(picturesPath, h.add, h.UploadLimit, web.MaxBody(4*h.Pictures.MaxBytes()+1<<20))
}

// The MACs under which secrets are stored.
func (h *Handler) codeMAC(code enrolment.Number) []byte {
	return h.Site.Keyring.MAC("idp.handoff.code", string(code))
}

func (h *Handler) phoneMAC(secret string) []byte {
	return h.Site.Keyring.MAC("idp.handoff.phone", secret)
}

// photographed counts the pictures that are there.
func photographed(request enrolment.Request) (n int) {
	for _, what := range enrolment.Pictures() {
		if request.Data.Pictures[what] != "" {
			n++
		}
	}
	return n
}
