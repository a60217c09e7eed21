package activation

import (
	"context"

	"atrio/base/audit"
	"atrio/base/fault"
	"atrio/base/notify"
	"atrio/idp/enrolment"
	"atrio/idp/identity"
	"atrio/idp/life"
)

// Identities finds identities.
type Identities interface {
	Identity(ctx context.Context, id string) (*identity.Identity, error)
}

// Regained is what the approval of a request does that gives an identity back.
type Regained struct {
	Step     life.Step
	Messages []notify.Message
	// Stop lets whoever is told stop the identity; nil when nobody else is.
	Stop *enrolment.StopLink
}

// errOther: the identity is somebody else's.
var errOther = fault.New(fault.Conflict, "screening.regains.bar").For("regains_other")

// Regain gives an identity back to its holder, who was identified anew: the telephone and the
// document are those of the request, everything else stays, the spidCode above all. The new
// password comes by a recovery, which asks for the new telephone and answer. // I12, A27, A29
func (a *Activation) Regain(ctx context.Context, r enrolment.Request, operator string, line audit.Event) (Regained, error) {
	who, err := a.Identities.Identity(ctx, r.Regains)
	if err != nil {
		return Regained{}, err
	}
	if string(who.Holder.FiscalCode) != r.Data.Person.FiscalCode || r.Data.PhoneAt.IsZero() || r.Data.Contract == nil {
		return Regained{}, errOther
	}
	fields := []string{"document"}
	if who.Holder.MobilePhone != r.Data.Phone {
		fields = append(fields, "phone")
	}
	c := identity.Change{
		Act: identity.Regain, By: identity.By{Role: identity.AsDesk, ID: operator}, Reason: string(r.Number), Evidence: []string{r.Data.Contract.Evidence}, Fields: fields,
		Edit: func(i *identity.Identity) {
			i.Holder.MobilePhone, i.Factors, i.Holder.Document = r.Data.Phone, identity.Factors{Password: i.Factors.Password, SMS: true}, r.Data.Document
		},
	}
	back := Regained{}
	if back.Step, err = a.Life.Prepare(who, c, line, life.Also{}); err != nil {
		return Regained{}, err
	}
	for i := range back.Step.Former {
		back.Step.Former[i].At = r.Opened // who was reached there was told then
	}
	back.Messages, back.Stop, err = a.older(ctx, r, back.Step.Event.At.Add(stops), "regained")
	return back, err
}
