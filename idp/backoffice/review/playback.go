package review

import (
	"context"
	"errors"
	"io"
	"net/http"
	"slices"
	"time"

	"atrio/base/fault"
	"atrio/idp/enrolment"
	"atrio/idp/evidence"
	"atrio/idp/proofing/video"
	"atrio/idp/proofing/video/studio"
	"atrio/web"
)

// sessionView is a video session of which a recording was kept.
type sessionView struct {
	// Aborted: it ended without an identification.
	Aborted bool
	// Recovered: the node stopped meanwhile.
	Recovered  bool
	Begun      time.Time
	Recordings []recordingView
	// First is the address of the applicant's.
	First string
	Steps []momentView
}

// recordingView is one side of a session.
type recordingView struct{ Side, URL string }

// momentView is a step of a session and where it stands in the recordings, in seconds.
type momentView struct {
	Key     string
	Note    string
	At      time.Time
	Seconds int
}

// shown tells whether the recordings of a session are looked at: those of the one that
// identified the applicant; of others by who examines a suspicion, who has nothing else to go by.
func shown(request enrolment.Request, one video.Session) bool {
	return one.State == video.Ended || one.State == video.Aborted && request.State == enrolment.FraudReview
}

// sessions lists the sessions of which something was kept, for who looks at them again. // A13
func (v *Review) sessions(r *http.Request, request enrolment.Request, path string, view *requestView) error {
	all, err := v.Store.SessionsOf(r.Context(), request.ID)
	if err != nil {
		return err
	}
	for _, one := range all {
		if len(one.Recordings) == 0 || !shown(request, one) {
			continue
		}
		done, err := v.Store.StepsDone(r.Context(), one.ID)
		if err != nil {
			return err
		}
		s := sessionView{Aborted: one.State != video.Ended, Recovered: one.Recovered, Begun: one.Begun}
		for i, id := range one.Recordings {
			if id == "" {
				continue
			}
			side := []studio.Side{studio.Applicant, studio.Operator}[min(i, 1)]
			s.Recordings = append(s.Recordings, recordingView{string(side), path + string(request.Number) + recordingPath + id})
		}
		if len(s.Recordings) > 0 {
			s.First = s.Recordings[0].URL
		}
		for _, d := range done {
			s.Steps = append(s.Steps, momentView{Key: "video.step." + string(d.Step), At: d.At, Seconds: max(0, int(d.At.Sub(one.Begun).Seconds()))})
		}
		view.Sessions = append(view.Sessions, s)
	}
	return nil
}

// recording plays one side of a session to the operator who has the request.
func (v *Review) recording(w http.ResponseWriter, r *http.Request) error {
	who, request, err := v.taken(r)
	if err != nil {
		return err
	}
	return v.play(w, r, who.ID, request, string(request.State))
}

// recordingLook does so for a second look.
func (v *Review) recordingLook(w http.ResponseWriter, r *http.Request) error {
	who, request, err := v.has(r, looksAgain)
	if err != nil {
		return err
	}
	return v.play(w, r, who.ID, request, "second look")
}

// play writes a recording, or the part of it that a browser asks for; each look stands in
// the audit log first.
func (v *Review) play(w http.ResponseWriter, r *http.Request, by string, request enrolment.Request, purpose string) error {
	id := r.PathValue("item")
	all, err := v.Store.SessionsOf(r.Context(), request.ID)
	if err != nil {
		return err
	}
	if id == "" || !slices.ContainsFunc(all, func(one video.Session) bool { return shown(request, one) && slices.Contains(one.Recordings, id) }) {
		return fault.New(fault.NotFound, "error.review.no_item").For("review_no_item").Offer("review.back", Path)
	}
	p, err := v.Evidence.OpenRecording(r.Context(), id, access(r, by, purpose+" "+string(request.Number)))
	if err != nil {
		return err
	}
	h := w.Header()
	h.Set("Content-Type", "video/webm")
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Security-Policy", "default-src 'none'; media-src 'self'; frame-ancestors 'none'")
	h.Set("X-Content-Type-Options", "nosniff")
	http.ServeContent(w, r, "", time.Time{}, &reel{ctx: r.Context(), p: p})
	return nil
}

// access is a look at evidence.
func access(r *http.Request, by, purpose string) evidence.Access {
	a := evidence.Access{By: by, Purpose: purpose, Reference: web.RequestID(r)}
	if addr := web.ClientAddr(r); addr.IsValid() {
		a.Address = addr.String()
	}
	return a
}

// reel reads the segments of a recording as one file, opening one at a time.
type reel struct {
	ctx     context.Context //nolint:containedctx // that of the one request it serves
	p       *evidence.Playback
	at      int64
	number  int // of the segment that is open
	content []byte
}

func (f *reel) size() int64 { return f.p.Summary().Size }

// Seek implements io.Seeker.
func (f *reel) Seek(offset int64, whence int) (int64, error) {
	switch whence {
	case io.SeekCurrent:
		offset += f.at
	case io.SeekEnd:
		offset += f.size()
	}
	if offset < 0 {
		return 0, errors.New("review: before the beginning of a recording")
	}
	f.at = offset
	return offset, nil
}

// Read implements io.Reader.
func (f *reel) Read(into []byte) (int, error) {
	start := int64(0)
	for _, s := range f.p.Segments {
		if f.at >= start+s.Size {
			start += s.Size
			continue
		}
		if f.number != s.Segment {
			content, err := f.p.Segment(f.ctx, s.Segment)
			if err != nil {
				return 0, err
			}
			f.number, f.content = s.Segment, content
		}
		n := copy(into, f.content[f.at-start:])
		f.at += int64(n)
		return n, nil
	}
	return 0, io.EOF
}
