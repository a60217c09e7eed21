package audit

// Names of the events: "matter.deed", past tense, stable, since auditors search
// by them. Detail lists what the event carries beside its fixed fields. A new
// event is added here first.
const (
	// Entering and leaving. Subject: the account.
	LoginSucceeded = "login.succeeded"  // Detail: door, issuer, level, method, session (public handle)
	LoginRefused   = "login.refused"    // Detail: door, issuer, level, check (id of the failed check), case
	StepUp         = "login.stepped_up" // Detail: method, session (public handle), service
	AccessOpened   = "access.opened"    // everybody is freed from SPID and CIE for a time; Detail: until, why, user
	AccessClosed   = "access.closed"    // Detail: openings, user
	AccessRefused  = "access.refused"   // a rule of access stands against a service; Detail: service, rule, outcome, door, level
	SessionEnded   = "session.ended"    // Detail: session, how (self, other device, helpdesk, expired, replaced, provider, service, password, frozen, proved)

	// Accounts and linked identities.
	AccountCreated  = "account.created" // Detail: door, issuer
	AccountChanged  = "account.changed" // Detail: fields (names only), source
	AccountFrozen   = "account.frozen"  // Detail: why
	IdentityLinked  = "identity.linked" // Detail: door, issuer
	IdentityRemoved = "identity.removed"
	AccountClosed   = "account.closed"          // by its holder
	AccountErased   = "account.erased"          // Detail: rows
	AccountDisputed = "account.disputed"        // "non sono stato io"; Detail: event (reference of the line), sessions (ended)
	AccountMerged   = "account.merged"          // Detail: from or into (account), request
	AccountUnmerged = "account.unmerged"        // Detail: from or into (account), request
	MailboxChanged  = "account.mailbox_changed" // Detail: request
	MailboxKept     = "account.mailbox_kept"    // a change was stopped; Detail: request
	CodesImported   = "codes.imported"          // Detail: file (SHA-256), and how many lines had which outcome
	DataRead        = "data.read"               // Detail: what, purpose

	// The help desk. Detail: deed, request, ticket; the reason stands in the request.
	DeskDone     = "desk.done"
	DeskAsked    = "desk.asked"
	DeskRefused  = "desk.refused"
	CallerProved = "desk.caller_proved" // Detail: ticket
	CallerFailed = "desk.caller_failed" // Detail: ticket
	TaskTaken    = "desk.task_taken"    // Detail: kind, to (Codice Persona of the clerk who gets it), ticket
	TicketOpened = "desk.ticket_opened" // Detail: ticket

	// Declarations that neither SPID nor CIE can be used. Detail never holds the reason.
	DeclarationMade         = "declaration.made"          // Detail: by, until, service
	DeclarationEnded        = "declaration.ended"         // after a review; Detail: by, why
	DeclarationWordsDeleted = "declaration.words_deleted" // Detail: rows

	// Registers of the institution, and parents of minors.
	RegisterImported   = "register.imported"   // Detail: import, file (SHA-256), lines, complete, state (began, done), changed, left, ended, why, user
	RegisterTold       = "register.told"       // a register says something new about a person; Detail: fields (names only), import
	ParentalAuthorised = "parental.authorised" // Detail: by (role), document (kind), until
	ParentalWithdrawn  = "parental.withdrawn"

	// SPID and SAML messages. Reference ties them to the ledger of messages.
	RequestSent      = "saml.request_sent"      // Detail: to, id, level
	RequestReceived  = "saml.request_received"  // Detail: from, id, level
	RequestRefused   = "saml.request_refused"   // Detail: from, anomaly
	ResponseAccepted = "saml.response_accepted" // Detail: issuer, id, level
	ResponseRefused  = "saml.response_refused"  // Detail: issuer, check, case
	ResponseSent     = "saml.response_sent"     // Detail: to, id, level, anomaly

	// OpenID Connect.
	CodeIssued    = "oidc.code_issued"    // Detail: client, scope
	CodeRedeemed  = "oidc.code_redeemed"  // Detail: client
	CodeRefused   = "oidc.code_refused"   // Detail: client
	LogoutStarted = "oidc.logout_started" // Detail: client
	ConsentGiven  = "consent.given"       // Detail: service, attributes (names only)
	ConsentDenied = "consent.denied"      // Detail: service

	// Credentials.
	PasswordChecked = "credential.password_checked" // Detail: door, session
	PasswordChanged = "credential.password_changed" // Detail: by (password, mail, a door)
	StayBegan       = "credential.stay_began"       // Detail: stay (public handle)
	StayEnded       = "credential.stay_ended"       // Detail: stay or stays, how (self, other device, logout, or what ended the sessions)
	RecoveryAsked   = "credential.recovery_asked"   // Detail: what (link, request_link, code, frozen, unknown)
	RecoveryStep    = "credential.recovery_step"    // Detail: recovery, step (begun, waits, code, answer, failed, stopped, moved, withdrawn)
	CodeSent        = "credential.code_sent"        // Detail: channel
	CodeChecked     = "credential.code_checked"     // Detail: method (sms, totp, passkey, recovery, app, cns)

	// Second factors of an account. Subject: the account.
	FactorAdded   = "factor.added"   // Detail: kind, factor (id)
	FactorRemoved = "factor.removed" // Detail: kind, factor (id)
	RecoveryMade  = "factor.recovery_codes_made"
	// Suspensions and resets of all factors. Detail: proof, until
	FactorsSuspended = "factor.suspended"
	FactorsResumed   = "factor.resumed"
	ResetAsked       = "factor.reset_asked"
	ResetStopped     = "factor.reset_stopped"
	ResetDone        = "factor.reset_done"

	// Requests for an identity. Subject: the applicant, later the holder.
	RequestOpened = "enrolment.opened" // Detail: request (number), method
	RequestStep   = "enrolment.step"   // Detail: request (number), act, from, to
	RequestMailed = "enrolment.mailed" // the link to the mailbox once more
	// RequestSignature is a signed contract that was refused. Detail: request (number)
	RequestSignature = "enrolment.signature"
	// RequestCard is a card that was presented, or refused. Detail: request (number)
	RequestCard = "enrolment.card"
	// RequestChip is a document or a film that was not accepted, or a task for a film that was
	// drawn. Detail: request (number), fields, task
	RequestChip = "enrolment.chip"
	// RequestHandoff is a telephone that is let add pictures, or is not. Detail: request (number), step
	RequestHandoff = "enrolment.handoff"
	// RequestToken is the token of a public office that was used, or was not taken, or its code.
	// Detail: request (number), issuer, token
	RequestToken = "enrolment.token"
	// TokenSealed is a token that was sealed at a desk. Detail: token, identification, point, issuer
	TokenSealed = "enrolment.token_sealed"
	VideoStep   = "enrolment.video_step" // Detail: request (number), session, step

	// Operators of the provider. Subject: the operator; of requests, the applicant.
	IdentityChanged    = "spid_identity.changed"  // Detail: act, cause, from, to, as (role), second (operator), fields (names only)
	IdentityWarned     = "spid_identity.warned"   // of an end; Detail: kind, days, end
	IdentityTask       = "spid_identity.task"     // something that waits for operators; Detail: kind, outcome
	OperatorInvited    = "operator.invited"       // to make a key; Detail: user, uid
	OperatorKeyAdded   = "operator.key_added"     // Detail: key (id)
	OperatorKeyRemoved = "operator.key_removed"   // Detail: key (id)
	RequestTaken       = "operator.request_taken" // Detail: request (number), to (operator, "" for given back)
	SecondLook         = "operator.second_look"   // Detail: request (number), outcome
	OperatorRevoked    = "operator.revoked"       // keys, invitations and sessions ended; Detail: keys, why, user, uid

	// Learning.
	CourseEnrolled   = "course.enrolled"   // Detail: course
	CourseUnenrolled = "course.unenrolled" // Detail: course

	// The ledger of federated logins. Detail never holds a personal identifier.
	LedgerRead   = "ledger.read"   // Detail: what (trace, search, export), by (kind of query, its value when technical), purpose, user, uid
	LedgerPurged = "ledger.purged" // Detail: table, rows or keys, until

	// Evidence of requests for an identity. Subject: the request. Detail never holds what it shows.
	EvidenceKept      = "evidence.kept"      // Detail: item, kind, media, size, digest; of a recording: recording, segments, chain
	EvidenceRead      = "evidence.read"      // Detail: item or recording, kind, purpose; from the archive: second, ground, case; at a command: user
	EvidenceRecovered = "evidence.recovered" // after a crash; Detail: item, recording, segment, digest
	EvidenceArchived  = "evidence.archived"  // the role's keys were destroyed; Detail: archive (id of its public keys)
	EvidenceRetained  = "evidence.retained"  // Detail: until and rule, or case (held, "" for no more)
	EvidenceDestroyed = "evidence.destroyed" // Detail: item or recording, kind, segments, rule

	// StatisticsWritten tells who wrote files for AgID. Detail: period, user.
	StatisticsWritten = "statistics.written"

	// RetentionPurged tells what went because its time was over. Detail: table, rows, until; at the
	// provider rule, clause, until, and rows by table. // G5.5, I14
	RetentionPurged = "retention.purged"

	// Operation.
	KeysRotated   = "keys.rotated"            // Detail: key
	KeysChanged   = "keys.changed"            // Detail: purpose, pair, change (next, promote, retire, forget, import, encrypt, decrypt), forced, why
	ProviderNoted = "provider.noted"          // Detail: world, kind (outage, validator), provider, on
	CopyForgotten = "provider.copy_forgotten" // Detail: world, source
	ClockAccepted = "audit.clock_accepted"    // Detail: signed (the time before), reason, user, uid
	ClockMoved    = "demo.clock_moved"
	RequestFailed = "request.refused" // any refused HTTP request; Detail: method, route, status
)
