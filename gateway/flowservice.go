package gateway

import (
	"context"

	"atrio/base/fault"
	"atrio/gateway/access"
	"atrio/gateway/account"
	"atrio/gateway/selfcare"
	"atrio/people/person"
)

// agesOf is the range of ages of a service, empty for one without.
func (f *Flow) agesOf(service string) access.Ages {
	if s, ok := f.Services.ByClientID(service); ok {
		return s.Ages()
	}
	return access.Ages{}
}

// birthOf is the day of birth that somebody vouched for; "" when nobody did.
func (f *Flow) birthOf(ctx context.Context, accountID string) (string, error) {
	p, err := f.People(ctx, accountID)
	if err != nil {
		return "", err
	}
	for _, a := range p.Attributes {
		if a.Name == person.BirthDate && a.Source != account.Declared {
			return a.Value, nil
		}
	}
	return "", nil
}

// purposeOf is the kinds of SPID identity that a service takes, empty for one that
// does not say. // Avviso SPID 18
func (f *Flow) purposeOf(service string) string {
	if s, ok := f.Services.ByClientID(service); ok {
		return s.Purpose
	}
	return ""
}

// admits makes the page of a refusal by age: what the service needs, who can solve
// it, and that the account is open all the same. // G2.9
func (f *Flow) admits(ages access.Ages, birthDate string) error {
	key, reason := "", ""
	switch ages.Admits(birthDate, f.Site.Pages.Catalog().Local(f.Now())) {
	case access.AgeAdmitted:
		return nil
	case access.AgeTooYoung:
		key, reason = "error.age.too_young", "age_too_young"
	case access.AgeTooOld:
		key, reason = "error.age.too_old", "age_too_old"
	case access.AgeUnknown:
		key, reason = "error.age.unknown", "age_unknown"
	}
	return fault.New(fault.Denied, key).For(reason).With("min", ages.Min, "max", ages.Max).
		Offer("gateway.action.account", selfcare.AccountPath)
}
