package review

import (
	"context"
	"mime"
	"net/http"
	"slices"
	"strings"
	"time"

	"atrio/idp/enrolment"
	"atrio/idp/evidence"
	"atrio/idp/evidence/exhibit"
	"atrio/idp/proofing/video"
)

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
		one.shot(request)
		if v := request.Data.Verdict; v != nil && slices.Contains(v.Evidence, item.Recording) {
			current = append(current, one)
		} else {
			others = append(others, one)
		}
	}
	return current, others
}

// filmed drops the recordings of sessions, which have a player and a rule of their own: an
// operator sees no session that was ended unless there is a suspicion.
func (v *Review) filmed(ctx context.Context, request enrolment.Request, items []evidence.Item) ([]evidence.Item, error) {
	all, err := v.Store.SessionsOf(ctx, request.ID)
	return slices.DeleteFunc(slices.Clone(items), func(item evidence.Item) bool {
		return item.Recording != "" && slices.ContainsFunc(all, func(one video.Session) bool { return slices.Contains(one.Recordings, item.Recording) })
	}), err
}

// shot says how a film was taken, and what was asked for when.
func (f *exhibitView) shot(request enrolment.Request) {
	v := request.Data.Verdict
	if v == nil || v.Film == nil || !strings.HasSuffix(f.URL, filmPath+v.Film.Recording) {
		return
	}
	f.Taken = "upload"
	if v.Film.Live {
		f.Taken = "live"
	}
	for _, c := range v.Film.Cues {
		f.Cues = append(f.Cues, momentView{Key: c.Key, Note: c.Note, At: c.At, Seconds: int(c.Offset.Seconds())})
	}
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
	if items, err = v.filmed(r.Context(), request, items); err != nil {
		return err
	}
	known := slices.ContainsFunc(items, func(item evidence.Item) bool { return item.Recording == id && item.Kind == evidence.VideoSegment })
	if id == "" || !known {
		return errNoItem
	}
	p, err := v.Evidence.OpenRecording(r.Context(), id, accessOf(r, by, request, purpose))
	if err != nil {
		return err
	}
	h, media := w.Header(), p.Recording.MediaType
	if !played[media] {
		media = "application/octet-stream"
		h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": "film"}))
	}
	h.Set("Content-Type", media)
	exhibit.Confine(h)
	http.ServeContent(w, r, "", time.Time{}, &reel{ctx: r.Context(), p: p})
	return nil
}
