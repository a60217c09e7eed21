// Package form is what an applicant fills in once the telephone is confirmed: personal
// data, documents with their pictures, the contract; and the page of the request, with
// every way out: another way of identification, a withdrawal.
//
// Which step comes when is enrolment's table, which page belongs to it is way's. What the
// contract says is contract's, pictures and contracts are kept by evidence. // I5, I14
package form

import (
	"context"
	"embed"
	"time"

	"atrio/idp/enrolment"
	"atrio/idp/enrolment/contract"
	"atrio/idp/enrolment/pictures"
	"atrio/idp/enrolment/way"
	"atrio/idp/evidence"
	"atrio/people/civil"
	"atrio/people/person"
	"atrio/web"
	"atrio/web/ui"
)

//go:embed pages texts
var files embed.FS

// Pages are the pages of this package and their texts.
func Pages() ui.Pages { return ui.Pages{Name: "form", FS: files} }

// Places is the gazetteer behind the fields; *civil.Gazetteer is one.
type Places interface {
	civil.Lookup
	BirthStates(lang string) []civil.Option
	Citizenships(lang string) []civil.Option
	Countries(lang string) []civil.Option
	IsBirthState(code string, at time.Time) (known, then bool)
	IsCitizenship(code string) bool
	IsCountry(code string) bool
	Provinces() []civil.Option
	// Compare tells which facts do not fit a codice fiscale.
	Compare(code person.FiscalCode, f civil.Facts) []string
}

// Keeper keeps pictures and contracts; *evidence.Vault does.
type Keeper interface {
	Put(ctx context.Context, n evidence.New) (evidence.Item, error)
	Open(ctx context.Context, id string, a evidence.Access) (evidence.Opened, error)
}

// Circuit is a partner whose Points identify applicants.
type Circuit struct {
	ID, Name string
	// DocumentsFirst: the documents come before the personal data. // E28
	DocumentsFirst bool
}

// Forms serves the pages.
type Forms struct {
	Site     *web.Site
	Way      *way.Way
	Places   Places
	Keeper   Keeper
	Pictures pictures.Intake
	Press    *contract.Press
	// Provider and Terms stand in the contract, Notice is the version of the privacy notice.
	Provider contract.Provider
	Terms    contract.Terms
	Notice   string
	// Offers are the ways of identification that this provider has.
	Offers []enrolment.Method
	// Circuits are the partners that somebody who changes the way can choose; CircuitName
	// gives the name of one.
	Circuits    []Circuit
	CircuitName func(id string) string
	// OperatorUploads tells that the pictures are taken at the Points of a circuit; nil for
	// nowhere. // E28
	OperatorUploads func(circuit string) bool
	// Again compares what identified an applicant with what they corrected and signed since,
	// for the step that sends it again; nil where nothing stays good. // I14
	Again func(ctx context.Context, request enrolment.Request) (enrolment.Change, error)
	// Limit guards posts against floods, UploadLimit those with pictures.
	Limit, UploadLimit web.Guard
	Now                func() time.Time
}

// Mount gives the pages their addresses.
func (f *Forms) Mount(m *web.Mux) {
	y := f.Way
	m.Get(way.Person, y.At(f.person, enrolment.SavePerson))
	m.Post(way.Person, y.At(f.savePerson, enrolment.SavePerson), f.Limit)
	m.Get(townsPath, f.towns)
	m.Get(way.Documents, y.At(f.documents, enrolment.SaveDocuments))
	m.Post(way.Documents, y.At(f.saveDocuments, enrolment.SaveDocuments, enrolment.AddPictures), f.UploadLimit, web.MaxBody(4*f.Pictures.MaxBytes()+1<<20))
	m.Get(picturePath+"{what}", y.At(f.picture))
	m.Get(way.Contract, y.At(f.contract, enrolment.FreezeContract))
	m.Post(way.Contract, y.At(f.freeze, enrolment.FreezeContract), f.Limit)
	m.Get(paperPath, y.At(f.paper))
	m.Get(way.Request, y.At(f.request))
	m.Post(resubmitPath, y.At(f.resubmit, enrolment.Resubmit), f.Limit)
	m.Get(way.Method, y.At(f.method, enrolment.ChangeMethod))
	m.Post(way.Method, y.At(f.changeMethod, enrolment.ChangeMethod), f.Limit)
	m.Get(way.Withdraw, y.At(f.withdraw, enrolment.Withdraw))
	m.Post(way.Withdraw, y.At(f.withdrawn, enrolment.Withdraw), f.Limit)
}

// The addresses of this package beside those of the way.
const (
	townsPath    = "/enrol/towns"
	picturePath  = "/enrol/picture/"
	paperPath    = "/enrol/contract.pdf"
	resubmitPath = "/enrol/resubmit"
)
