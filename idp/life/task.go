package life

import (
	"context"
	"time"

	"atrio/base/audit"
	"atrio/base/fault"
	"atrio/base/notify"
	"atrio/idp/identity"
)

// Kinds of tasks that wait for operators.
const (
	DocumentTask = "document" // a new document of a holder is to be checked
	AgreeTask    = "agree"    // a second operator has to agree
)

// Task waits for an operator.
type Task struct {
	ID, Identity, Kind, Author string
	Made                       time.Time
	Data                       TaskData
}

// TaskData is what a task is about; stored sealed.
type TaskData struct {
	Document *identity.Document `json:"document,omitempty"`
	Act      identity.Act       `json:"act,omitempty"`
	Cause    identity.Cause     `json:"cause,omitempty"`
	Reason   string             `json:"reason,omitempty"`
	Evidence []string           `json:"evidence,omitempty"`
	// Version is that of the identity when something was proposed: what was done since may
	// have made it something else. // A30
	Version int `json:"version,omitempty"`
}

// Tasks keeps tasks; idpdb implements it.
type Tasks interface {
	// PutTask stores a task in place of one of the same kind that waits for the identity.
	PutTask(ctx context.Context, t Task, messages []notify.Message, line audit.Event) error
	// Task gives one that waits; ErrNoTask.
	Task(ctx context.Context, id string) (Task, error)
	// WaitingTasks lists those that wait, those to agree to first, then the oldest; of one identity unless it is "".
	WaitingTasks(ctx context.Context, identity string, limit int) ([]Task, error)
	// RefuseTask closes one; ErrNoTask when somebody was faster.
	RefuseTask(ctx context.Context, id, by string, messages []notify.Message, line audit.Event) error
}

// ErrNoTask: somebody closed it, or it never was.
var ErrNoTask = fault.New(fault.Gone, "error.identity.no_task").For("identity_no_task")
