package notify

import (
	"errors"
	"fmt"
	"time"
)

// Failure is why a sender could not send, without personal data: servers like to
// repeat addresses in their answers, so their texts are not kept.
type Failure struct {
	Stage string // where it happened: "dial", "auth", "recipient", "gateway"
	Code  int    // the answer's code (SMTP, HTTP); 0 if there was none
	// Permanent: another try would fail in the same way.
	Permanent bool
}

// Error is fit for logs and for the outbox.
func (f *Failure) Error() string {
	kind := "temporary"
	if f.Permanent {
		kind = "permanent"
	}
	if f.Code == 0 {
		return fmt.Sprintf("%s failure at %s", kind, f.Stage)
	}
	return fmt.Sprintf("%s failure at %s, code %d", kind, f.Stage, f.Code)
}

// asFailure hides the text of errors that are not failures.
func asFailure(err error) *Failure {
	var f *Failure
	if errors.As(err, &f) {
		return f
	}
	return &Failure{Stage: "sender"}
}

// Backoff is the pause before the next try after the given number of failed ones
// (1 or more); zero: give up. Codes have Expires and end sooner. The pauses add
// up to about a day, as long as a mail server may be away for repair.
func Backoff(failed int) time.Duration {
	pauses := [...]time.Duration{5 * time.Second, 20 * time.Second, time.Minute, 5 * time.Minute, 15 * time.Minute,
		time.Hour, 3 * time.Hour, 6 * time.Hour, 12 * time.Hour}
	if failed < 1 || failed > len(pauses) {
		return 0
	}
	return pauses[failed-1]
}
