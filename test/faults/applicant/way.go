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

	pages places
}

// places say what the person does at the page of an address: a step with its name.
type places map[string]func(a *Applicant) (string, rig.Request)

// Fault draws the n-th fault of this way. Odd ones strike between two steps, even ones while
// a request that writes is under way, or just answered with nobody to hear it. The first is at the identification,
// the second in what this way alone has, the third in what all have; then anywhere.
func (w Way) Fault(n int, r *rand.Rand) *rig.Fault {
	common := len(toContract())
	among := w.Steps
	switch n {
	case 0:
		among = w.Steps[len(w.Steps)-1:]
	case 1, 3:
		among = w.Steps[common-1:]
	case 2:
		among = w.Steps[:common]
	}
	if n%2 == 1 {
		return &rig.Fault{Step: among[r.IntN(len(among))], Request: -1}
	}
	among = writes(among)
	f := &rig.Fault{Step: among[r.IntN(len(among))]}
	if many := requests[f.Step]; many > 0 {
		f.Request = r.IntN(many)
	}
	if f.Step != "reading" && r.IntN(2) == 0 {
		f.Lost = true
		return f
	}
	// Mostly short; some steps hash, decode or ask others.
	longest := 40 * time.Millisecond
	if slow[f.Step] {
		longest = 400 * time.Millisecond
	}
	f.Delay = time.Duration(r.Int64N(1 + r.Int64N(int64(longest))))
	return f
}

// writes are the steps, of those given, whose requests change the database.
func writes(steps []string) []string {
	return slices.DeleteFunc(slices.Clone(steps), func(s string) bool {
		return slices.Contains([]string{"start", "area", "needs", "method", "link", "login page", "onward", "on", "read", "face", "choose a point"}, s)
	})
}

// requests are how many of a step write, where these are several; slow are steps that take
// their time.
var (
	requests = map[string]int{"card": 3, "reading": 90}
	slow     = map[string]bool{"account": true, "security": true, "documents": true, "contract": true, "signature": true, "card": true, "film": true, "reading": true, "token": true, "halves": true, "book": true, "call the next": true}
)

// toContract are the steps of all ways, byCode those of the ways that sign with a code.
func toContract() []string {
	return []string{"start", "area", "needs", "method", "account", "link", "confirm", "login page", "login", "security", "telephone code", "onward", "person", "documents", "contract", "on"}
}

func byCode() []string { return append(toContract(), "contract send", "contract code") }

// BySignature signs the contract with a digital signature, at the desk's test authority.
func BySignature() Way {
	return Way{Method: enrolment.Signature, Steps: append(toContract(), "signature"), pages: places{
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
