package plant

import (
	"context"
	"strconv"
	"strings"
	"sync"
	"time"

	"atrio/app/operator"
	"atrio/base/audit"
	"atrio/federation/spid"
	"atrio/gateway/account"
	"atrio/gateway/gatewaydb"
)

// tallyWindow is how far the page of the operator looks back, in minutes.
const tallyWindow = 15

// tally counts how logins with each provider ended, on this node: since the start for
// the metrics, lately for the page of the operator.
type tally struct {
	now     func() time.Time
	metrics *metrics

	mu      sync.Mutex
	minutes map[string]*[tallyWindow]minute // by provider
}

// minute is what happened in one minute of the calendar.
type minute struct {
	at     int64 // minutes since 1970
	recent operator.Recent
}

func newTally(m *metrics, now func() time.Time) *tally {
	return &tally{now: now, metrics: m, minutes: map[string]*[tallyWindow]minute{}}
}

// note counts one login.
func (t *tally) note(provider, outcome string) {
	t.metrics.logins.WithLabelValues(provider, outcome).Inc()
	at := t.now().Unix() / 60
	t.mu.Lock()
	defer t.mu.Unlock()
	ring := t.minutes[provider]
	if ring == nil {
		ring = new([tallyWindow]minute)
		t.minutes[provider] = ring
	}
	m := &ring[at%tallyWindow]
	if m.at != at {
		*m = minute{at: at}
	}
	switch outcome {
	case "ok":
		m.recent.OK++
	case "user":
		m.recent.User++
	default:
		m.recent.Refused++
	}
}

// recent adds up the last minutes.
func (t *tally) recent(provider string, now time.Time) operator.Recent {
	var sum operator.Recent
	at := now.Unix() / 60
	t.mu.Lock()
	defer t.mu.Unlock()
	ring := t.minutes[provider]
	if ring == nil {
		return sum
	}
	for _, m := range ring {
		if m.at > at-tallyWindow && m.at <= at {
			sum.OK += m.recent.OK
			sum.Refused += m.recent.Refused
			sum.User += m.recent.User
		}
	}
	return sum
}

// refusal counts the refused answer of a provider. The provider's name in the line is
// that of one we know: it was chosen from our list.
func (t *tally) refusal(ev audit.Event) {
	if ev.Action != audit.ResponseRefused || ev.Detail["issuer"] == "" {
		return
	}
	if ev.Detail["signed"] == "false" {
		return // anybody may write such an answer: it says nothing about the provider
	}
	outcome := "refused"
	if _, number, found := strings.Cut(ev.Reason, ".nr"); found {
		code, err := strconv.Atoi(number)
		if row, known := spid.LookupAnomaly(code); err == nil && known && row.User {
			outcome = "user"
		}
	}
	t.note(ev.Detail["issuer"], outcome)
}

// counted is the gateway's store; who comes in is counted.
type counted struct {
	*gatewaydb.Store
	tally *tally
}

// Enter admits a known person, and counts also who enters for the first time: the
// provider did its part.
func (c counted) Enter(ctx context.Context, v account.Visit) (account.Account, bool, error) {
	a, known, err := c.Store.Enter(ctx, v)
	if err == nil {
		c.tally.note(v.Asserted.Issuer, "ok")
	}
	return a, known, err
}
