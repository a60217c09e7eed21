// Package pictures takes the pictures of a request's documents in, whoever makes them: the
// sound ones are kept, whatever is wrong with the others, so that nobody photographs a
// document twice. // E02, E28, I8
package pictures

import (
	"context"

	"atrio/base/fault"
	"atrio/idp/enrolment"
	"atrio/idp/evidence"
	"atrio/idp/evidence/picture"
	"atrio/web/ui"
)

// Intake takes a picture in; *picture.Intake does.
type Intake interface {
	Take(ctx context.Context, file []byte) (picture.Picture, error)
	MaxBytes() int64
}

// Keeper keeps evidence; *evidence.Vault does.
type Keeper interface {
	Put(ctx context.Context, n evidence.New) (evidence.Item, error)
}

// Fields are the names of the file fields.
func Fields() (list []string) {
	for _, what := range enrolment.Pictures() {
		list = append(list, string(what))
	}
	return list
}

// Desk is somebody who brings pictures for a request.
type Desk struct {
	Intake Intake
	Keeper Keeper
	// Request and Author are whose pictures they are, and who made them.
	Request, Author string
}

// Kept are pictures that were kept, by what they show.
type Kept map[enrolment.Picture]string

// References are those of the evidence, in the order of the documents.
func (k Kept) References() (list []string) {
	for _, what := range enrolment.Pictures() {
		if id := k[what]; id != "" {
			list = append(list, id)
		}
	}
	return list
}

// Put puts them into a request; those that were asked for again are there when none is missing.
func (k Kept) Put(q *enrolment.Request) {
	if q.Data.Pictures == nil {
		q.Data.Pictures = map[enrolment.Picture]string{}
	}
	for what, id := range k {
		q.Data.Pictures[what] = id
	}
}

// Missing tells that not all documents are shown.
func Missing(q enrolment.Request) bool {
	for _, what := range enrolment.Pictures() {
		if q.Data.Pictures[what] == "" {
			return true
		}
	}
	return false
}

// Take keeps the sound ones of the files, which are named as Fields, and says at its field
// what is wrong with each other. When something fails that is no fault of the person, what
// was kept before it is lost to the request; its evidence ends with it.
func (d Desk) Take(ctx context.Context, files map[string][]byte) (Kept, ui.Errors, error) {
	kept := Kept{}
	var errs ui.Errors
	for _, what := range enrolment.Pictures() {
		file, there := files[string(what)]
		if !there {
			continue
		}
		id, wrong, err := d.One(ctx, evidence.Kind(what), string(what), file)
		switch {
		case err != nil:
			return nil, nil, err
		case wrong != nil:
			errs = append(errs, *wrong)
		default:
			kept[what] = id
		}
	}
	return kept, errs, nil
}

// One keeps a picture of any kind; wrong says at the field why it is none.
func (d Desk) One(ctx context.Context, kind evidence.Kind, field string, file []byte) (id string, wrong *ui.FieldError, err error) {
	taken, err := d.Intake.Take(ctx, file)
	if err != nil {
		f := fault.From(err)
		if f.Kind == fault.Unavailable || f.Kind == fault.Internal {
			return "", nil, err
		}
		return "", &ui.FieldError{Field: field, Key: f.Key, Args: f.Args}, nil
	}
	item, err := d.Keeper.Put(ctx, evidence.New{Request: d.Request, Kind: kind, MediaType: picture.MediaType, Author: d.Author, Content: taken.JPEG})
	return item.ID, nil, err
}
