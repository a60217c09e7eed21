package web

import (
	"crypto/sha256"
	"encoding/hex"
	"io/fs"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"atrio/assets"
	"atrio/base/fault"
)

// immutable is the caching of addresses that carry a hash of their content.
const immutable = "public, max-age=31536000, immutable"

// static serves the built assets and the theme's own two files.
type static struct {
	files fs.FS
	index map[string]assets.File // by path
	theme map[string]themeFile   // by path
}

type themeFile struct {
	kind string
	body []byte
}

func (s *Site) newStatic() *static {
	st := &static{files: assets.FS(), index: map[string]assets.File{}, theme: map[string]themeFile{}}
	if m, err := assets.Manifest(); err == nil {
		for _, f := range m {
			st.index[f.Path] = f
		}
	}
	theme := s.Pages.Theme()
	logo, css := s.themeAddresses()
	if logo != "" {
		st.theme[strings.TrimPrefix(logo, assets.Prefix)] = themeFile{theme.LogoType, theme.Logo}
	}
	if css != "" {
		st.theme[strings.TrimPrefix(css, assets.Prefix)] = themeFile{"text/css; charset=utf-8", theme.CSS()}
	}
	return st
}

// themeAddresses are the addresses of logo and custom properties, "" without.
func (s *Site) themeAddresses() (logo, css string) {
	theme := s.Pages.Theme()
	if len(theme.Logo) > 0 {
		ext := map[string]string{"image/svg+xml": ".svg", "image/png": ".png"}[theme.LogoType]
		logo = assets.Prefix + "theme/logo." + shortHash(theme.Logo) + ext
	}
	if sheet := theme.CSS(); len(sheet) > 0 {
		css = assets.Prefix + "theme/theme." + shortHash(sheet) + ".css"
	}
	return logo, css
}

func shortHash(b []byte) string {
	h := sha256.Sum256(b)
	return hex.EncodeToString(h[:6])
}

func (st *static) serve(w http.ResponseWriter, r *http.Request) error {
	path := r.PathValue("file")
	if f, ok := st.theme[path]; ok {
		return answerStatic(w, r, f.kind, shortHash(f.body), f.body)
	}
	f, ok := st.index[path]
	if !ok {
		return fault.New(fault.NotFound, "error.not_found").For("no_route")
	}
	name, tag := f.Path, f.SHA256[:16]
	for _, e := range []struct{ coding, suffix string }{{"br", ".br"}, {"gzip", ".gz"}} {
		if slices.Contains(f.Encodings, e.coding) && accepts(r, e.coding) {
			name, tag = name+e.suffix, tag+"-"+e.coding
			w.Header().Set("Content-Encoding", e.coding)
			break
		}
	}
	if len(f.Encodings) > 0 {
		w.Header().Set("Vary", "Accept-Encoding")
	}
	body, err := fs.ReadFile(st.files, name)
	if err != nil {
		w.Header().Del("Content-Encoding")
		return err
	}
	return answerStatic(w, r, f.Type, tag, body)
}

func answerStatic(w http.ResponseWriter, r *http.Request, kind, tag string, body []byte) error {
	h := w.Header()
	h.Set("Cache-Control", immutable)
	h.Set("ETag", `"`+tag+`"`)
	if strings.Contains(r.Header.Get("If-None-Match"), `"`+tag+`"`) {
		h.Del("Content-Encoding")
		w.WriteHeader(http.StatusNotModified)
		return nil
	}
	h.Set("Content-Type", kind)
	h.Set("Content-Length", strconv.Itoa(len(body)))
	_, err := w.Write(body)
	return ignoreGone(err)
}

// accepts reports whether Accept-Encoding names a coding without refusing it.
func accepts(r *http.Request, coding string) bool {
	for item := range strings.SplitSeq(r.Header.Get("Accept-Encoding"), ",") {
		name, params, _ := strings.Cut(strings.TrimSpace(item), ";")
		if strings.EqualFold(strings.TrimSpace(name), coding) {
			q := strings.ReplaceAll(params, " ", "")
			return q != "q=0" && !strings.HasPrefix(q, "q=0.000")
		}
	}
	return false
}
