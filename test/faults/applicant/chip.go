package applicant

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"time"

	"atrio/idp/enrolment"
	"atrio/idp/enrolment/way"
	"atrio/idp/proofing/chip"
	"atrio/mrtd/messaging"
	"atrio/mrtd/mrtdtest"
	"atrio/mrtd/relay"
	"atrio/test/faults/rig"
)

// document is the identity card of a person.
func (o *Outside) document(p Person) *mrtdtest.Document {
	zone := mrtdtest.Person{
		State: "ITA", Number: p.Document, Surname: strings.ToUpper(p.Family), Given: strings.ToUpper(p.Given),
		Birth: p.Year[2:] + twoDigits(p.Month) + twoDigits(p.Day), Sex: p.Sex, Expiry: "310510", PersonalNumber: p.FiscalCode,
	}
	return o.issuer.Issue(zone, zone.Card(), mrtdtest.WithPACE(messaging.AES128, 12), mrtdtest.WithChip(mrtdtest.NewKey(12), messaging.AES128))
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
		err := relay.Carry(ctx, a.Demo.IdP()+chip.RelayPath, code, reader{mrtdtest.Insert(a.Outside.document(a.Person)), part})
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
