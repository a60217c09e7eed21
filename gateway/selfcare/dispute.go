package selfcare

import (
	"net/http"
	"time"

	"atrio/base/fault"
	"atrio/web"
)

// disputeView is the view of "selfcare/dispute".
type disputeView struct {
	// Reference names the line of the history, Line is that line.
	Reference string
	Line      historyLine
}

// dispute asks before it acts: "Non sono stato io". // G5.1
func (s *Selfcare) dispute(w http.ResponseWriter, r *http.Request) error {
	reference := r.URL.Query().Get("event")
	line, ok, err := s.ownLine(r, reference)
	if err != nil {
		return err
	}
	if !ok {
		return web.Redirect(w, r, historyPath)
	}
	return s.Site.Page(w, r, http.StatusOK, "selfcare/dispute", disputeView{Reference: reference, Line: line})
}

// disputed ends all other sessions and leaves a line for the help desk.
func (s *Selfcare) disputed(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	reference := f.Text("event", web.Required, web.Max(64))
	_, ok, err := s.ownLine(r, reference)
	if err != nil {
		return err
	}
	if !ok {
		return fault.New(fault.Invalid, "error.invalid").For("event").Offer("selfcare.nav.history", historyPath)
	}
	if _, err := s.Changes.Dispute(r.Context(), s.change(r, "selfcare.mail.disputed"), reference); err != nil {
		return offer(err, "selfcare.nav.history", historyPath)
	}
	return web.Redirect(w, r, disputedPath)
}

// done says what to do next.
func (s *Selfcare) done(w http.ResponseWriter, r *http.Request) error {
	return s.Site.Page(w, r, http.StatusOK, "selfcare/disputed", nil)
}

// ownLine finds a line by its reference among the newest of who is signed in: nobody
// disputes what is not shown to them.
func (s *Selfcare) ownLine(r *http.Request, reference string) (historyLine, bool, error) {
	rows, err := s.History.EventsOf(r.Context(), web.CurrentSession(r).Subject, 0, exported)
	if err != nil || reference == "" {
		return historyLine{}, false, err
	}
	for _, row := range rows {
		if row.Event.Reference != reference {
			continue
		}
		if line, ok := s.line(row.Event, web.Lang(r)); ok {
			return line, true, nil
		}
	}
	return historyLine{}, false, nil
}

// stamp is a time in files that machines read.
func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }
