package applicant

import (
	"math/rand/v2"
	"slices"
	"time"

	"atrio/idp/enrolment"
	"atrio/idp/enrolment/way"
	"atrio/test/faults/rig"
)

// Way is a way of identification, as who goes it knows it.
type Way struct {
	Method  enrolment.Method
	Circuit string
	// Steps are those of the whole request, in order: where a fault may strike between two.
	Steps []string

	pages map[string]func(a *Applicant) (string, rig.Request)
}

// Fault draws the n-th fault of this way: odd ones strike between two steps, even ones while
// a request that writes is under way or just answered.
func (w Way) Fault(n int, r *rand.Rand) *rig.Fault {
	if n%2 == 1 {
		return &rig.Fault{Step: w.Steps[r.IntN(len(w.Steps))], Request: -1}
	}
	writes := w.Writes()
	f := &rig.Fault{Step: writes[r.IntN(len(writes))]}
	if many := requests[f.Step]; many > 0 {
		f.Request = r.IntN(many)
	}
	// Mostly short; some steps hash, decode or ask others.
	longest := 40 * time.Millisecond
	if slow[f.Step] {
		longest = 400 * time.Millisecond
	}
	f.Delay = time.Duration(r.Int64N(1 + r.Int64N(int64(longest))))
	return f
}

// requests are how many of a step write, where these are several; slow are steps that take
// their time.
var (
	requests = map[string]int{"card": 3}
	slow     = map[string]bool{"account": true, "security": true, "documents": true, "contract": true, "signature": true, "card": true, "film": true, "token": true, "halves": true}
)

var (
	toContract = []string{"start", "area", "needs", "method", "account", "link", "confirm", "login page", "login", "security", "telephone code", "onward", "person", "documents", "contract"}
	byCode     = slices.Concat(toContract, []string{"identify", "contract send", "contract code"})
)

// BySignature signs the contract with a digital signature, at the desk's test authority.
func BySignature() Way {
	return Way{Method: enrolment.Signature, Steps: slices.Concat(toContract, []string{"identify", "signature"}), pages: map[string]func(a *Applicant) (string, rig.Request){
		way.Signature: func(a *Applicant) (string, rig.Request) {
			signed := a.signedPaper()
			return "signature", rig.Send(a.page.Form("form[action="+way.Signature+"]"), a.page).With(map[string][]byte{"file": signed})
		},
	}}
}

// signedPaper downloads the contract and has the desk sign it in the applicant's name.
func (a *Applicant) signedPaper() []byte {
	a.t.Helper()
	paper := a.get("/enrol/contract.pdf")
	desk := a.Demo.Desk() + "/sign"
	form := a.browser.Client.Get(desk)
	f := form.FormWith("fiscal_code").Fill("fiscal_code", a.FiscalCode, "given_name", a.Given, "family_name", a.Family, "form", "cades")
	signed, err := a.browser.Client.DoUpload(f.Action, f.Values, map[string][]byte{"contract": []byte(paper.Body)}, form)
	if err != nil || signed.Doc != nil {
		a.t.Fatalf("the desk does not sign: %v\n%s", err, signed.Text("main"))
	}
	return []byte(signed.Body)
}
