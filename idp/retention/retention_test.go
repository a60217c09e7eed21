package retention_test

import (
	"testing"
	"time"

	"atrio/idp/enrolment"
	"atrio/idp/identity"
	"atrio/idp/retention"
)

var present = time.Date(2026, time.March, 10, 9, 30, 0, 0, time.UTC)

func TestEveryEndHasItsRule(t *testing.T) {
	expires := present.AddDate(2, 0, 0)
	holder := func(state identity.State) *identity.Identity {
		return &identity.Identity{State: state, StateAt: present, ExpiresAt: expires}
	}
	at := func(y, m, d int) time.Time { return present.AddDate(y, m, d) }
	c := retention.Config{RejectedMonths: 6}
	for name, one := range map[string]struct {
		ended retention.Ended
		now   time.Time
		want  retention.End
		ok    bool
	}{
		"withdrawn":           {retention.Ended{State: enrolment.Withdrawn, Changed: present}, present, retention.End{Rule: retention.Unfinished, At: present, Evidence: at(0, 0, 30), Rows: at(0, 0, 30)}, true},
		"lapsed":              {retention.Ended{State: enrolment.Expired, Changed: present}, present, retention.End{Rule: retention.Unfinished, At: present, Evidence: at(0, 0, 30), Rows: at(0, 0, 30)}, true},
		"rejected":            {retention.Ended{State: enrolment.Rejected, Changed: present}, present, retention.End{Rule: retention.Rejected, At: present, Evidence: at(0, 6, 0), Rows: at(0, 6, 0)}, true},
		"rejected as fraud":   {retention.Ended{State: enrolment.Rejected, Changed: present, Fraud: true}, present, retention.End{Rule: retention.Fraud, At: present, Evidence: at(0, 0, 30), Rows: at(0, 12, 0)}, true},
		"revoked":             {retention.Ended{State: enrolment.Activated, Changed: at(-1, 0, 0), Identity: holder(identity.Revoked)}, present, retention.End{Rule: retention.Identity, At: present, Evidence: at(20, 0, 0), Rows: at(20, 0, 0)}, true},
		"expired":             {retention.Ended{State: enrolment.Activated, Identity: holder(identity.Active)}, expires, retention.End{Rule: retention.Identity, At: expires, Evidence: at(22, 0, 0), Rows: at(22, 0, 0)}, true},
		"suspended, expired":  {retention.Ended{State: enrolment.Activated, Identity: holder(identity.Suspended)}, expires, retention.End{Rule: retention.Identity, At: expires, Evidence: at(22, 0, 0), Rows: at(22, 0, 0)}, true},
		"suspended":           {retention.Ended{State: enrolment.Activated, Identity: holder(identity.Suspended)}, present, retention.End{}, false},
		"not yet expired":     {retention.Ended{State: enrolment.Activated, Identity: holder(identity.Active)}, expires.Add(-time.Microsecond), retention.End{}, false},
		"renewed after it":    {retention.Ended{State: enrolment.Activated, Identity: holder(identity.Active), Marked: true}, present, retention.End{Rule: retention.Identity, At: expires, Evidence: at(22, 0, 0), Rows: at(22, 0, 0)}, true},
		"an identity too few": {retention.Ended{State: enrolment.Activated}, present, retention.End{}, false},
		"under way":           {retention.Ended{State: enrolment.OperatorCheck, Changed: present}, present.AddDate(9, 0, 0), retention.End{}, false},
	} {
		if got, ok := c.End(one.ended, one.now); got != one.want || ok != one.ok {
			t.Errorf("%s: %+v, %v\nwant %+v, %v", name, got, ok, one.want, one.ok)
		}
	}
	for _, r := range c.Rules() {
		if r.Clause == "" {
			t.Errorf("%s names no clause", r.ID)
		}
	}
}

func TestTimesThatWouldHideOrLoseEvidenceAreRefused(t *testing.T) {
	if faults := (retention.Config{}).Validate(); len(faults) != 0 {
		t.Errorf("the defaults: %v", faults)
	}
	for _, c := range []retention.Config{{ArchiveDays: 13}, {ArchiveDays: 366}, {UnfinishedDays: 13}, {UnfinishedDays: -1}, {RejectedMonths: 121}, {FraudMonths: -3}} {
		if faults := c.Validate(); len(faults) != 1 {
			t.Errorf("%+v: %v", c, faults)
		}
	}
}
