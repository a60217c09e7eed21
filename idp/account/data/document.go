package data

import (
	"crypto/rand"
	"net/http"
	"slices"
	"strings"
	"time"

	"atrio/base/audit"
	"atrio/base/fault"
	"atrio/idp/enrolment/form"
	"atrio/idp/evidence"
	"atrio/idp/identity"
	"atrio/idp/life"
	"atrio/people/civil"
	"atrio/web"
	"atrio/web/ui"
)

// Day is a date in three fields.
type Day struct{ Day, Month, Year string }

// DocumentView is the view of "data/document".
type DocumentView struct {
	ui.Errors
	Kind, Number, Issuer string
	Issued, Expires      Day
	Kinds                []string
	Most                 int64
}

func (h *Handler) askDocument(w http.ResponseWriter, r *http.Request, who *identity.Identity) error {
	if !life.MayDocument(who, h.Now()) {
		return identity.ErrMay
	}
	return h.documentPage(w, r, http.StatusOK, DocumentView{})
}

func (h *Handler) documentPage(w http.ResponseWriter, r *http.Request, status int, v DocumentView) error {
	v.Kinds, v.Most = form.Kinds(), h.Pictures.MaxBytes()>>20
	return h.Site.Page(w, r, status, "data/document", v)
}

// takeDocument takes a new document, which an operator compares with its pictures. // L01
func (h *Handler) takeDocument(w http.ResponseWriter, r *http.Request, who *identity.Identity) error {
	f, files, err := web.ReadUploads(r, h.Pictures.MaxBytes(), "front", "back")
	if err != nil {
		return err
	}
	if !life.MayDocument(who, h.Now()) {
		return identity.ErrMay
	}
	v := DocumentView{
		Kind: f.Text("kind", web.Max(20)), Number: strings.ToUpper(strings.NewReplacer(" ", "", "-", "", "/", "", ".", "").Replace(f.Text("number", web.Required, web.Max(30)))),
		Issuer: civil.CleanName(f.Text("issuer", web.Required, web.Max(civil.MaxName))), Issued: readDay(f, "issued"), Expires: readDay(f, "expires"),
	}
	d := v.check(f, h.Now())
	pictures, err := h.pictures(r, f, files)
	if err != nil {
		return err
	}
	if v.Errors = f.Errors; !f.OK() {
		return h.documentPage(w, r, http.StatusUnprocessableEntity, v)
	}
	task := life.Task{ID: rand.Text(), Identity: who.ID, Kind: life.DocumentTask, Author: who.ID, Made: h.Now(), Data: life.TaskData{Document: &d}}
	for i, kind := range []evidence.Kind{evidence.DocumentFront, evidence.DocumentBack} {
		item, err := h.Keeper.Put(r.Context(), evidence.New{Request: who.ID, Kind: kind, MediaType: "image/jpeg", Author: who.ID, Content: pictures[i]})
		if err != nil {
			return err
		}
		task.Data.Evidence = append(task.Data.Evidence, item.ID)
	}
	if err := h.Tasks.PutTask(r.Context(), task, nil, h.Account.Event(r, who.ID, audit.IdentityTask)); err != nil {
		return err
	}
	return h.changed(w, r, "data.notice.document")
}

func readDay(f *web.Form, name string) Day {
	short := func(part string) string { return f.Text(name+part, web.Max(10)) }
	var d Day
	d.Day, d.Month, d.Year = civil.Spread(short("_day"), short("_month"), short("_year"))
	return d
}

// check finds what is wrong with the fields.
func (v *DocumentView) check(f *web.Form, now time.Time) identity.Document {
	d := identity.Document{Kind: v.Kind, Number: v.Number, Issuer: v.Issuer}
	switch {
	case !slices.Contains(form.Kinds(), v.Kind):
		f.Fail("kind", "enrolment.documents.kind.missing")
	case v.Number != "" && !form.IsNumber(v.Kind, v.Number):
		f.Fail("number", "enrolment.documents.number.form."+v.Kind)
	}
	d.IssuedOn, d.ExpiresOn = v.Issued.read(f, "issued_day"), v.Expires.read(f, "expires_day")
	if d.IssuedOn.After(now) {
		f.Fail("issued_day", "enrolment.documents.issued.future")
	}
	if !d.ExpiresOn.IsZero() && !d.ExpiresOn.AddDate(0, 0, 1).After(now) {
		f.Fail("expires_day", "enrolment.documents.expired")
	} else if !d.ExpiresOn.IsZero() && !d.ExpiresOn.After(d.IssuedOn) {
		f.Fail("expires_day", "enrolment.documents.order")
	}
	return d
}

func (d Day) read(f *web.Form, field string) time.Time {
	t, ok := civil.Date(d.Day, d.Month, d.Year)
	if !ok {
		f.Fail(field, "data.document.date")
	}
	return t
}

// pictures takes both sides in, and says what is wrong with them.
func (h *Handler) pictures(r *http.Request, f *web.Form, files map[string][]byte) (list [2][]byte, err error) {
	for i, field := range []string{"front", "back"} {
		file, there := files[field]
		if !there {
			f.Fail(field, "data.document.picture")
			continue
		}
		taken, err := h.Pictures.Take(r.Context(), file)
		if wrong := fault.From(err); err != nil && wrong.Kind != fault.Unavailable && wrong.Kind != fault.Internal {
			f.Fail(field, wrong.Key, wrong.Args...)
			continue
		}
		if err != nil {
			return list, err
		}
		list[i] = taken.JPEG
	}
	return list, nil
}
