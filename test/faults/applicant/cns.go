package applicant

import (
	"crypto/tls"
	"os"
	"os/exec"
	"path/filepath"

	"atrio/app/demo/cardoffice"
	"atrio/idp/enrolment"
	"atrio/idp/enrolment/way"
	"atrio/test/faults/rig"
)

// ByCNS proves with a card of the desk's office whose it is.
func ByCNS() Way {
	return Way{Method: enrolment.CNS, Steps: append(byCode(), "card"), pages: places{
		way.CNS: func(a *Applicant) (string, rig.Request) {
			if a.card != a.Demo.Restarts+1 { // the office's keys are made anew at each start
				a.browser.Insert(a.newCard())
				a.card = a.Demo.Restarts + 1
			}
			return "card", rig.Send(a.page.Form("form[action="+way.CNS+"]"), a.page)
		},
	}}
}

// newCard gets a card from the desk.
func (a *Applicant) newCard() tls.Certificate {
	a.t.Helper()
	c := a.browser.Client
	form := c.Get(a.Demo.Desk() + cardoffice.Path)
	f := form.FormWith("fiscal_code").Fill("fiscal_code", a.FiscalCode, "kind", "good")
	file, err := c.Do(f.Method, f.Action, f.Values, form)
	if err != nil || file.Doc != nil {
		a.t.Fatalf("the desk gives no card: %v\n%s", err, file.Text("main"))
	}
	path := filepath.Join(a.t.TempDir(), "card.p12")
	if err := os.WriteFile(path, []byte(file.Body), 0o600); err != nil {
		a.t.Fatal(err)
	}
	text, err := exec.Command("openssl", "pkcs12", "-in", path, "-passin", "pass:"+cardoffice.Password, "-nodes").Output()
	if err != nil {
		a.t.Fatal(err)
	}
	card, err := tls.X509KeyPair(text, text)
	if err != nil {
		a.t.Fatal(err)
	}
	return card
}
