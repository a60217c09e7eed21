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
	OperatorCheck  State = "operator_check"  // identified; a second person decides
	FraudReview    State = "fraud_review"    // a specialist looks at it
	Resubmission   State = "needs_resubmission"
	Activated      State = "activated"
	Rejected       State = "rejected"
	Expired        State = "expired"
	Withdrawn      State = "withdrawn"
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
