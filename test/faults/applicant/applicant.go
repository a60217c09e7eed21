// Package applicant is a person who requests an identity at the provider of a demonstration
// that may die at any moment: from the start page over mailbox, telephone, data, documents
// and contract to one of the ways of identification. They do what the page in front of them
// asks for, press what got no answer once more, and remember what the pages told them; a
// Case is what the provider has of it, read from outside with its keys.
package applicant

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"atrio/base/notify"
	"atrio/idp/enrolment"
	"atrio/idp/enrolment/way"
	"atrio/idp/proofing/rao/sealed"
	"atrio/test/faults/rig"
	"atrio/web/webtest"
)

// Applicant is one person in front of one browser.
type Applicant struct {
	Demo *rig.Demo
	Person
	Way Way
	// Outside vouches for the applicant; Staff works at the provider.
	Outside *Outside
	Staff   Staff
	// Known is what the pages said.
	Known Known
	// Fault is what happens to the program meanwhile; optional.
	Fault *rig.Fault
	// AfterRestart is called when the program is back, before the person goes on; optional.
	AfterRestart func()
	// Steps are the names of the steps done so far.
	Steps []string

	t       testing.TB
	browser *rig.Browser
	page    *rig.Page
	used    map[string]bool // codes
	lost    bool            // messages may have gone with the program
	anew    int             // how often they began anew
	card    int             // the start of the program that the card in the reader is of, from 1
	token   string          // of the municipality
	halves  sealed.Halves   // that open it
}

// Known is what the program told the applicant: from then on it must be there.
type Known struct {
	Opened    bool // the account was made
	Mail      bool // the mailbox is confirmed
	Security  bool // question and telephone are kept
	Phone     bool // the number is confirmed
	Person    bool // the data are kept
	Documents bool // the documents are kept, with their pictures
	Frozen    bool // the contract is frozen
	Signed    bool // the contract is signed with a code
	Found     bool // a document was read, a token was taken, an appointment was made
	Proved    bool // the applicant was identified: operators decide

	// Number is that of the request, Contract the hash of the paper that was given out, and
	// Pictures are those of what pages showed.
	Number, Contract string
	Pictures         map[string]string
	// Codes is how often a code was asked for.
	Codes int
}

// New puts somebody who goes a way in front of a browser.
func New(t testing.TB, d *rig.Demo, w Way, o *Outside, s Staff) *Applicant {
	a := &Applicant{Demo: d, Person: Nina, Way: w, Outside: o, Staff: s, t: t, browser: rig.NewBrowser(t), used: map[string]bool{}}
	a.browser.Seen = a.note
	return a
}

// maxSteps is more than a request with a fault takes.
const maxSteps = 80

// Apply goes on until operators decide.
func (a *Applicant) Apply() {
	a.t.Helper()
	for range maxSteps {
		if a.Known.Proved && a.at(way.Request) {
			return
		}
		name, r := a.next()
		a.Steps = append(a.Steps, name)
		a.page = a.Fault.Walk(a.t, name, r, a.Demo, a.browser, a.back)
		a.look()
	}
	a.t.Fatalf("no end after the steps %v, at %s\n%s", a.Steps, a.page.URL, a.page.Text("main"))
}

// back waits until the program is gone and starts it again.
func (a *Applicant) back() {
	a.t.Helper()
	rig.Again(a.t, a.Demo)
	a.lost = true
	if a.AfterRestart != nil {
		a.AfterRestart()
	}
}

// Tomorrow is the same person with another browser.
func (a *Applicant) Tomorrow() *Applicant {
	next := New(a.t, a.Demo, a.Way, a.Outside, a.Staff)
	next.Person, next.used = a.Person, a.used
	next.Known = Known{Opened: true, Mail: true, Proved: a.Known.Proved}
	next.page = next.get(way.Login)
	return next
}

// get opens a page of the provider at once, without a step.
func (a *Applicant) get(path string) *rig.Page {
	a.t.Helper()
	p, _, err := a.browser.Go(rig.Get(a.Demo.IdP() + path))
	if err != nil {
		a.t.Fatal(err)
	}
	return p
}

// at tells whether the person is at a page of the provider that is none of an error.
func (a *Applicant) at(path string) bool {
	return a.page != nil && a.page.Status == http.StatusOK && a.path() == path
}

// path is that of the page at the provider, "" elsewhere.
func (a *Applicant) path() string {
	path, ours := strings.CutPrefix(a.page.URL.String(), a.Demo.IdP())
	if path, _, _ = strings.Cut(path, "?"); !ours {
		return ""
	}
	return path
}

// beginAnew goes back to where the person came from, a few times.
func (a *Applicant) beginAnew() (string, rig.Request) {
	a.t.Helper()
	const most = 4
	if a.anew++; a.anew > most {
		a.t.Fatalf("the person gives up after %v: %d at %s\n%s", a.Steps, a.page.Status, a.page.URL, a.page.Text("main"))
	}
	if a.Known.Mail {
		return "request", rig.Get(a.Demo.IdP() + way.Request)
	}
	if link := a.arrived(notify.Mail, a.Email, confirmLink); link != "" {
		return "link", rig.Get(link)
	}
	return "anew", rig.Get(a.Demo.IdP() + way.Start)
}

var (
	confirmLink = regexp.MustCompile(`http://\S*/enrol/confirm\?token=\S+`)
	sixDigits   = regexp.MustCompile(`\b\d{6}\b`)
)

// arrived waits for something that came by mail or SMS and was not used yet; "" when nothing
// will come: all was delivered, or went with the program.
func (a *Applicant) arrived(channel notify.Channel, to string, form *regexp.Regexp) string {
	a.t.Helper()
	if a.lost {
		a.lost = false
		a.Demo.Advance("2m") // what was on its way comes again when its lease ends
	}
	look := a.Demo.Look("idp")
	defer look.Close()
	var found string
	rig.Until(a.t, "a message", func() bool {
		waiting := look.Count("SELECT count(*) FROM outbox WHERE channel = $1 AND done_at = 0", string(channel))
		found = ""
		for _, m := range a.Demo.Inbox() {
			if one := form.FindString(m.Text); m.Channel == channel && m.To == to && one != "" && !a.used[one] {
				found = one
				break
			}
		}
		return found != "" || waiting == 0
	})
	return found
}

// code is the newest code that came by SMS, or asks for another one a minute later.
func (a *Applicant) code(form, again string) (string, rig.Request) {
	a.t.Helper()
	p := a.page
	if p.Find("form[action="+form+"] input[name=code]") != nil {
		if code := a.arrived(notify.SMS, a.Phone, sixDigits); code != "" {
			a.used[code] = true
			return "code", rig.Send(p.Form("form[action="+form+"]"), p, "code", code)
		}
	}
	if a.Known.Codes > 0 {
		a.Demo.Advance("61s")
	}
	a.Known.Codes++
	return "send", rig.Send(p.Form("form[action="+again+"]"), p)
}

// look notes what can be opened from the page: pictures and the paper of the contract stay
// what they were, whatever happens later.
func (a *Applicant) look() {
	a.t.Helper()
	if a.Known.Documents && a.Known.Pictures == nil && a.at(way.Contract) {
		a.Known.Pictures = map[string]string{}
		for _, what := range enrolment.Pictures() {
			a.Known.Pictures[string(what)] = a.digest("/enrol/picture/" + string(what))
		}
	}
	if !a.at(way.Request) {
		return
	}
	// Where nothing is asked of the applicant any more, operators decide.
	a.Known.Proved = a.Known.Proved || a.page.Find("main .atrio-buttons .btn-primary") == nil
	if number := requestNumber.FindString(a.page.Text("h1")); a.Known.Number == "" {
		a.Known.Number = number
	} else if a.Known.Number != number {
		a.t.Errorf("the request %s has become %s", a.Known.Number, number)
	}
	if a.page.Find("a[href=/enrol/contract.pdf]") != nil && a.Known.Contract == "" {
		a.Known.Contract = a.digest("/enrol/contract.pdf")
	}
}

var requestNumber = regexp.MustCompile(`[0-9A-Z]{4}-[0-9A-Z]{4}`)

// digest is the hash of what an address gives.
func (a *Applicant) digest(path string) string {
	a.t.Helper()
	p := a.get(path)
	if p.Status != http.StatusOK || p.Doc != nil {
		a.t.Fatalf("%s answers %d\n%s", path, p.Status, p.Text("main"))
	}
	sum := sha256.Sum256([]byte(p.Body))
	return hex.EncodeToString(sum[:])
}

// note reads what an answer acknowledges.
func (a *Applicant) note(r rig.Request, p *rig.Page) {
	a.t.Helper()
	if p.Status >= http.StatusInternalServerError {
		a.t.Errorf("%s %s answered %d\n%s", r.Method, p.URL, p.Status, p.Text("main"))
	}
	if r.Method != http.MethodPost && p.URL.Path != "/enrol/cns/done" || p.Status != http.StatusSeeOther {
		return
	}
	to, _, _ := strings.Cut(p.Header.Get("Location"), "?")
	a.Known.take(p.URL.Path, to)
}

// take notes what it means that a form led on to an address.
func (k *Known) take(path, to string) {
	onward := to != path && to != way.Login
	switch path {
	case "/enrol/account":
		k.Opened = k.Opened || to == "/enrol/account/created"
	case "/enrol/confirm":
		k.Mail = k.Mail || to == "/enrol/confirmed"
	case way.Security:
		k.Security = k.Security || to == way.Phone
	case way.Phone:
		k.Phone = k.Phone || to == "/enrol/phone/confirmed"
	case way.Person:
		k.Person = k.Person || onward
	case way.Documents:
		k.Documents = k.Documents || to == way.Contract
	case way.Contract:
		k.Frozen = k.Frozen || to == way.Request
	case way.Sign:
		k.Signed = k.Signed || onward
	case way.RAO:
		k.Found = true
	case "/enrol/point/book":
		k.Found = k.Found || to == "/enrol/point/slip"
	case way.Signature, "/enrol/cns/done", "/enrol/chip/face", "/enrol/rao/code":
		k.Proved = k.Proved || to == way.Request
	}
}

// Untold lists what no page said, of what one says of each.
func (k *Known) Untold(w Way) (list []string) {
	for what, said := range map[string]bool{
		"opened": k.Opened, "mail": k.Mail, "security": k.Security, "phone": k.Phone, "person": k.Person, "documents": k.Documents, "frozen": k.Frozen,
		"signed": k.Signed || !way.SignsByCode(w.Method), "proved": k.Proved, "number": k.Number != "", "contract": k.Contract != "", "pictures": len(k.Pictures) > 0,
	} {
		if !said {
			list = append(list, what)
		}
	}
	return list
}

// linked is where a page leads to a path of its site, "" when it does not.
func linked(p *rig.Page, path string) string {
	for _, n := range p.FindAll("main a[href]") {
		if u, err := p.URL.Parse(webtest.Attr(n, "href")); err == nil && u.Path == path {
			return u.String()
		}
	}
	return ""
}
