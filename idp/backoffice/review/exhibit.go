package review

import (
	"net/http"

	"atrio/base/fault"
	"atrio/idp/enrolment"
	"atrio/idp/evidence"
	"atrio/idp/evidence/exhibit"
)

// exhibit gives the operator something that was kept. Whatever it holds runs nothing and
// loads nothing, and stays in no cache. // A35
func (v *Review) exhibit(w http.ResponseWriter, r *http.Request) error {
	who, request, err := v.taken(r)
	if err != nil {
		return err
	}
	return v.serve(w, r, who.ID, request, string(request.State))
}

// serve writes an item of a request; the look stands in the audit log first.
func (v *Review) serve(w http.ResponseWriter, r *http.Request, by string, request enrolment.Request, purpose string) error {
	id := r.PathValue("item")
	items, err := v.Evidence.List(r.Context(), request.ID)
	if err != nil {
		return err
	}
	for _, item := range items {
		if item.ID != id || item.Recording != "" {
			continue
		}
		opened, err := v.Evidence.Open(r.Context(), id, accessOf(r, by, request, purpose))
		if err != nil {
			return err
		}
		exhibit.Write(w, opened, "")
		return nil
	}
	return errNoItem
}

// errNoItem: the request has no such item.
var errNoItem = fault.New(fault.NotFound, "error.review.no_item").For("review_no_item").Offer("review.back", Path)

// accessOf says who looks at something of a request, and why.
func accessOf(r *http.Request, by string, request enrolment.Request, purpose string) evidence.Access {
	return exhibit.Access(r, by, purpose+" "+string(request.Number))
}
