package web

import (
	"encoding/json"
	"log/slog"
	"math"
	"net/http"
	"strconv"
	"strings"
	"unicode/utf8"

	"atrio/base/audit"
	"atrio/base/fault"
	"atrio/web/locale"
	"atrio/web/ui"
)

// errorView is the view of "web/error".
type errorView struct {
	Title     string
	Text      string
	Help      string
	Lead      string // what the page says first below its title,
	More      string // and then; either may be ""
	Reference string
	Status    int
	Wait      int // seconds; 0 when another try needs no waiting
	Actions   []errorAction
}

type errorAction struct {
	Text   string
	URL    string
	Fields []fault.Field // of a form that is posted; none for a link
}

// Fail is the one place where an error becomes an answer: a page in the
// visitor's language, or JSON where the client asks for it, with the reference
// number that also stands in the log and in the audit line.
func (s *Site) Fail(w http.ResponseWriter, r *http.Request, err error) {
	f := classify(err)
	s.report(r, f)
	if rec, ok := w.(*recorder); ok && rec.status != 0 {
		return // the answer has begun: nothing can be added to it
	}
	view := s.errorView(r, f)
	h := w.Header()
	if f.RetryAfter > 0 {
		h.Set("Retry-After", strconv.Itoa(view.Wait))
	}
	if wantsJSON(r) {
		s.failJSON(w, f, view)
		return
	}
	layout := ui.Layout{Plain: true}
	s.frame(w, r, &layout)
	if err := s.send(w, r, view.Status, "web/error", layout, view, pageOptions{}); err != nil {
		// The page of errors itself fails: only a broken theme can do that.
		s.Log.LogAttrs(r.Context(), slog.LevelError, "error page", slog.String("request", view.Reference), slog.String("error", err.Error()))
		http.Error(w, view.Text+" ("+view.Reference+")", view.Status)
	}
}

// classify makes a fault of any error; what the transport found wrong with the
// request is the client's fault, not ours.
func classify(err error) *fault.Error {
	known := fault.From(err)
	if f, ok := bodyFault(err); ok && known.Kind != f.Kind {
		return f
	}
	return known // with the ways on that a handler added
}

// report writes the private cause to the log and the refusal to the audit.
// Addresses that do not exist are only logged: strangers ask for them all day.
func (s *Site) report(r *http.Request, f *fault.Error) {
	status, level := f.Kind.Status(), slog.LevelInfo
	outcome := audit.Refused
	if status >= http.StatusInternalServerError {
		level, outcome = slog.LevelError, audit.Failed
	}
	s.Log.LogAttrs(r.Context(), level, "refused", slog.String("request", RequestID(r)),
		slog.String("reason", f.AuditReason()), slog.Int("status", status), slog.String("error", f.Error()))
	if s.Refused == nil || f.Reason == "no_route" {
		return
	}
	ev := audit.Event{
		At: s.Now(), Role: s.Role, Action: audit.RequestFailed, Outcome: outcome, Reason: f.AuditReason(),
		Reference: RequestID(r), Detail: map[string]string{"method": cut(r.Method, 16), "route": visitOf(r).pattern, "status": strconv.Itoa(status)},
	}
	if a := ClientAddr(r); a.IsValid() {
		ev.Address = a.String()
	}
	if session := CurrentSession(r); session != nil {
		ev.Actor, ev.Subject = session.Subject, session.Subject
	}
	s.Refused(r.Context(), ev)
}

// errorView finds the texts of a fault. A key that the catalogue lacks shows
// the text of its kind: an error page must never fail for a word.
func (s *Site) errorView(r *http.Request, f *fault.Error) errorView {
	c, lang := s.Pages.Catalog(), Lang(r)
	general := "error." + strings.ReplaceAll(f.Kind.String(), " ", "_")
	key := f.Key
	if c.Check(key, f.Args...) != nil {
		key = general
	}
	v := errorView{
		Title: c.Text(lang, general+".title"), Text: c.Text(lang, key, f.Args...),
		Reference: RequestID(r), Status: f.Kind.Status(),
		Wait: int(math.Ceil(f.RetryAfter.Seconds())),
	}
	for _, k := range []string{key + ".help", general + ".help"} {
		if c.Has(k) {
			v.Help = c.Text(lang, k, f.Args...)
			break
		}
	}
	v.arrange(c, lang, key, key == general)
	for _, a := range f.Actions {
		if url := LocalPath(a.URL, ""); url != "" && c.Has(a.Key) {
			v.Actions = append(v.Actions, errorAction{c.Text(lang, a.Key), url, a.Fields})
		}
	}
	if len(v.Actions) == 0 {
		v.Actions = []errorAction{{Text: c.Text(lang, "action.home"), URL: "/"}}
	}
	return v
}

// longestTitle is how long a text may be and still serve as a title.
const longestTitle = 85

// arrange puts the most telling words into the title: those of the key's own
// ".title", or the text itself when it is one short sentence. A title such as
// "Richiesta non valida" remains for what has neither.
func (v *errorView) arrange(c *locale.Catalog, lang, key string, general bool) {
	v.Lead, v.More = v.Text, v.Help
	if general {
		return
	}
	text := strings.TrimSuffix(v.Text, ".")
	switch {
	case c.Has(key + ".title"):
		v.Title, v.Lead, v.More = c.Text(lang, key+".title"), v.Help, v.Text
	case utf8.RuneCountInString(text) <= longestTitle && !strings.Contains(text, ". "):
		v.Title, v.Lead, v.More = text, v.Help, ""
	}
}

func (s *Site) failJSON(w http.ResponseWriter, f *fault.Error, view errorView) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(view.Status)
	body := struct {
		Error     string `json:"error"`
		Message   string `json:"message"`
		Reference string `json:"reference"`
	}{strings.ReplaceAll(f.Kind.String(), " ", "_"), view.Text, view.Reference}
	_ = json.NewEncoder(w).Encode(body) // a client that went away cannot be told
}

// JSON answers with a value; it is never stored by caches.
func (s *Site) JSON(w http.ResponseWriter, status int, value any) error {
	data, err := json.Marshal(value)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, err = w.Write(append(data, '\n'))
	return ignoreGone(err)
}

// wantsJSON reports whether the client prefers JSON: it names it and not HTML.
func wantsJSON(r *http.Request) bool {
	accept := r.Header.Get("Accept")
	return strings.Contains(accept, "application/json") && !strings.Contains(accept, "text/html")
}
