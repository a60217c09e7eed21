package console

import (
	"bytes"
	"net/http"

	"atrio/idp/enrolment"
	"atrio/idp/evidence"
	"atrio/idp/evidence/exhibit"
	"atrio/web"
	"atrio/web/ui"
)

// maxPaper is the largest file of a scanner, in bytes.
const maxPaper = 4 << 20

// takePaper keeps the contract that was signed on paper: a picture, made anew, or a PDF of
// a scanner, which is kept as it is and never shown in a page. // 2.c, A35
func (c *Console) takePaper(w http.ResponseWriter, r *http.Request) error {
	v, err := c.acting(r)
	if err != nil {
		return err
	}
	switch d := v.request.Data; {
	case !v.request.May(enrolment.Check, enrolment.Collector):
		return v.moved(enrolment.ErrState)
	case d.Contract == nil:
		return v.moved(enrolment.ErrMissing)
	}
	_, files, err := web.ReadUploads(r, max(c.Pictures.MaxBytes(), maxPaper), "paper")
	if err != nil {
		return err
	}
	id, wrong, err := c.keepPaper(r, v, files["paper"])
	if err != nil {
		return err
	}
	if wrong != nil {
		return c.page(w, r, http.StatusUnprocessableEntity, v, requestView{Errors: ui.Errors{*wrong}})
	}
	signed := enrolment.Signing{At: c.Desk.Now(), Contract: v.request.Data.Contract.SHA256, Paper: id, Operator: v.who.ID}
	change := enrolment.Change{Act: enrolment.Check, Evidence: []string{id}, Edit: func(q *enrolment.Request) { q.Data.Signed = &signed }}
	if err := c.take(r, &v, change); err != nil {
		return err
	}
	c.Desk.Site.Notice(w, "console.notice.signed")
	return web.Redirect(w, r, pathOf(v.request.Number))
}

func (c *Console) keepPaper(r *http.Request, v visit, file []byte) (id string, wrong *ui.FieldError, err error) {
	switch {
	case len(file) == 0:
		return "", &ui.FieldError{Field: "paper", Key: "console.paper.missing"}, nil
	case !bytes.HasPrefix(file, []byte("%PDF-")):
		return c.desk(v).One(r.Context(), evidence.PrintedForm, "paper", file)
	case len(file) > maxPaper:
		return "", &ui.FieldError{Field: "paper", Key: "console.paper.too_large", Args: []any{"max", maxPaper >> 20}}, nil
	}
	item, err := c.Keeper.Put(r.Context(), evidence.New{Request: v.request.ID, Kind: evidence.PrintedForm, MediaType: exhibit.PDF, Author: v.who.ID, Content: file})
	return item.ID, nil, err
}
