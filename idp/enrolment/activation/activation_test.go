package activation_test

import (
	"context"
	"testing"
	"time"

	"atrio/base/fault"
	"atrio/idp/enrolment"
	"atrio/idp/enrolment/activation"
	"atrio/idp/identity"
	"atrio/web/webtest"
)

// taken says of the first codes that somebody has them.
type taken int

func (n *taken) Exists(context.Context, string, identity.SPIDCode) (bool, error) {
	*n--
	return *n >= 0, nil
}

var now = time.Date(2026, time.August, 31, 9, 30, 0, 0, time.UTC)

func TestASPIDCodeThatIsTakenIsDrawnAgainAndNotForEver(t *testing.T) {
	r := enrolment.Request{Holder: "h", Data: enrolment.Data{Email: "Amira@Example.org", Phone: "+393330000009", PhoneAt: now}}
	r.Data.Person.Residence = identity.Domicile{Municipality: "Wien", Nation: "AT"}
	some, all := taken(3), taken(1000)
	i, err := (&activation.Activation{Codes: &some, Provider: "TEST"}).Identity(t.Context(), r, now)
	if err != nil || i.ID != "h" || i.UserID != "amira@example.org" || i.Factors.Level() != 2 || i.State != identity.Active {
		t.Errorf("%+v, %v", i, err)
	}
	if i.Holder.Domicile.Nation != "Austria" {
		t.Errorf("lives in %q", i.Holder.Domicile.Nation)
	}
	if want := time.Date(2028, time.August, 31, 9, 30, 0, 0, time.UTC); !i.ExpiresAt.Equal(want) {
		t.Errorf("it lasts until %s, want %s", i.ExpiresAt, want)
	}
	if _, err := (&activation.Activation{Codes: &all, Provider: "TEST"}).Identity(t.Context(), r, now); !fault.Is(err, fault.Internal) {
		t.Errorf("a code that is always taken: %v", err)
	}
}

func TestATelephoneThatWasNotConfirmedIsNoFactor(t *testing.T) {
	none := taken(0)
	r := enrolment.Request{Holder: "h", Data: enrolment.Data{Email: "a@example.org", Phone: "+393330000009"}}
	i, err := (&activation.Activation{Codes: &none, Provider: "TEST", Months: 6}).Identity(t.Context(), r, now)
	if err != nil || i.Factors.SMS || !i.ExpiresAt.Equal(now.AddDate(0, 6, 0)) {
		t.Errorf("%+v, %v", i, err)
	}
}

func TestTheWordsAreThereInBothLanguages(t *testing.T) {
	webtest.Pages(t, activation.Pages(), nil)
}
