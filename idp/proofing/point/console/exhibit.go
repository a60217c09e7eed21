package console

import (
	"mime"
	"net/http"
	"strconv"

	"atrio/base/fault"
	"atrio/idp/enrolment"
	"atrio/idp/evidence"
	"atrio/idp/evidence/picture"
	"atrio/web"
)

// pdfType is the one other type that is kept here.
const pdfType = "application/pdf"

// exhibit gives the operator a picture of the request, or its signed paper; nothing else
// that is kept. // A35
func (c *Console) exhibit(w http.ResponseWriter, r *http.Request) error {
	v, err := c.visited(r)
	if err != nil {
		return err
	}
	id, d := r.PathValue("item"), v.request.Data
	known := d.Signed != nil && d.Signed.Paper == id
	for _, what := range enrolment.Pictures() {
		known = known || d.Pictures[what] == id
	}
	if id == "" || !known {
		return fault.New(fault.NotFound, "error.not_found").For("console_no_item").Offer("console.reload", pathOf(v.request.Number))
	}
	return c.serve(w, r, v, id, "")
}

// contract gives the contract, to be printed.
func (c *Console) contract(w http.ResponseWriter, r *http.Request) error {
	v, err := c.visited(r)
	if err != nil {
		return err
	}
	if v.request.Data.Contract == nil {
		return v.moved(enrolment.ErrMissing)
	}
	return c.serve(w, r, v, v.request.Data.Contract.Evidence, "contratto-"+string(v.request.Number)+".pdf")
}

// serve writes an item; the look stands in the audit log first. Whatever it holds runs
// nothing and loads nothing, and stays in no cache. What somebody else made is shown only
// as a picture that was made anew when it came in; the rest is downloaded. name is that of
// a paper of ours, which is shown. // A35
func (c *Console) serve(w http.ResponseWriter, r *http.Request, v visit, id, name string) error {
	access := evidence.Access{By: v.who.ID, Purpose: "identification " + string(v.request.Number), Reference: web.RequestID(r)}
	if a := web.ClientAddr(r); a.IsValid() {
		access.Address = a.String()
	}
	o, err := c.Keeper.Open(r.Context(), id, access)
	if err != nil {
		return err
	}
	h := w.Header()
	switch {
	case name != "":
		h.Set("Content-Disposition", mime.FormatMediaType("inline", map[string]string{"filename": name}))
		h.Set("Content-Type", pdfType)
	case o.MediaType == picture.MediaType:
		h.Set("Content-Type", picture.MediaType)
	default:
		h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": string(o.Kind) + ".pdf"}))
		h.Set("Content-Type", pdfType)
	}
	h.Set("Content-Length", strconv.Itoa(len(o.Content)))
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Security-Policy", "sandbox; default-src 'none'; frame-ancestors 'none'")
	h.Set("X-Content-Type-Options", "nosniff")
	w.Write(o.Content) //nolint:errcheck // a browser that went away cannot be told
	return nil
}
