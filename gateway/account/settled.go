package account

import (
	"time"

	"atrio/base/audit"
	"atrio/base/notify"
)

// Settled is a registration whose every step is done: what becomes an account in one
// transaction. Nothing of it is proved but the address. // G3.5, G3.8
type Settled struct {
	// Draft is the stored draft that this uses up, Version what was reviewed of it.
	Draft   []byte
	Version int
	// Digits is the length of the Codice Persona.
	Digits                int
	GivenName, FamilyName string
	// Email is the confirmed address, Language that of mails.
	Email, Language string
	// Attributes are what the person declared, with source and date.
	Attributes []Attribute
	// Unit is that of the service to which they are going; "" for none.
	Unit string
	// Acknowledged are the documents that the person read or agreed to.
	Acknowledged []Acknowledged
	// Tasks are what the person, or the help desk, has to do by a date.
	Tasks []Task
	// Password is the PHC string of the password.
	Password string
	// Welcome makes the mail that tells the Codice Persona.
	Welcome func(Account) notify.Message
	Event   audit.Event
	Now     time.Time
}

// Acknowledged is a document in a version and a language.
type Acknowledged struct{ Document, Version, Language string }

// The documents.
const (
	DocumentPrivacy  = "privacy"
	DocumentTruthful = "truthful" // the person answers for what they typed
	DocumentNews     = "news"     // a consent of its own
)

// Task is something left to do about an account.
type Task struct {
	Kind TaskKind
	// Detail are names of fields or an id, for the help desk; never values.
	Detail string
	Due    time.Time
	// Done is when it was done; zero while it is not.
	Done time.Time
}

// TaskKind names what has to be done.
type TaskKind string

// The kinds of task.
const (
	// TaskFiscalCode: the person has to bring the codice fiscale. // G3.3
	TaskFiscalCode TaskKind = "fiscal_code"
	// TaskCheck: the codice fiscale does not fit the fields of Detail; the help desk
	// looks at it. // G3.3
	TaskCheck TaskKind = "check_fiscal_code"
	// TaskMerge: somebody else has proved the codice fiscale that this account declared;
	// the help desk finds out whose it is. Detail is the id of the other account. // G3.8
	TaskMerge TaskKind = "merge"
	// TaskConflict: an identity led to this account and to another one, or brought what
	// only another one has proved; it was turned away. Detail is the id of the other
	// account, "" when nobody has one. // G3.8
	TaskConflict TaskKind = "conflict"
	// TaskDisputed: the holder said "non sono stato io". Detail is the reference of the
	// line that they do not know. // G5.1
	TaskDisputed TaskKind = "disputed"
)

// remindEvery is the pause between two reminders of a task.
const remindEvery = 10 * 24 * time.Hour

// Reminder is when the person is reminded next: every ten days until the task is due,
// and on that day; zero when there is nothing to remind of. // G3.3
func (t Task) Reminder(after time.Time) time.Time {
	next := after.Add(remindEvery)
	switch {
	case t.Kind != TaskFiscalCode || !t.Done.IsZero() || !after.Before(t.Due):
		return time.Time{}
	case next.After(t.Due):
		return t.Due
	}
	return next
}
