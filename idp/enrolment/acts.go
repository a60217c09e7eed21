package enrolment

import "slices"

// Role says as what somebody takes a step.
type Role string

// The roles. One person may have several as an operator, never two at one request:
// who identified does not decide. // ETSI TS 119 461, A16
const (
	Applicant Role = "applicant"
	Collector Role = "collector" // identifies at a Point or in a video session
	Approver  Role = "approver"  // decides in the back office
	Fraud     Role = "fraud"     // decides what looks like fraud
	System    Role = "system"    // a job
)

// Act is a step of a request.
type Act string

// The acts.
const (
	ConfirmMail    Act = "confirm_mail"
	SetSecurity    Act = "set_security"  // question, answer and telephone; a code goes out
	ConfirmPhone   Act = "confirm_phone" // the code was typed back
	SavePerson     Act = "save_person"   // personal data
	AddPictures    Act = "add_pictures"  // as soon as they come, whatever else is missing
	SaveDocuments  Act = "save_documents"
	FreezeContract Act = "freeze_contract"
	ChangeMethod   Act = "change_method"
	Book           Act = "book" // an appointment, or another one
	CancelBooking  Act = "cancel_booking"
	NoShow         Act = "no_show"
	Check          Act = "check"     // what the Point has seen so far
	ComeBack       Act = "come_back" // the Point sends the applicant away with what is missing
	Sign           Act = "sign"      // the contract, with a code that went to the telephone
	Submit         Act = "submit"    // a signed contract that cannot be judged yet
	Return         Act = "return"    // it was judged, and is not accepted
	ReadChip       Act = "read_chip" // the document's chip was read and is genuine
	Deposit        Act = "deposit"   // the token of a public office was given and is genuine
	Agree          Act = "agree"     // to be recorded
	Enter          Act = "enter"     // operator and applicant are in a video session
	Abort          Act = "abort"     // session, document or token ended without an identification
	Identify       Act = "identify"  // person and documents were seen or proved, the contract is signed
	AskAgain       Act = "ask_again" // single items, with reasons
	Resubmit       Act = "resubmit"
	Suspect        Act = "suspect"
	Clear          Act = "clear" // no fraud: back to the queue
	Approve        Act = "approve"
	Reject         Act = "reject"
	Withdraw       Act = "withdraw"
	Lapse          Act = "lapse" // nobody carried it on
)

// row is a line of the table: who may take an act in which states, and where it leads.
type row struct {
	Act Act
	By  []Role
	In  []State
	// To is where it leads; "" leaves the state as it is.
	To State
	// Way restricts the act to one way of identification.
	Way Method
	// First restricts the act to circuits whose documents come before the personal data. // E28
	First bool
	// Kept restricts the act to a request whose identification stays good, once its contract
	// is frozen anew.
	Kept bool
	// Reason: why has to be said.
	Reason bool
}

// What is filled in may be corrected until somebody was identified; the contract is frozen
// anew then.
var (
	withPhone       = []State{PhoneConfirmed, PersonalData, Documents, ContractReady}
	withPerson      = []State{PersonalData, Documents, ContractReady}
	undecided       = []State{MailPending, MailConfirmed, PhonePending, PhoneConfirmed, PersonalData, Documents, ContractReady, PointBooked, VideoBooked, VideoLive, SignaturePending, ChipRead, RAOPending, OperatorCheck, FraudReview, Resubmission}
	withoutContract = []State{MailConfirmed, PhonePending, PhoneConfirmed, PersonalData, Documents}
)

// table is the whole of it: the order of the way, and every exit.
//
// E03 says that the method may change until there is evidence of the identification; I14
// until the decision. The wider one holds: the contract, which names the method, is made
// and signed again.
var table = []row{
	{Act: ConfirmMail, By: []Role{Applicant}, In: []State{MailPending}, To: MailConfirmed},
	{Act: SetSecurity, By: []Role{Applicant}, In: []State{MailConfirmed, PhonePending}, To: PhonePending},
	{Act: ConfirmPhone, By: []Role{Applicant}, In: []State{PhonePending}, To: PhoneConfirmed},
	{Act: AddPictures, By: []Role{Applicant}, In: []State{PhoneConfirmed}, First: true},
	{Act: SaveDocuments, By: []Role{Applicant}, In: []State{PhoneConfirmed}, First: true},
	{Act: SavePerson, By: []Role{Applicant}, In: withPhone, To: PersonalData}, // after the documents: see next
	{Act: AddPictures, By: []Role{Applicant, Collector}, In: []State{PersonalData, Documents, ContractReady, PointBooked, Resubmission}},
	{Act: SaveDocuments, By: []Role{Applicant, Collector}, In: withPerson, To: Documents},
	{Act: FreezeContract, By: []Role{Applicant, Collector}, In: []State{Documents, ContractReady}, To: ContractReady},
	{Act: Book, By: []Role{Applicant}, In: []State{ContractReady, PointBooked}, To: PointBooked, Way: Point},
	{Act: CancelBooking, By: []Role{Applicant, System}, In: []State{PointBooked}, To: ContractReady, Way: Point},
	{Act: NoShow, By: []Role{Collector, System}, In: []State{PointBooked}, To: ContractReady, Way: Point},
	{Act: Check, By: []Role{Collector}, In: []State{ContractReady, PointBooked}, Way: Point},
	{Act: ComeBack, By: []Role{Collector}, In: []State{ContractReady, PointBooked}, To: Resubmission, Way: Point, Reason: true},
	{Act: Identify, By: []Role{Collector}, In: []State{ContractReady, PointBooked}, To: OperatorCheck, Way: Point},
	{Act: Sign, By: []Role{Applicant}, In: []State{ContractReady, VideoBooked, VideoLive, ChipRead, RAOPending}}, // CNS, video, chip, RAO: see complete
	{Act: Identify, By: []Role{Applicant}, In: []State{ContractReady}, To: OperatorCheck, Way: Signature},
	{Act: Submit, By: []Role{Applicant}, In: []State{ContractReady}, To: SignaturePending, Way: Signature},
	{Act: Identify, By: []Role{System}, In: []State{SignaturePending}, To: OperatorCheck, Way: Signature},
	{Act: Return, By: []Role{System, Applicant}, In: []State{SignaturePending}, To: ContractReady, Way: Signature, Reason: true},
	{Act: Identify, By: []Role{Applicant}, In: []State{ContractReady}, To: OperatorCheck, Way: CNS},
	{Act: ReadChip, By: []Role{Applicant}, In: []State{ContractReady, ChipRead}, To: ChipRead, Way: Chip},
	{Act: Abort, By: []Role{Applicant, System}, In: []State{ChipRead}, To: ContractReady, Way: Chip, Reason: true},
	{Act: Identify, By: []Role{Applicant}, In: []State{ChipRead}, To: OperatorCheck, Way: Chip},
	{Act: Deposit, By: []Role{Applicant}, In: []State{ContractReady, RAOPending}, To: RAOPending, Way: RAO},
	{Act: Abort, By: []Role{Applicant, System}, In: []State{RAOPending}, To: ContractReady, Way: RAO, Reason: true},
	{Act: Identify, By: []Role{Applicant}, In: []State{RAOPending}, To: OperatorCheck, Way: RAO},
	{Act: Agree, By: []Role{Applicant}, In: []State{ContractReady, VideoBooked}, Way: Video},
	{Act: Book, By: []Role{Applicant}, In: []State{ContractReady, VideoBooked}, To: VideoBooked, Way: Video},
	{Act: CancelBooking, By: []Role{Applicant, System}, In: []State{VideoBooked}, To: ContractReady, Way: Video},
	{Act: NoShow, By: []Role{Collector, System}, In: []State{VideoBooked}, To: ContractReady, Way: Video},
	{Act: Enter, By: []Role{Collector}, In: []State{ContractReady, VideoBooked}, To: VideoLive, Way: Video},
	{Act: Abort, By: []Role{Applicant, Collector, System}, In: []State{VideoLive}, To: ContractReady, Way: Video, Reason: true},
	{Act: Identify, By: []Role{Collector}, In: []State{VideoLive}, To: OperatorCheck, Way: Video},
	{Act: AskAgain, By: []Role{Approver, Fraud}, In: []State{OperatorCheck, FraudReview}, To: Resubmission, Reason: true},
	{Act: SavePerson, By: []Role{Applicant}, In: []State{Resubmission}},
	{Act: SaveDocuments, By: []Role{Applicant, Collector}, In: []State{Resubmission}},
	{Act: FreezeContract, By: []Role{Applicant, Collector}, In: []State{Resubmission}},
	{Act: Sign, By: []Role{Applicant}, In: []State{Resubmission}, Way: RAO, Kept: true},
	{Act: Resubmit, By: []Role{Applicant, Collector}, In: []State{Resubmission}}, // where to: see next
	{Act: ChangeMethod, By: []Role{Applicant}, In: withoutContract},
	{Act: ChangeMethod, By: []Role{Applicant}, In: []State{ContractReady, PointBooked, VideoBooked, SignaturePending, ChipRead, RAOPending, Resubmission, OperatorCheck}, To: Documents},
	{Act: Suspect, By: []Role{Collector, Approver, System}, In: []State{ContractReady, PointBooked, VideoBooked, VideoLive, SignaturePending, ChipRead, RAOPending, OperatorCheck}, To: FraudReview, Reason: true},
	{Act: Clear, By: []Role{Fraud}, In: []State{FraudReview}, To: OperatorCheck, Reason: true}, // see next
	{Act: Approve, By: []Role{Approver}, In: []State{OperatorCheck}, To: Activated},
	{Act: Reject, By: []Role{Approver, Fraud}, In: []State{OperatorCheck, FraudReview}, To: Rejected, Reason: true},
	{Act: Withdraw, By: []Role{Applicant}, In: undecided, To: Withdrawn},
	{Act: Lapse, By: []Role{System}, In: undecided, To: Expired},
}

// find gives the line for an act of a role in a state.
func find(act Act, by Role, in State, way Method) (row, bool) {
	for _, line := range table {
		if line.Act == act && slices.Contains(line.By, by) && slices.Contains(line.In, in) && (line.Way == "" || line.Way == way) {
			return line, true
		}
	}
	return row{}, false
}

// line gives the line for an act of a role in a request.
func (r Request) line(act Act, by Role) (row, bool) {
	line, ok := find(act, by, r.State, r.Method)
	return line, ok && (!line.First || r.Data.DocumentsFirst) && (!line.Kept || r.stands() && r.Data.Contract != nil)
}

// next is where a line leads from a request.
func (line row) next(r Request) State {
	switch {
	case line.Act == Resubmit && r.identifiedAnew(), line.Act == Clear && r.Data.Identified.IsZero():
		return ContractReady
	case line.Act == Resubmit:
		return OperatorCheck
	case line.Act == SavePerson && r.State == PhoneConfirmed && r.Data.Document.Number != "":
		return Documents // they came first
	case line.To == "":
		return r.State
	}
	return line.To
}

// Acts lists all acts, each once, in the order of the table.
func Acts() (list []Act) {
	for _, line := range table {
		if !slices.Contains(list, line.Act) {
			list = append(list, line.Act)
		}
	}
	return list
}
