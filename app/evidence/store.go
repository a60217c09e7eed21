package evidence

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
)

// store is the directory of the evidence.
type store struct {
	dir string
	// drawn are the files that pages are drawn with, by their path at the gateway, and
	// whether they could be had.
	drawn map[string]bool
}

// openStore takes a directory that is new, empty, or holds an earlier report: nothing
// else is ever written over.
func openStore(dir string) (*store, error) {
	if dir == "" {
		return nil, errors.New("name the directory for the evidence")
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	if _, err := os.Stat(filepath.Join(dir, "report.json")); len(entries) > 0 && err != nil {
		return nil, fmt.Errorf("%s is not empty and holds no earlier report; name another directory", dir)
	}
	for _, old := range []string{"cases", "site", "report.json", "index.html"} {
		if err := os.RemoveAll(filepath.Join(dir, old)); err != nil {
			return nil, err
		}
	}
	return &store{dir: dir, drawn: map[string]bool{}}, nil
}

// write puts a file below the directory.
func (s *store) write(name string, data []byte) error {
	full := filepath.Join(s.dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(full), 0o700); err != nil {
		return err
	}
	return os.WriteFile(full, data, 0o600)
}

func (s *store) writeCase(id string, files map[string][]byte) error {
	for name, data := range files {
		if err := s.write("cases/"+id+"/"+name, data); err != nil {
			return err
		}
	}
	return nil
}

func (s *store) writeJSON(name string, value any) error {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(value); err != nil {
		return err
	}
	return s.write(name, b.Bytes())
}

// report writes the report and its readable form.
func (s *store) report(r *Report) error {
	var b bytes.Buffer
	if err := index.Execute(&b, r); err != nil {
		return err
	}
	return errors.Join(s.writeJSON("report.json", r), s.write("index.html", b.Bytes()))
}

// Bounds of what pages are drawn with.
const maxDrawn = 64

// keepPage keeps a page with what it is drawn with, so that it looks the same without
// the gateway: references to the gateway's files become references into the directory.
func (r *run) keepPage(ctx context.Context, b *browser, id, name string, a answer) error {
	body := string(a.body)
	for _, link := range readPage(a.body).links {
		file, fragment, ok := localFile(link)
		if !ok {
			continue
		}
		if err := r.draw(ctx, b, file); err != nil {
			return err
		}
		if r.store.drawn[file] {
			for _, attr := range []string{"href", "src"} {
				body = strings.ReplaceAll(body, attr+`="`+link+`"`, attr+`="../../site`+file+fragment+`"`)
			}
		}
	}
	return r.store.write("cases/"+id+"/"+name, []byte(body))
}

var inStyle = regexp.MustCompile(`url\(\s*["']?([^"')]+)["']?\s*\)`)

// draw fetches a file of the gateway once, and what a style sheet names.
func (r *run) draw(ctx context.Context, b *browser, file string) error {
	if _, known := r.store.drawn[file]; known || len(r.store.drawn) >= maxDrawn {
		return nil
	}
	r.store.drawn[file] = false
	got, err := b.get(ctx, file)
	if err != nil || got.status != http.StatusOK {
		return err // a page without its picture is still evidence
	}
	r.store.drawn[file] = true
	if err := r.store.write("site"+file, got.body); err != nil {
		return err
	}
	if !strings.HasPrefix(got.header.Get("Content-Type"), "text/css") {
		return nil
	}
	for _, m := range inStyle.FindAllStringSubmatch(string(got.body), -1) {
		if named, _, ok := localFile(path.Join(path.Dir(file), m[1])); ok && !strings.HasPrefix(m[1], "/") && !strings.Contains(m[1], ":") {
			if err := r.draw(ctx, b, named); err != nil {
				return err
			}
		}
	}
	return nil
}

// localFile is the path of a file at the gateway; ok is false for other addresses and
// for paths that could leave the directory.
func localFile(link string) (file, fragment string, ok bool) {
	u, err := url.Parse(link)
	if err != nil || u.IsAbs() || u.Host != "" || u.RawQuery != "" || !strings.HasPrefix(u.Path, "/") || u.Path == "/" || path.Clean(u.Path) != u.Path || strings.Contains(u.Path, `\`) {
		return "", "", false
	}
	if u.Fragment != "" {
		fragment = "#" + u.Fragment
	}
	return u.Path, fragment, true
}
