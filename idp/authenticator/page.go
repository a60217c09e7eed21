package authenticator

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"atrio/assets"
	"atrio/web"
)

// appView is the view of "authenticator/app".
type appView struct{ Provider string }

// app is the page that the telephone keeps. All of its states are in it; a script shows one.
func (h *Handler) app(w http.ResponseWriter, r *http.Request) error {
	policy := w.Header().Get("Content-Security-Policy")
	w.Header().Set("Content-Security-Policy", policy+"; manifest-src 'self'; worker-src 'self'")
	return h.Site.Page(w, r, http.StatusOK, "authenticator/app", appView{h.Provider}, web.Plain)
}

// manifest lets a telephone keep the page on its home screen.
func (h *Handler) manifest(w http.ResponseWriter, r *http.Request) error {
	c, lang := h.Site.Pages.Catalog(), web.Lang(r)
	w.Header().Set("Cache-Control", "no-cache")
	icons := []map[string]string{}
	if files, err := assets.Manifest(); err == nil {
		icon := files["favicon.svg"]
		icons = append(icons, map[string]string{"src": assets.Prefix + icon.Path, "type": icon.Type, "sizes": "any"})
	}
	return say(w, http.StatusOK, map[string]any{
		"name": c.Text(lang, "app.name", "provider", h.Provider), "short_name": h.Provider, "lang": lang,
		"id": Path, "start_url": Path, "scope": Path, "display": "standalone", "background_color": "#ffffff", "theme_color": "#0066cc",
		"icons": icons,
	})
}

//go:embed worker.js
var workerScript []byte

// worker says in words that there is no network; nothing else is its matter.
func (h *Handler) worker(w http.ResponseWriter, r *http.Request) error {
	w.Header().Set("Content-Type", "text/javascript; charset=utf-8")
	w.Header().Set("Service-Worker-Allowed", Path) // the page itself has no slash behind it
	w.Header().Set("Cache-Control", "no-cache")
	_, _ = w.Write(workerScript)
	return nil
}

// A stream looks every second for as long as streamLife, and is opened again by the
// browser: short enough that a node can be stopped.
const (
	streamEvery = time.Second
	streamLife  = 8 * time.Second
)

// events sends what the app is asked as it comes. // HTML 9.2 server-sent events
func (h *Handler) events(w http.ResponseWriter, r *http.Request) error {
	devices := h.entered(r)
	if devices == nil {
		return say(w, http.StatusUnauthorized, failure{Error: "enter"})
	}
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("X-Accel-Buffering", "no") // proxies that collect would hold it back
	out := http.NewResponseController(w)
	fmt.Fprint(w, "retry: 500\n\n")
	tick, end := time.NewTicker(streamEvery), time.NewTimer(streamLife)
	defer tick.Stop()
	defer end.Stop()
	last := ""
	for {
		list, err := h.prompts(r, devices)
		if err != nil {
			return err
		}
		if err := send(w, list, &last); err != nil || out.Flush() != nil {
			return nil // who went away reads no error
		}
		select {
		case <-r.Context().Done():
			return nil
		case <-end.C:
			return nil
		case <-tick.C:
		}
	}
}

// send writes an event when something is new.
func send(w http.ResponseWriter, list []asked, last *string) error {
	ids := ""
	for _, p := range list {
		ids += p.ID + " "
	}
	if ids == *last && ids != "" {
		return nil
	}
	*last = ids
	raw, err := json.Marshal(map[string][]asked{"prompts": list})
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(w, "data: %s\n\n", raw)
	return err
}
