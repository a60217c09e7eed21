package demo

import (
	"context"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"atrio/base/fault"
	"atrio/idp/enrolment"
	"atrio/idp/proofing/chip"
	"atrio/mrtd/messaging"
	"atrio/mrtd/mrtdtest"
	"atrio/mrtd/relay"
	"atrio/web"
	"atrio/web/ui"
)

// Paper is an electronic document of an invented person, as it is printed.
type Paper struct {
	ID             string
	Given, Family  string
	Sex            string
	Born           time.Time
	Town, Province string
	FiscalCode     string
	Number, Issuer string
	Issued, Until  time.Time
}

// CAN is printed on every document of the demonstration.
const CAN = "123456"

// Papers are the documents that the telephone of the demonstration can read.
func Papers() []Paper {
	issued, until := day(2023, 4, 12), day(2033, 5, 10)
	return []Paper{
		{"chiara", "Chiara", "Elettronica", "F", day(1988, 3, 14), "Bellagio", "CO", "LTTCHR88C54A744T", "CA00031AA", "Comune di Bellagio", issued, until},
		{"enzo", "Enzo", "Contatto", "M", day(1979, 9, 2), "Bellagio", "CO", "CNTNZE79P02A744G", "CA00032AA", "Comune di Bellagio", issued, until},
	}
}

// Country issues the documents. Its keys live as long as the program.
type Country struct {
	csca  *mrtdtest.Authority
	sign  func() *mrtdtest.Authority // made for the first document
	mu    sync.Mutex
	ready map[string]*mrtdtest.Document
}

// NewCountry makes the country and writes its certificate where the provider looks for it.
func NewCountry(dir string, now time.Time) (*Country, error) {
	key := func() mrtdtest.Key {
		k := mrtdtest.NewKey(12)
		k.Explicit = true // ICAO 9303-12
		return k
	}
	c := &Country{csca: mrtdtest.NewCountry("IT", key(), mrtdtest.Years(now, 1, 20)), ready: map[string]*mrtdtest.Document{}}
	c.sign = sync.OnceValue(func() *mrtdtest.Authority { return c.csca.Signer(key(), mrtdtest.Years(now, 1, 15)) })
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	return c, os.WriteFile(filepath.Join(dir, "prova.cer"), c.csca.Certificate.Raw, 0o600)
}

// document issues a paper, once.
func (c *Country) document(p Paper) *mrtdtest.Document {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ready[p.ID] == nil {
		const short = "060102"
		person := mrtdtest.Person{State: "ITA", Number: p.Number, Surname: strings.ToUpper(p.Family), Given: strings.ToUpper(p.Given), Birth: p.Born.Format(short), Sex: p.Sex, Expiry: p.Until.Format(short), PersonalNumber: p.FiscalCode}
		c.ready[p.ID] = c.sign().Issue(person, person.Card(), mrtdtest.WithPACE(messaging.AES128, 12), mrtdtest.WithChip(mrtdtest.NewKey(12), messaging.AES128))
	}
	return c.ready[p.ID]
}

// ChipConfig offers the way with documents of the country in dir and the telephone at the desk.
func (a Addresses) ChipConfig(dir string) chip.Config {
	return chip.Config{
		Countries: dir, Act: chip.ActConfig{Act: "Atto di prova 5/2026", Date: "2026-01-02"},
		Clients: []chip.ClientConfig{{Name: "Telefono di prova", URL: a.Desk() + phonePath}},
	}
}

const phonePath = "/phone"

// Phone is a telephone that reads documents without contact: it takes a code and carries
// bytes over the same WebSocket as every other.
type Phone struct {
	Site      *web.Site
	Country   *Country
	Addresses Addresses
}

// Mount names the address.
func (p *Phone) Mount(m *web.Mux) {
	m.Get(phonePath, p.show)
	m.Post(phonePath, p.read)
}

// phoneView is the page "demo/phone".
type phoneView struct {
	ui.Errors
	Papers           []Paper
	CAN, Paper, Code string
	// Said ends the key of what came of a reading.
	Said string
}

func (p *Phone) show(w http.ResponseWriter, r *http.Request) error {
	return p.Site.Page(w, r, http.StatusOK, "demo/phone", phoneView{Papers: Papers(), CAN: CAN})
}

// reading bounds how long the telephone tries, in real time.
const reading = 2 * time.Minute

func (p *Phone) read(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	v := phoneView{Papers: Papers(), CAN: CAN, Paper: f.Value("paper"), Code: f.Text("code", web.Required, web.Max(60))}
	n := slices.IndexFunc(v.Papers, func(one Paper) bool { return one.ID == v.Paper })
	if n < 0 {
		f.Fail("paper", "demo.phone.paper.missing")
	}
	if _, ok := enrolment.ParseNumber(v.Code); !ok && v.Code != "" {
		f.Fail("code", "demo.phone.code.form")
	}
	if !f.OK() {
		v.Errors = f.Errors
		return p.Site.Page(w, r, http.StatusUnprocessableEntity, "demo/phone", v)
	}
	ctx, cancel := context.WithTimeout(r.Context(), reading)
	defer cancel()
	err = relay.Carry(ctx, p.Addresses.IdP()+chip.RelayPath, v.Code, mrtdtest.Insert(p.Country.document(v.Papers[n])))
	var ended relay.Ended
	switch {
	case err == nil:
		v.Said, v.Code = "done", ""
	case errors.As(err, &ended) && ended.Word == relay.Unknown:
		v.Said = "unknown"
	case errors.As(err, &ended):
		v.Said = "failed"
	default:
		return fault.New(fault.Unavailable, "demo.phone.failed").For("relay").Because(err)
	}
	return p.Site.Page(w, r, http.StatusOK, "demo/phone", v)
}
