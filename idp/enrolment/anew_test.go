package enrolment_test

import (
	"testing"
	"time"

	"atrio/idp/enrolment"
)

// Who is asked for pictures alone and writes other data is identified anew.
func TestOtherDataAreIdentifiedAnew(t *testing.T) {
	at := time.Date(2026, 11, 28, 9, 0, 0, 0, time.UTC)
	r := enrolment.Request{ID: "r", Holder: "h", State: enrolment.Resubmission, Method: enrolment.Point, Version: 9, Collector: "c"}
	r.Data.Identified = at
	r.Data.Person.FiscalCode = "one"
	r.Data.Contract = &enrolment.Contract{SHA256: "one"}
	r.Data.Wanted = []enrolment.Item{{What: enrolment.WantedPictures, Done: true}}
	by := enrolment.Author{Role: enrolment.Applicant, ID: "h"}
	for _, c := range []enrolment.Change{
		{Act: enrolment.SavePerson, Edit: func(q *enrolment.Request) { q.Data.Person.FiscalCode = "two" }},
		{Act: enrolment.FreezeContract, Edit: func(q *enrolment.Request) { q.Data.Contract = &enrolment.Contract{SHA256: "two"} }},
		{Act: enrolment.Resubmit},
	} {
		c.By, c.At = by, at
		after, _, err := r.Do(c)
		if err != nil {
			t.Fatalf("%s: %v", c.Act, err)
		}
		r = after
	}
	if r.State != enrolment.ContractReady || !r.Data.Identified.IsZero() || r.Collector != "" {
		t.Errorf("after other data: %s, identified %v by %q; want contract_ready, nobody", r.State, r.Data.Identified, r.Collector)
	}
}

// Pictures that the applicant changes are looked at anew.
func TestOtherPicturesAreCheckedAnew(t *testing.T) {
	r := enrolment.Request{ID: "r", Holder: "h", State: enrolment.ContractReady, Method: enrolment.Point, Version: 9}
	r.Data.CheckedBy = "c"
	after, _, err := r.Do(enrolment.Change{Act: enrolment.AddPictures, By: enrolment.Author{Role: enrolment.Applicant, ID: "h"}})
	if err != nil || after.Data.CheckedBy != "" {
		t.Errorf("checked by %q after other pictures: %v", after.Data.CheckedBy, err)
	}
}

// E28
func TestDocumentsComeFirstOnlyWhereThePartnerWantsThem(t *testing.T) {
	for _, first := range []bool{false, true} {
		r := enrolment.Request{ID: "r", Holder: "h", State: enrolment.PhoneConfirmed, Method: enrolment.Point, Data: enrolment.Data{DocumentsFirst: first}}
		for _, act := range []enrolment.Act{enrolment.AddPictures, enrolment.SaveDocuments} {
			if r.May(act, enrolment.Applicant) != first || r.May(act, enrolment.Collector) {
				t.Errorf("documents first %t: %s is offered %t", first, act, r.May(act, enrolment.Applicant))
			}
		}
		after, _, err := r.Do(enrolment.Change{Act: enrolment.SaveDocuments, By: enrolment.Author{Role: enrolment.Applicant, ID: "h"}, Edit: func(q *enrolment.Request) { q.Data.Document.Number = "CA00001AA" }})
		if (err == nil) != first {
			t.Errorf("documents first %t: %v", first, err)
		}
		if !first {
			continue
		}
		if after, _, err = after.Do(enrolment.Change{Act: enrolment.SavePerson, By: enrolment.Author{Role: enrolment.Applicant, ID: "h"}}); err != nil || after.State != enrolment.Documents {
			t.Errorf("after both forms %s, %v", after.State, err)
		}
	}
}
