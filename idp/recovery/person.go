package recovery

import (
	"context"
	"errors"
	"time"

	"atrio/base/fault"
	"atrio/idp/enrolment"
	"atrio/idp/identity"
	people "atrio/people/person"
)

// person is whose password it is. An applicant has no identity yet: what a recovery needs of
// one comes from the request, and the reference is that of the holder to be.
type person struct {
	*identity.Identity
	// Request is that of an applicant; without an ID for a holder.
	Request enrolment.Request
}

// applies tells an applicant from a holder.
func (p person) applies() bool { return p.Request.ID != "" }

// person finds whose a reference is; identity.ErrUnknown when it is nobody's. The same
// statements run for everybody. // A02
func (h *Handler) person(ctx context.Context, id string) (person, error) {
	who, err := h.Store.Identity(ctx, id)
	if err != nil && !errors.Is(err, identity.ErrUnknown) {
		return person{}, err
	}
	at, missing := h.Store.ApplicantPassword(ctx, id)
	if missing != nil && !errors.Is(missing, identity.ErrUnknown) {
		return person{}, missing
	}
	q, gone := h.Store.RequestOf(ctx, id)
	if gone != nil && !fault.Is(gone, fault.Gone) {
		return person{}, gone
	}
	switch {
	case err == nil:
		return person{Identity: who}, nil
	case missing == nil && gone == nil:
		return person{applicant(q, at), q}, nil
	}
	return person{}, identity.ErrUnknown
}

// applicant is what a request says, where the identity of a holder says it. A number counts
// once it is confirmed.
func applicant(q enrolment.Request, at time.Time) *identity.Identity {
	d := q.Data
	who := &identity.Identity{
		ID: q.Holder, UserID: identity.Login(d.Email), Language: d.Language, PasswordAt: at,
		Holder: identity.Holder{
			Email: d.Email, GivenName: d.Person.GivenName, FamilyName: d.Person.FamilyName, FiscalCode: people.FiscalCode(d.Person.FiscalCode), Document: d.Document,
		},
	}
	if !d.PhoneAt.IsZero() {
		who.Holder.MobilePhone, who.Factors.SMS = d.Phone, true
	}
	return who
}

// may tells whether the password can be recovered as things stand.
func may(who person) bool {
	return who.applies() || who.May(identity.Recover, "", identity.AsHolder)
}

// asks tells what is asked for beside the link. Of a holder it is everything; of an applicant
// what was confirmed so far, since nothing more is there to be protected. // E31, A27
func (p person) asks() (code, answer bool) {
	if !p.applies() {
		return true, true
	}
	return p.Factors.SMS, p.Request.Data.Answer != ""
}

// begin is a recovery that begins now for who stands so. What is not asked for counts as given:
// a number or an answer that comes meanwhile ends the recovery.
func (p person) begin(id string, aim Aim, now time.Time) Recovery {
	v := Recovery{ID: id, Identity: p.ID, Aim: aim, State: Open, Uses: 1, Begun: now, Ready: now, Until: now.Add(walkLife), PasswordAt: p.PasswordAt, Version: p.Version}
	if !p.applies() {
		return v
	}
	v.Applicant, v.Version = true, p.Request.Version
	code, answer := p.asks()
	if !code {
		v.CodeAt = now
	}
	if !answer {
		v.AnswerAt = now
	}
	return v
}

// place is the page's among those that are asked of this person.
func (p person) place(path string) Place {
	code, answer := p.asks()
	var list []string
	if code {
		list = append(list, codePath)
	}
	if answer {
		list = append(list, answerPath)
	}
	list = append(list, passwordPath)
	for n, one := range list {
		if one == path {
			return Place{n + 1, len(list)}
		}
	}
	return Place{}
}

// Place says how far a recovery is; Total is 1 where there is one page alone.
type Place struct{ Current, Total int }

// words is the end of a key: applicants are told of their request, holders of their identity.
func (p person) words(what string) string {
	if p.applies() {
		return "request_" + what
	}
	return what
}
