package webtest

import (
	"bytes"
	"mime/multipart"
	"net/http"
)

// Upload sends a form with files, by the names of their fields, and follows where it
// leads.
func (c *Client) Upload(f *Form, files map[string][]byte, pairs ...string) *Page {
	c.T.Helper()
	f.Fill(pairs...)
	var body bytes.Buffer
	m := multipart.NewWriter(&body)
	for name, values := range f.Values {
		for _, value := range values {
			if _, file := files[name]; !file {
				m.WriteField(name, value) //nolint:errcheck // a buffer takes everything
			}
		}
	}
	for name, content := range files {
		part, err := m.CreateFormFile(name, name+".jpg")
		if err != nil {
			c.T.Fatal(err)
		}
		part.Write(content) //nolint:errcheck // a buffer takes everything
	}
	if err := m.Close(); err != nil {
		c.T.Fatal(err)
	}
	req, err := http.NewRequest(http.MethodPost, f.Action, &body) //nolint:noctx // the test's deadline is the limit
	if err != nil {
		c.T.Fatal(err)
	}
	req.Header.Set("Accept", "text/html")
	req.Header.Set("Content-Type", m.FormDataContentType())
	req.Header.Set("Sec-Fetch-Site", fetchSite(f.page.URL, req.URL))
	req.Header.Set("Origin", f.page.URL.Scheme+"://"+f.page.URL.Host)
	for name, list := range c.Header {
		req.Header[name] = list
	}
	res, err := c.HTTP.Do(req)
	if err != nil {
		c.T.Fatal(err)
	}
	defer res.Body.Close()
	p, err := readPage(c.T, res)
	if err != nil {
		c.T.Fatal(err)
	}
	if to := p.Header.Get("Location"); to != "" && p.Status == http.StatusSeeOther && !c.NoRedirect {
		return c.Get(p.resolve(to))
	}
	return p
}
