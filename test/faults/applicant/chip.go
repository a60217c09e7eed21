package applicant

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"atrio/idp/enrolment"
	"atrio/idp/enrolment/way"
	"atrio/idp/proofing/chip"
	"atrio/mrtd/messaging"
	"atrio/mrtd/mrtdtest"
	"atrio/mrtd/relay"
	"atrio/test/faults/rig"
)

// country issues documents. It lives as long as the test, as the telephone does that reads
// them: both outlive the program.
var country = sync.OnceValue(func() (c struct{ csca, signer *mrtdtest.Authority }) {
	key := func() mrtdtest.Key {
		k := mrtdtest.NewKey(12)
		k.Explicit = true // ICAO 9303-12
		return k
	}
	now := time.Now()
	c.csca = mrtdtest.NewCountry("IT", key(), mrtdtest.Years(now, 1, 20))
	c.signer = c.csca.Signer(key(), mrtdtest.Years(now, 1, 15))
	return c
})

// Believe lets the demonstration in a directory believe the documents of applicants, from
// its next start on or an hour later.
func Believe(t testing.TB, d *rig.Demo) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(d.Dir, "csca", "applicants.cer"), country().csca.Certificate.Raw, 0o600); err != nil {
		t.Fatal(err)
	}
}

// document is the identity card of a person.
func (p Person) document() *mrtdtest.Document {
	issuer := country().signer
	zone := mrtdtest.Person{
		State: "ITA", Number: p.Document, Surname: strings.ToUpper(p.Family), Given: strings.ToUpper(p.Given),
		Birth: p.Year[2:] + twoDigits(p.Month) + twoDigits(p.Day), Sex: p.Sex, Expiry: "310510", PersonalNumber: p.FiscalCode,
	}
	return issuer.Issue(zone, zone.Card(), mrtdtest.WithPACE(messaging.AES128, 12), mrtdtest.WithChip(mrtdtest.NewKey(12), messaging.AES128))
}

func twoDigits(s string) string { return strings.Repeat("0", 2-len(s)) + s }

const (
	codePath = "/enrol/chip/code"
	facePath = "/enrol/chip/face"
)

// ByChip lets a telephone read the electronic document, and sends a film of the face.
func ByChip() Way {
	return Way{Method: enrolment.Chip, Steps: append(byCode(), "chip code", "reading", "read", "face", "film task", "film"), pages: places{
		way.Chip: func(a *Applicant) (string, rig.Request) {
			if to := linked(a.page, facePath); to != "" {
				a.Known.Found = true
				return "face", rig.Get(to)
			}
			return "chip code", rig.Send(a.page.Form("form[action="+codePath+"]"), a.page, "opener", "zone")
		},
		codePath: func(a *Applicant) (string, rig.Request) {
			a.read(a.page.Text("#pairing-code"))
			return "read", rig.Get(linked(a.page, way.Chip))
		},
		facePath: func(a *Applicant) (string, rig.Request) {
			if a.page.Find("form[action="+facePath+"]") == nil {
				return "film task", rig.Send(a.page.Form("form[action="+facePath+"/task]"), a.page)
			}
			return "film", rig.Send(a.page.Form("form[action="+facePath+"]"), a.page).With(map[string][]byte{"film": film})
		},
	}}
}

// film begins as a film of a browser does; what is in it is for people.
var film = append([]byte("\x1a\x45\xdf\xa3\x9fB\x86\x81\x01B\xf7\x81\x01B\xf2\x81\x04B\xf3\x81\x08B\x82\x84webmB\x87\x81\x04"), bytes.Repeat([]byte{7}, 64<<10)...)

// reader is a telephone with a document, which tells when a command comes.
type reader struct {
	relay.Card
	part func()
}

// Transceive implements relay.Card.
func (r reader) Transceive(ctx context.Context, command []byte) ([]byte, error) {
	r.part()
	return r.Card.Transceive(ctx, command)
}

// read lays the document on the telephone, and again when it is told to wait.
func (a *Applicant) read(code string) {
	a.t.Helper()
	a.Steps = append(a.Steps, "reading")
	part, end := a.Fault.During("reading", a.Demo, a.back)
	defer end()
	for range 2 {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		err := relay.Carry(ctx, a.Demo.IdP()+chip.RelayPath, code, reader{mrtdtest.Insert(a.document()), part})
		cancel()
		if !errors.Is(err, relay.Ended{Word: relay.Busy}) {
			if err != nil && (a.Fault == nil || a.Fault.Step != "reading") {
				a.t.Errorf("the document is not read: %v", err)
			}
			return
		}
		a.Demo.Advance("2m") // a reading that the end of the program cut off goes on until then
	}
}
