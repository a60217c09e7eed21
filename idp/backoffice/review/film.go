package review

import (
	"bytes"
	"mime"
	"net/http"
	"slices"
	"time"

	"atrio/idp/enrolment"
	"atrio/idp/evidence"
	"atrio/idp/evidence/exhibit"
)

// maxFilm is the longest film that is put together in memory; an applicant's own has 48 MB.
const maxFilm = 48 << 20

// played are the types that the page plays; others are downloaded. Nobody made them anew:
// they play in a page of ours that runs nothing of them. // A35
var played = map[string]bool{"video/webm": true, "video/mp4": true}

// films lists the films of the face that an applicant gave: the one that the verdict names,
// with what was asked for in it, and those that came of other tries. Recorded sessions have
// a player of their own.
func films(request enrolment.Request, items []evidence.Item, path string) (current, others []exhibitView) {
	for _, item := range items {
		if request.Method != enrolment.Chip || item.Kind != evidence.VideoSegment || item.Segment != 1 {
			continue
		}
		one := exhibitView{Kind: "film", URL: path + string(request.Number) + filmPath + item.Recording, At: item.At, Played: played[item.MediaType]}
		if v := request.Data.Verdict; v != nil && slices.Contains(v.Evidence, item.Recording) {
			current = append(current, one)
		} else {
			others = append(others, one)
		}
	}
	return current, others
}

// film gives the operator a film of the face.
func (v *Review) film(w http.ResponseWriter, r *http.Request) error {
	who, request, err := v.taken(r)
	if err != nil {
		return err
	}
	return v.serveFilm(w, r, who.ID, request, string(request.State))
}

// serveFilm writes a film of a request, in parts as players ask for them; each look stands
// in the audit log first.
func (v *Review) serveFilm(w http.ResponseWriter, r *http.Request, by string, request enrolment.Request, purpose string) error {
	id := r.PathValue("recording")
	items, err := v.Evidence.List(r.Context(), request.ID)
	if err != nil {
		return err
	}
	var size int64
	for _, item := range items {
		if item.Recording == id && item.Kind == evidence.VideoSegment {
			size += item.Size
		}
	}
	if id == "" || size == 0 || size > maxFilm {
		return errNoItem
	}
	p, err := v.Evidence.OpenRecording(r.Context(), id, accessOf(r, by, request, purpose))
	if err != nil {
		return err
	}
	whole := make([]byte, 0, size)
	for n := range p.Segments {
		part, err := p.Segment(r.Context(), n+1)
		if err != nil {
			return err
		}
		whole = append(whole, part...)
	}
	h, media := w.Header(), p.Recording.MediaType
	if !played[media] {
		media = "application/octet-stream"
		h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": "film"}))
	}
	h.Set("Content-Type", media)
	exhibit.Confine(h)
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(whole))
	return nil
}
