package web

import (
	"embed"
	"io"
	"io/fs"
	"log/slog"
	"net/http"

	"atrio/assets"
	"atrio/web/ui"
)

//go:embed pages texts
var files embed.FS

// Pages are the shell's own pages and the texts that all products share.
func Pages() ui.Pages { return ui.Pages{Name: "web", FS: files} }

// NewPages makes the page set of a site: the shell's own pages and the given.
func NewPages(theme ui.Theme, pages ...ui.Pages) (*ui.Set, error) {
	return ui.NewSet(theme, append([]ui.Pages{Pages()}, pages...)...)
}

// mountOwn mounts what every site has.
func (s *Site) mountOwn(m *Mux) {
	st := s.newStatic()
	m.mux.Handle("GET "+assets.Prefix+"{file...}", plain(s, st.serve))
	m.mux.Handle("GET /healthz", plain(s, s.health))
	m.mux.Handle("GET /readyz", plain(s, s.ready))
	m.Get("/licences", s.licences)
}

// plain serves without session and language: the answer is the same for all.
func plain(s *Site, h HandlerFunc) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := h(w, r); err != nil {
			s.Fail(w, r, err)
		}
	})
}

// health answers as long as the process can answer.
func (s *Site) health(w http.ResponseWriter, _ *http.Request) error {
	return answerProbes(w, http.StatusOK, "ok\n")
}

// ready answers whether this node can take visitors; why not is in the log.
func (s *Site) ready(w http.ResponseWriter, r *http.Request) error {
	if s.Ready != nil {
		if err := s.Ready(r.Context()); err != nil {
			s.Log.LogAttrs(r.Context(), slog.LevelWarn, "not ready", slog.String("error", err.Error()))
			return answerProbes(w, http.StatusServiceUnavailable, "not ready\n")
		}
	}
	return answerProbes(w, http.StatusOK, "ready\n")
}

func answerProbes(w http.ResponseWriter, status int, text string) error {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(status)
	_, err := io.WriteString(w, text)
	return ignoreGone(err)
}

// licence is one entry of "web/licences".
type licence struct {
	assets.Licence
	Text string
}

// licences shows the notices of the packages whose code is in the assets.
func (s *Site) licences(w http.ResponseWriter, r *http.Request) error {
	list, err := assets.Licences()
	if err != nil {
		return err
	}
	view := struct{ List []licence }{}
	for _, l := range list {
		text, err := fs.ReadFile(assets.FS(), l.File)
		if err != nil {
			return err
		}
		view.List = append(view.List, licence{l, string(text)})
	}
	return s.Page(w, r, http.StatusOK, "web/licences", view)
}
