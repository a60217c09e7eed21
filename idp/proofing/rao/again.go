package rao

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"atrio/idp/enrolment"
	"atrio/idp/enrolment/sign"
	"atrio/idp/evidence"
	"atrio/idp/proofing/rao/sealed"
)

// Again compares the token that identified an applicant with what they corrected and signed
// since, for the step that sends the request again: it was accepted and stays so, with the
// doubts of now. Where it is about somebody else than the request now, it does not, and
// another one is brought. // I14, A26
func (t *Tokens) Again(ctx context.Context, request enrolment.Request) (c enrolment.Change, err error) {
	inside, err := t.inside(ctx, request)
	if err != nil {
		return c, err
	}
	p := request.Data.Person
	if inside.Attributes.Mandatory.FiscalCode != sealed.FiscalPrefix+p.FiscalCode || !about(inside, p) {
		c.Edit = func(q *enrolment.Request) { q.Data.Verdict = nil }
		return c, nil
	}
	signature, err := sign.Keep(ctx, t.Keeper, request)
	if err != nil {
		return c, err
	}
	verdict := *request.Data.Verdict
	verdict.Evidence, verdict.Doubts, verdict.Stale = append(slices.Clone(verdict.Evidence), signature), doubts(inside, request.Data), false
	c.Evidence, c.Edit = []string{signature}, func(q *enrolment.Request) { q.Data.Verdict = &verdict }
	return c, nil
}

// inside is what was inside the token that identified the applicant.
func (t *Tokens) inside(ctx context.Context, request enrolment.Request) (sealed.Data, error) {
	for _, id := range slices.Backward(request.Data.Verdict.Evidence) {
		item, err := t.Keeper.Open(ctx, id, evidence.Access{By: author, Purpose: "rao " + string(request.Number)})
		if err != nil {
			return sealed.Data{}, err
		}
		if item.Kind == evidence.TokenVerdict {
			var kept record
			err := json.Unmarshal(item.Content, &kept)
			return kept.Inside, err
		}
	}
	return sealed.Data{}, fmt.Errorf("rao: request %s: its token left no record", request.Number)
}
