package enrolment

import (
	"net/http"
	"slices"

	kinds "atrio/authn/secondfactor"
	"atrio/base/fault"
	"atrio/gateway/account"
	"atrio/gateway/secondfactor"
	"atrio/people/person"
	"atrio/web"
)

// federatedView is the view of "enrolment/federated".
type federatedView struct {
	// On is set when it is active, Here when this session came in by such an identity,
	// Second when there is another road in.
	On, Here, Second bool
}

// digital are the doors that this factor is about.
var digital = []person.Door{person.DoorSPID, person.DoorCIE, person.DoorEIDAS}

// federated explains "2FA SPID/CIE/eIDAS": what goes on working and what does not. // G4.2
func (e *Enrolment) federated(w http.ResponseWriter, r *http.Request, v visit) error {
	second, err := e.secondRoad(r, v)
	if err != nil {
		return err
	}
	return e.Site.Page(w, r, http.StatusOK, "enrolment/federated", federatedView{On: v.federated(), Here: v.digital(), Second: second})
}

// federated tells whether the account has chosen it.
func (v visit) federated() bool { return len(v.status.Of(kinds.Federated)) > 0 }

// digital tells whether the session came in by SPID, CIE or eIDAS.
func (v visit) digital() bool { return slices.Contains(digital, person.Door(v.session.Method)) }

// secondRoad tells whether a person who loses one identity can still come in: by another
// one, or by a factor of their own.
func (e *Enrolment) secondRoad(r *http.Request, v visit) (bool, error) {
	if slices.ContainsFunc(v.status.Factors, func(f factor) bool { return f.Kind.Asks() }) {
		return true, nil
	}
	list, err := e.Accounts.Identities(r.Context(), v.session.Subject)
	if err != nil {
		return false, err
	}
	list = slices.DeleteFunc(list, func(i account.Identity) bool { return !slices.Contains(digital, i.Door) })
	return slices.ContainsFunc(list, func(i account.Identity) bool { return i.Door != list[0].Door || i.Issuer != list[0].Issuer }), nil
}

// takeFederated chooses it. The session has to be one of these doors, minutes old: who
// has only heard of an identity cannot lock the account to it.
func (e *Enrolment) takeFederated(w http.ResponseWriter, r *http.Request, v visit) error {
	if _, err := web.ReadForm(r); err != nil {
		return err
	}
	second, err := e.secondRoad(r, v)
	switch {
	case err != nil:
		return err
	case !v.digital():
		return e.Again(w, r, nameOf(federatedPath))
	case !second:
		return fault.New(fault.Conflict, "error.secondfactor.one_road").For("no_second_road").
			Offer("enrolment.app.activate", appPath).Offer("enrolment.action.list", Path)
	}
	err = e.Factors.AddFactor(r.Context(), secondfactor.Addition{
		// One for an account, however often it is sent.
		Factor: factor{ID: "federated-" + v.session.Subject, AccountID: v.session.Subject, Kind: kinds.Federated, CreatedAt: e.Now()},
		Event:  e.event(r, v), Tell: e.tell("added", kinds.Federated, ""),
	})
	if err != nil {
		return listOffered(err)
	}
	return e.done(w, r, v, "enrolment.notice.federated", secondfactor.Used{Kind: kinds.Federated}, "")
}
