// Package retention is how long requests for an identity, and what proves them, are kept:
// each end has one rule with its clause, and a job that destroys what has served its time
// and says so. // I14, L05, ADR 0043
//
// The rules are pure. Evidence is the vault's (idp/evidence), which destroys it by the date
// it is told; rows are the Store's (idp/idpdb). What somebody holds for a case stays whole:
// its rows too.
package retention

import (
	"time"

	"atrio/idp/enrolment"
	"atrio/idp/evidence"
	"atrio/idp/identity"
)

// ID names a rule: in the audit log, in rows, and as the end of keys of texts.
type ID string

// The rules.
const (
	Identity   ID = "identity"   // an identity was made, and has ended
	Unfinished ID = "unfinished" // withdrawn, or nobody carried it on
	Rejected   ID = "rejected"
	Fraud      ID = "fraud" // rejected by those who look into fraud
)

// Rule is one line of the table.
type Rule struct {
	ID     ID
	Clause string
	// Years, Months and Days are how long rows are kept after the end.
	Years, Months, Days int
	// Evidence is how many days evidence and what was said are kept; 0: as long as the rows.
	Evidence int
}

// Rules are the table. Only the first time stands in a rule of law: for requests that led to
// no identity none was found, and the shortest that still answers a complaint is taken
// [assumption, reference 1.6]. Of fraud as little stays as recognises the next attempt: MACs,
// states and dates.
func (c Config) Rules() []Rule {
	c = c.WithDefaults()
	return []Rule{
		{ID: Identity, Clause: "DPCM 24/10/2014 art. 7 c. 8", Years: evidence.RetentionYears}, // DPCM 24/10/2014 art. 7 c. 8; REG 13
		{ID: Unfinished, Clause: "GDPR art. 5", Days: c.UnfinishedDays},                       // GDPR art. 5
		{ID: Rejected, Clause: "GDPR art. 5", Months: c.RejectedMonths},
		{ID: Fraud, Clause: "GDPR art. 5", Months: c.FraudMonths, Evidence: c.UnfinishedDays},
	}
}

// rule finds a line.
func (c Config) rule(id ID) Rule {
	for _, r := range c.Rules() {
		if r.ID == id {
			return r
		}
	}
	return Rule{}
}

// Ended is a request, or an identity, of which nothing more comes.
type Ended struct {
	Request string
	State   enrolment.State
	// Changed is when the request reached its state.
	Changed time.Time
	// Fraud tells that those who look into fraud rejected it.
	Fraud bool
	// Identity is what was made of it; nil when nothing was. Marked tells that it had ended
	// before: if it lives again, its coming expiry is the end.
	Identity *identity.Identity
	Marked   bool
}

// End is what follows from the rules for a request.
type End struct {
	Rule ID
	// At is when it ended; Evidence and Rows are when these go.
	At, Evidence, Rows time.Time
}

// End applies the rules; ok is false while the request, or its identity, has not ended.
func (c Config) End(e Ended, now time.Time) (end End, ok bool) {
	end.At = e.Changed
	switch e.State {
	case enrolment.Withdrawn, enrolment.Expired:
		end.Rule = Unfinished
	case enrolment.Rejected:
		if end.Rule = Rejected; e.Fraud {
			end.Rule = Fraud
		}
	case enrolment.Activated:
		end.Rule = Identity
		if end.At, ok = over(e.Identity, e.Marked, now); !ok {
			return End{}, false
		}
	default:
		return End{}, false
	}
	r := c.rule(end.Rule)
	end.Rows = end.At.AddDate(r.Years, r.Months, r.Days)
	if end.Evidence = end.Rows; r.Evidence > 0 {
		end.Evidence = end.At.AddDate(0, 0, r.Evidence)
	}
	return end, true
}

// over tells when an identity ended: with its revocation, else with its expiry.
func over(i *identity.Identity, marked bool, now time.Time) (time.Time, bool) {
	switch {
	case i == nil:
		return time.Time{}, false
	case i.State == identity.Revoked:
		return i.StateAt, true
	case !i.ExpiresAt.IsZero() && (marked || !now.Before(i.ExpiresAt)):
		return i.ExpiresAt, true
	}
	return time.Time{}, false
}
