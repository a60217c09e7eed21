package console

import (
	"net/http"
	"slices"

	"atrio/base/fault"
	"atrio/idp/enrolment"
	"atrio/idp/evidence"
	"atrio/idp/evidence/picture"
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
	var fields []string
	for _, what := range enrolment.Pictures() {
		fields = append(fields, string(what))
	}
	_, files, err := web.ReadUploads(r, c.Pictures.MaxBytes(), fields...)
	if err != nil {
		return err
	}
	var errs ui.Errors
	kept := map[enrolment.Picture]string{}
	var references []string
	for _, what := range enrolment.Pictures() {
		file, there := files[string(what)]
		if !there {
			continue
		}
		id, wrong, err := c.keepPicture(r, v, evidence.Kind(what), string(what), file)
		if err != nil {
			return err
		}
		if wrong != nil {
			errs = append(errs, *wrong)
			continue
		}
		kept[what], references = id, append(references, id)
	}
	if len(kept) > 0 {
		change := enrolment.Change{Act: enrolment.AddPictures, Evidence: references, Edit: func(q *enrolment.Request) { addPictures(q, kept) }}
		if err := c.take(r, &v, change); err != nil {
			return err
		}
	} else if len(errs) == 0 {
		errs = ui.Errors{{Field: fields[0], Key: "console.pictures.none"}}
	}
	if len(errs) > 0 {
		return c.page(w, r, http.StatusUnprocessableEntity, v, requestView{Errors: errs})
	}
	c.Desk.Site.Notice(w, "console.notice.pictures")
	return web.Redirect(w, r, pathOf(v.request.Number))
}

// addPictures puts pictures into a request; those that were asked for again are there when
// none is missing.
func addPictures(q *enrolment.Request, kept map[enrolment.Picture]string) {
	if q.Data.Pictures == nil {
		q.Data.Pictures = map[enrolment.Picture]string{}
	}
	for what, id := range kept {
		q.Data.Pictures[what] = id
	}
	i := slices.IndexFunc(q.Data.Wanted, func(item enrolment.Item) bool { return item.What == enrolment.WantedPictures })
	if i >= 0 && !unpictured(*q) {
		q.Data.Wanted[i].Done = true
	}
}

// keepPicture takes a picture in and keeps it; wrong says at its field why it is none.
func (c *Console) keepPicture(r *http.Request, v visit, kind evidence.Kind, field string, file []byte) (id string, wrong *ui.FieldError, err error) {
	taken, err := c.Pictures.Take(r.Context(), file)
	if err != nil {
		f := fault.From(err)
		if f.Kind == fault.Unavailable || f.Kind == fault.Internal {
			return "", nil, err
		}
		return "", &ui.FieldError{Field: field, Key: f.Key, Args: f.Args}, nil
	}
	item, err := c.Keeper.Put(r.Context(), evidence.New{Request: v.request.ID, Kind: kind, MediaType: picture.MediaType, Author: v.who.ID, Content: taken.JPEG})
	return item.ID, nil, err
}
