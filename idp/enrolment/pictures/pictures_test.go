package pictures_test

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"testing"

	"atrio/base/fault"
	"atrio/idp/enrolment"
	"atrio/idp/enrolment/pictures"
	"atrio/idp/evidence"
	"atrio/idp/evidence/picture"
)

// intake takes what begins with "ok"; keeper gives numbers.
type intake struct{ err error }

func (i intake) Take(_ context.Context, file []byte) (picture.Picture, error) {
	if i.err != nil {
		return picture.Picture{}, i.err
	}
	if string(file[:2]) != "ok" {
		return picture.Picture{}, fault.New(fault.Unprocessable, "picture.kind").With("what", "x")
	}
	return picture.Picture{JPEG: file}, nil
}

func (intake) MaxBytes() int64 { return 1 << 20 }

type keeper struct{ kept []evidence.New }

func (k *keeper) Put(_ context.Context, n evidence.New) (evidence.Item, error) {
	k.kept = append(k.kept, n)
	return evidence.Item{ID: fmt.Sprint("item-", len(k.kept))}, nil
}

func TestSoundPicturesAreKeptWhateverIsWrongWithTheOthers(t *testing.T) {
	k := &keeper{}
	d := pictures.Desk{Intake: intake{}, Keeper: k, Request: "request-1", Author: "holder-1"}
	kept, errs, err := d.Take(t.Context(), map[string][]byte{"health_card_front": []byte("ok card"), "document_front": []byte("no"), "document_back": []byte("ok back"), "portrait": []byte("ok")})
	if err != nil || len(errs) != 1 || errs[0].Field != "document_front" || errs[0].Key != "picture.kind" {
		t.Fatalf("%v, %v", errs, err)
	}
	if want := (pictures.Kept{enrolment.DocumentBack: "item-1", enrolment.HealthCardFront: "item-2"}); !reflect.DeepEqual(kept, want) {
		t.Errorf("%v", kept)
	}
	if got := kept.References(); !reflect.DeepEqual(got, []string{"item-1", "item-2"}) {
		t.Errorf("%v", got)
	}
	for _, n := range k.kept {
		if n.Request != "request-1" || n.Author != "holder-1" || n.MediaType != "image/jpeg" {
			t.Errorf("%+v", n)
		}
	}
	q := enrolment.Request{Data: enrolment.Data{Pictures: map[enrolment.Picture]string{enrolment.DocumentFront: "before", enrolment.DocumentBack: "old"}}}
	if kept.Put(&q); q.Data.Pictures[enrolment.DocumentBack] != "item-1" || q.Data.Pictures[enrolment.DocumentFront] != "before" || !pictures.Missing(q) {
		t.Errorf("%v", q.Data.Pictures)
	}
	if q.Data.Pictures[enrolment.HealthCardBack] = "item-3"; pictures.Missing(q) {
		t.Error("nothing is missing")
	}
}

// What is no fault of the person is an error, not a mistake at a field.
func TestABusyIntakeIsToldAsSuch(t *testing.T) {
	busy := fault.New(fault.Unavailable, "error.unavailable")
	d := pictures.Desk{Intake: intake{busy}, Keeper: &keeper{}}
	if _, errs, err := d.Take(t.Context(), map[string][]byte{"document_front": []byte("ok")}); !errors.Is(err, busy) || errs != nil {
		t.Errorf("%v, %v", errs, err)
	}
}
