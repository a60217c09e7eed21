package profile

import (
	"errors"
	"net/http"
	"strconv"

	"atrio/base/fault"
	"atrio/portal/portrait"
	"atrio/web"
)

const (
	// pictureField brings a file, pictureRemove is ticked to have none. P2
	pictureField  = "picture"
	pictureRemove = "picture_remove"
	// maxUpload is the body limit of the profile: wide enough for what cameras make,
	// so that a file beyond portrait.MaxFile is refused beside its field, and what
	// was typed with it is not lost.
	maxUpload = 16 << 20
)

// readPicture draws the portrait of the file that was sent; nil when none was, or
// when it is none, which is an error of its field.
func (h *Handler) readPicture(r *http.Request, f *web.Form, file []byte) []byte {
	if file == nil {
		return nil
	}
	drawn, err := h.Studio.Draw(r.Context(), file)
	if err == nil {
		return drawn
	}
	for wrong, key := range map[error]string{
		portrait.ErrType: "type", portrait.ErrFile: "file", portrait.ErrPixels: "pixels", portrait.ErrWaiting: "waiting",
	} {
		if errors.Is(err, wrong) {
			f.Fail(pictureField, "profile.error.picture."+key)
			return nil
		}
	}
	f.Fail(pictureField, "profile.error.picture.broken")
	return nil
}

// keepPicture stores a new portrait, or removes the old one when that was asked
// for; a new one wins.
func (h *Handler) keepPicture(r *http.Request, f *web.Form, learner string, drawn []byte) error {
	if drawn == nil && !f.Bool(pictureRemove) {
		return nil
	}
	return h.Store.SavePicture(r.Context(), learner, drawn, h.Now())
}

// picture shows the person their own portrait, and nobody else.
func (h *Handler) picture(w http.ResponseWriter, r *http.Request) error {
	kept, err := h.Store.Picture(r.Context(), web.CurrentSession(r).Subject)
	if err != nil {
		return err
	}
	if kept == nil {
		return fault.New(fault.NotFound, "error.not_found").For("no_picture")
	}
	w.Header().Set("Content-Type", "image/jpeg")
	w.Header().Set("Content-Length", strconv.Itoa(len(kept)))
	_, err = w.Write(kept)
	return err
}
