package samlsso

import (
	"context"
	"errors"
	"time"

	"atrio/base/audit"
	"atrio/base/notify"
	"atrio/web"
)

// Store is what this package needs of the database; idpdb implements it.
type Store interface {
	Participants
	// Record consumes the login and writes everything about its answer in one
	// transaction. A login that was answered before gives fault.Conflict, on all
	// nodes, and changes nothing. ErrSessionOver changes nothing either.
	Record(ctx context.Context, a Answer) error
}

// ErrSessionOver says that the session which a service was about to join has ended: it
// would be entered by a session that no logout reaches any more. Avviso SPID 3
var ErrSessionOver = errors.New("samlsso: the session of the participant is over")

// Answer is a Response on its way to a service.
type Answer struct {
	// Flow is the handle of the login; it is answered once.
	Flow string
	// At is when it was made.
	At time.Time
	// Until is when the handle can be forgotten: no cookie opens it any more.
	Until time.Time
	// Access goes into the register; nil when the limits leave no room for one in
	// which nobody was recognised.
	Access *Access
	// Session is the new session of level 1; nil at other levels, and when there
	// was one already.
	Session *web.Session
	// Participant joins the service to the session of level 1; nil at other levels.
	Participant *Participant
	// Messages tell the holder of the use, when they chose so. REG 18
	Messages []notify.Message
	// Audit are the lines of what is done here.
	Audit []audit.Event
}

// Access is an entry of the register that an identity provider keeps for 24
// months: who, the request, the answer. SPID-RT registro
type Access struct {
	// Identity and SPIDCode are empty when nobody was recognised.
	Identity    string
	SPIDCode    string
	Service     string
	ServiceName string
	RequestID   string
	ResponseID  string
	// AssertionID and NameID are empty when the service was told an anomaly.
	AssertionID string
	NameID      string
	Level       int
	Method      string
	// Anomaly is the number of the official table; 1 is success.
	Anomaly int
	At      time.Time
	// Request and Response are XML.
	Request  []byte
	Response []byte
}

// Retention is how long an access is kept, in months. DPCM 24 October 2014
// art. 13; SPID-RT registro
const Retention = 24
