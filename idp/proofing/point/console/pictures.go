package console

import (
	"net/http"
	"slices"

	"atrio/idp/enrolment"
	"atrio/idp/enrolment/pictures"
	"atrio/web"
	"atrio/web/ui"
)

// takePictures keeps the pictures that were made at the Point: the sound ones, whatever is
// wrong with the others. // E28, I8
func (c *Console) takePictures(w http.ResponseWriter, r *http.Request) error {
	v, err := c.acting(r)
	if err != nil {
		return err
	}
	if !v.request.May(enrolment.AddPictures, enrolment.Collector) {
		return v.moved(enrolment.ErrState)
	}
	_, files, err := web.ReadUploads(r, c.Pictures.MaxBytes(), pictures.Fields()...)
	if err != nil {
		return err
	}
	kept, errs, err := c.desk(v).Take(r.Context(), files)
	if err != nil {
		return err
	}
	if len(kept) > 0 {
		change := enrolment.Change{Act: enrolment.AddPictures, Evidence: kept.References(), Edit: func(q *enrolment.Request) { addPictures(q, kept) }}
		if err := c.take(r, &v, change); err != nil {
			return err
		}
	} else if len(errs) == 0 {
		errs = ui.Errors{{Field: pictures.Fields()[0], Key: "console.pictures.none"}}
	}
	if len(errs) > 0 {
		return c.page(w, r, http.StatusUnprocessableEntity, v, requestView{Errors: errs})
	}
	c.Desk.Site.Notice(w, "console.notice.pictures")
	return web.Redirect(w, r, pathOf(v.request.Number))
}

// addPictures puts pictures into a request; those that were asked for again are there when
// none is missing.
func addPictures(q *enrolment.Request, kept pictures.Kept) {
	kept.Put(q)
	i := slices.IndexFunc(q.Data.Wanted, func(item enrolment.Item) bool { return item.What == enrolment.WantedPictures })
	if i >= 0 && !pictures.Missing(*q) {
		q.Data.Wanted[i].Done = true
	}
}

// desk is this operator with the pictures of this request.
func (c *Console) desk(v visit) pictures.Desk {
	return pictures.Desk{Intake: c.Pictures, Keeper: c.Keeper, Request: v.request.ID, Author: v.who.ID}
}
