package apply

import (
	"context"
	"net/http"

	"atrio/authn/proofofwork"
	"atrio/base/fault"
	"atrio/web"
)

// ErrChallenge: a form that did not come from a page of ours, or comes again. // E15
var ErrChallenge = fault.New(fault.Invalid, "error.enrol.challenge").For("enrolment_challenge")

var errChallenge = ErrChallenge.Offer("enrol.action.account", accountPath)

// Human is what the check for persons found: a challenge that counts once, worked on by
// the browser or, where there are no scripts, not. Nobody has to solve a puzzle; who
// brings no work is served within a tighter limit.
type Human struct {
	proofofwork.Solved
	Worked bool
}

// CheckHuman reads the challenge of a form. One that is too old is an error of the form, so
// that the page comes back with a new one and nothing typed is lost.
func CheckHuman(work *proofofwork.Maker, f *web.Form) (Human, error) {
	token := f.Value("challenge")
	if token == "" {
		return Human{}, ErrChallenge
	}
	solved, err := work.Check(token, f.Value("work"))
	if err == nil {
		return Human{solved, true}, nil
	}
	given, err := work.Given(token)
	if err != nil {
		f.Fail("", "enrol.challenge.old")
	}
	return Human{given, false}, nil
}

func (h *Handler) human(f *web.Form) (Human, error) {
	who, err := CheckHuman(h.Work, f)
	if err != nil {
		err = errChallenge
	}
	return who, err
}

// admit counts a form that will send a mail: the challenge once, the network and the
// mailbox within their limits.
func (h *Handler) admit(ctx context.Context, r *http.Request, who Human, userID string) error {
	err := h.Store.UseWork(ctx, who.ID, who.Until)
	if fault.Is(err, fault.Conflict) {
		return errChallenge.For("enrolment_challenge_again").Because(err)
	}
	if err != nil {
		return err
	}
	return h.allowMail(ctx, r, userID, who.Worked)
}
