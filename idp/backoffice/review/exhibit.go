package review

import (
	"net/http"

	"atrio/base/fault"
	"atrio/idp/enrolment"
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
		opened, err := v.Evidence.Open(r.Context(), id, exhibit.Access(r, by, purpose+" "+string(request.Number)))
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
	access := evidence.Access{By: by, Purpose: purpose + " " + string(request.Number), Reference: web.RequestID(r)}
	if a := web.ClientAddr(r); a.IsValid() {
		access.Address = a.String()
	}
	return access
}

func write(w http.ResponseWriter, o evidence.Opened) {
	h := w.Header()
	media := o.MediaType
	if !shown[media] {
		name := string(o.Kind)
		name += endings[media]
		h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": name}))
	}
	if !shown[media] && media != "application/pdf" {
		media = "application/octet-stream"
	}
	h.Set("Content-Type", media)
	h.Set("Content-Length", strconv.Itoa(len(o.Content)))
	confine(h)
	w.Write(o.Content) //nolint:errcheck // a browser that went away cannot be told
}

// confine keeps what an item holds from running and from caches. // A35
func confine(h http.Header) {
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Security-Policy", "sandbox; default-src 'none'; frame-ancestors 'none'")
	h.Set("X-Content-Type-Options", "nosniff")
}
