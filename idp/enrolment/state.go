package enrolment

// State is where a request stands.
type State string

// The states, in the order of the way. Those of one way of identification begin after
// ContractReady.
const (
	MailPending    State = "email_pending"   // the mailbox is not confirmed yet
	MailConfirmed  State = "email_confirmed" // next: security question and telephone
	PhonePending   State = "phone_pending"   // a code was sent
	PhoneConfirmed State = "phone_confirmed" // next: personal data
	PersonalData   State = "personal_data"   // next: documents
	Documents      State = "documents"       // next: the contract
	ContractReady  State = "contract_ready"  // next: the identification
	PointBooked    State = "point_booked"    // an appointment at a Point
	// VideoBooked and VideoLive belong to the recorded session, SignaturePending to the
	// signature whose revocation could not be asked yet (A21), ChipRead to the document
	// that was read while the face was not filmed yet, RAOPending to the token of a public
	// office that is genuine while its code is not typed yet.
	VideoBooked      State = "video_booked"
	VideoLive        State = "video_live"
	SignaturePending State = "signature_pending"
	ChipRead         State = "chip_read"
	RAOPending       State = "rao_pending"
	OperatorCheck    State = "operator_check" // identified; a second person decides
	FraudReview      State = "fraud_review"   // a specialist looks at it
	Resubmission     State = "needs_resubmission"
	Activated        State = "activated"
	Rejected         State = "rejected"
	Expired          State = "expired"
	Withdrawn        State = "withdrawn"
)

// Final reports whether nothing follows.
func (s State) Final() bool {
	switch s {
	case Activated, Rejected, Expired, Withdrawn:
		return true
	}
	return false
}

// states in the order of the way.
var states = []State{
	MailPending, MailConfirmed, PhonePending, PhoneConfirmed, PersonalData, Documents, ContractReady, PointBooked,
	VideoBooked, VideoLive, SignaturePending, ChipRead, RAOPending,
	OperatorCheck, FraudReview, Resubmission, Activated, Rejected, Expired, Withdrawn,
}

// States lists all states in the order of the way.
func States() []State { return append([]State(nil), states...) }

// Known reports whether s is one of the states.
func (s State) Known() bool {
	for _, one := range states {
		if s == one {
			return true
		}
	}
	return false
}
