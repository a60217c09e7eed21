package smpp

import (
	"errors"

	"github.com/linxGnu/gosmpp/data"

	"atrio/base/notify"
)

// The statuses that say that this message will never do; all others speak of us (wrong
// password, no credit) or of the moment (throttled, queue full). // SMPP-3.4 5.1.3
var forGood = map[data.CommandStatusType]bool{
	data.ESME_RINVMSGLEN:   true,
	data.ESME_RINVDSTADR:   true,
	data.ESME_RINVDSTTON:   true,
	data.ESME_RINVDSTNPI:   true,
	data.ESME_RINVESMCLASS: true,
}

// refusal is what a status means for the message; nil when the centre took it.
func refusal(status data.CommandStatusType) error {
	if status == data.ESME_ROK {
		return nil
	}
	return &notify.Failure{Stage: "centre", Code: int(status), Permanent: forGood[status]}
}

// errBroken is a link that ended before an answer came.
var errBroken = errors.New("smpp: the link is broken")

// refused is a bind that the centre did not want.
type refused data.CommandStatusType

// Error implements error.
func (refused) Error() string { return "smpp: the centre refused to bind" }

// failure is trouble on the way: always worth another try.
func failure(stage string, err error) error {
	var r refused
	if errors.As(err, &r) {
		return &notify.Failure{Stage: stage, Code: int(r)}
	}
	return &notify.Failure{Stage: stage}
}
