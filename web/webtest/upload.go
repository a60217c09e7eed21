package webtest

import (
	"bytes"
	"maps"
	"mime/multipart"
	"net/http"
	"net/url"
	"slices"
)

// Upload sends a form with files, by the names of their fields, and follows where it
// leads.
func (c *Client) Upload(f *Form, files map[string][]byte, pairs ...string) *Page {
	c.T.Helper()
	f.Fill(pairs...)
	p, err := c.DoUpload(f.Action, f.Values, files, f.page)
	if err != nil {
		c.T.Fatal(err)
	}
	if to := p.Header.Get("Location"); to != "" && p.Status == http.StatusSeeOther && !c.NoRedirect {
		return c.Get(p.resolve(to))
	}
	return p
}

// DoUpload sends fields and files from a page, or none, and gives the first answer. Like Do
// it may be used outside the test's goroutine.
func (c *Client) DoUpload(address string, values url.Values, files map[string][]byte, from *Page) (*Page, error) {
	var body bytes.Buffer
	m := multipart.NewWriter(&body)
	for _, name := range slices.Sorted(maps.Keys(values)) {
		for _, value := range values[name] {
			if _, file := files[name]; !file {
				m.WriteField(name, value) //nolint:errcheck // a buffer takes everything
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		part, err := m.CreateFormFile(name, name+".jpg")
		if err != nil {
			return nil, err
		}
		part.Write(files[name]) //nolint:errcheck // a buffer takes everything
	}
	if err := m.Close(); err != nil {
		return nil, err
	}
	return c.send(http.MethodPost, address, &body, m.FormDataContentType(), from)
}
