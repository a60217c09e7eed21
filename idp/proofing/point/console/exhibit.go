package console

import (
	"net/http"

	"atrio/base/fault"
	"atrio/idp/enrolment"
	"atrio/idp/evidence/exhibit"
)

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

// serve writes an item; the look stands in the audit log first. name is that of a paper of
// ours, which is shown. // A35
func (c *Console) serve(w http.ResponseWriter, r *http.Request, v visit, id, name string) error {
	o, err := c.Keeper.Open(r.Context(), id, exhibit.Access(r, v.who.ID, "identification "+string(v.request.Number)))
	if err != nil {
		return err
	}
	exhibit.Write(w, o, name)
	return nil
}
