package web

import (
	"bytes"
	"net/http"
	"strconv"
	"strings"

	"atrio/web/ui"
)

// PageOption changes how Site.Page sends a page.
type PageOption func(*pageOptions)

type pageOptions struct {
	noFormAction bool
	plain        bool
	capture      bool
	media        bool
	frames       []string
}

// NoFormAction leaves form-action out of the Content-Security-Policy: for pages
// whose form leads to another origin, at once or by the redirect that answers
// it. Browsers apply form-action to that redirect too.
func NoFormAction(o *pageOptions) { o.noFormAction = true }

// Frames lets a page show these origins in frames, and this site as well, to which they
// may lead back. Everywhere else nothing is framed.
func Frames(origins ...string) PageOption {
	return func(o *pageOptions) { o.frames = append([]string{"'self'"}, origins...) }
}

// Capture lets a page ask for camera and microphone. No other page may.
func Capture(o *pageOptions) { o.capture = true }

// Media lets a page play sound and pictures that move, of this site alone.
func Media(o *pageOptions) { o.media = true }

// Plain leaves out navigation and user, for pages in the middle of a flow.
func Plain(o *pageOptions) { o.plain = true }

// Page renders a page of the set in the visitor's language. The page is made
// whole before the first byte leaves, so an error can still become a page.
func (s *Site) Page(w http.ResponseWriter, r *http.Request, status int, page string, view any, opts ...PageOption) error {
	var o pageOptions
	for _, opt := range opts {
		opt(&o)
	}
	layout := ui.Layout{}
	if s.Layout != nil {
		layout = s.Layout(r)
	}
	layout.Plain = layout.Plain || o.plain
	s.frame(w, r, &layout)
	return s.send(w, r, status, page, layout, view, o)
}

func (s *Site) send(w http.ResponseWriter, r *http.Request, status int, page string, layout ui.Layout, view any, o pageOptions) error {
	var body bytes.Buffer
	body.Grow(usualPage)
	if err := s.Pages.Render(&body, page, Lang(r), layout, view); err != nil {
		return err
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Language", Lang(r))
	h.Set("Content-Length", strconv.Itoa(body.Len()))
	h.Set("Cache-Control", "no-store")
	policy := contentPolicy
	if !o.noFormAction {
		policy += s.formPolicy()
	}
	if o.capture {
		h.Set("Permissions-Policy", permissions("(self)", "(self)"))
	}
	switch {
	case o.media:
		h.Set("Content-Security-Policy", policy+"; media-src 'self'")
	case len(o.frames) > 0:
		h.Set("Content-Security-Policy", policy+"; frame-src "+strings.Join(o.frames, " "))
	case o.noFormAction:
		h.Set("Content-Security-Policy", policy)
	}
	w.WriteHeader(status)
	_, err := body.WriteTo(w)
	return ignoreGone(err)
}

// usualPage is room for most pages, so that the buffer does not grow step by step.
const usualPage = 16 << 10

// ignoreGone drops the error of a browser that went away while it was written
// to: headers are sent, nobody reads an error page any more.
func ignoreGone(error) error { return nil }

// frame fills in what every page shows and no product needs to know.
func (s *Site) frame(w http.ResponseWriter, r *http.Request, l *ui.Layout) {
	l.Path, l.Demo = r.URL.Path, s.Demo
	l.LogoURL, l.ThemeURL = s.themeAddresses()
	l.Notice = s.takeNotice(w, r)
	l.Links = nil
	for _, lang := range ui.Langs() {
		l.Links = append(l.Links, ui.LangLink{Lang: lang, URL: s.languageLink(r, lang), Current: lang == Lang(r)})
	}
}

// languageLink is the same page in another language. The answer to a POST has
// no address of its own: the link then leads to the form it came from, or home.
func (s *Site) languageLink(r *http.Request, lang string) string {
	path, query := samePath(r), withoutParameter(r.URL.RawQuery, "lang")
	if m := visitOf(r).mux; r.Method != http.MethodGet && (m == nil || !m.has(r, r.URL.Path)) {
		path, query = "/", ""
	}
	if query != "" {
		query += "&"
	}
	return path + "?" + query + "lang=" + lang
}
