package registry

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"time"

	"atrio/saml/xmlsec"
)

// maxDocument bounds a description: what the reader of saml/metadata takes.
var maxDocument = int64(xmlsec.Metadata.MaxBytes)

const (
	usualPatience = 15 * time.Second
	maxRedirects  = 3
)

// found is what looking at a source gave.
type found struct {
	// unchanged says that the document that is held is still the newest.
	unchanged      bool
	document       []byte
	etag, modified string
}

// fetcher downloads documents: bounded in size, time and redirects, and never from a
// host other than the one that the operator named.
type fetcher struct {
	transport http.RoundTripper
	patience  time.Duration
}

func newFetcher(transport http.RoundTripper, patience time.Duration) *fetcher {
	if transport == nil {
		transport = &http.Transport{
			Proxy:                 http.ProxyFromEnvironment,
			DialContext:           (&net.Dialer{Timeout: 5 * time.Second}).DialContext,
			TLSClientConfig:       &tls.Config{MinVersion: tls.VersionTLS12}, // SPID-RT trasmissione
			TLSHandshakeTimeout:   5 * time.Second,
			ResponseHeaderTimeout: 10 * time.Second,
			DisableKeepAlives:     true, // asked once an hour
			ForceAttemptHTTP2:     true,
		}
	}
	if patience <= 0 {
		patience = usualPatience
	}
	return &fetcher{transport: transport, patience: patience}
}

// get asks for a document, unless it is the one with that etag or date. // RFC 9110 13.1
func (f *fetcher) get(ctx context.Context, address, etag, modified string) (found, error) {
	ctx, cancel := context.WithTimeout(ctx, f.patience)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return found{}, trouble(CodeUnreachable, "the address cannot be asked").because(err)
	}
	request.Header.Set("Accept", "application/samlmetadata+xml, application/xml;q=0.9, text/xml;q=0.8, */*;q=0.1")
	request.Header.Set("User-Agent", "atrio")
	if etag != "" {
		request.Header.Set("If-None-Match", etag)
	}
	if modified != "" {
		request.Header.Set("If-Modified-Since", modified)
	}
	answer, err := f.client(request.URL).Do(request)
	if err != nil {
		return found{}, failedGet(ctx, err)
	}
	defer answer.Body.Close()
	switch {
	case answer.StatusCode == http.StatusNotModified && (etag != "" || modified != ""):
		return found{unchanged: true}, nil
	case answer.StatusCode != http.StatusOK:
		return found{}, trouble(CodeStatus, "the server answered %d", answer.StatusCode)
	}
	data, err := io.ReadAll(io.LimitReader(answer.Body, maxDocument+1))
	switch {
	case err != nil:
		return found{}, failedGet(ctx, err)
	case int64(len(data)) > maxDocument:
		return found{}, trouble(CodeTooLarge, "the document is larger than %d bytes", maxDocument)
	}
	return found{document: data, etag: header(answer, "ETag"), modified: header(answer, "Last-Modified")}, nil
}

var errMoved = errors.New("registry: redirected to another host, or too often")

func (f *fetcher) client(want *url.URL) *http.Client {
	return &http.Client{Transport: f.transport, CheckRedirect: func(r *http.Request, via []*http.Request) error {
		if r.URL.Host != want.Host || r.URL.Scheme != want.Scheme || len(via) > maxRedirects {
			return errMoved
		}
		return nil
	}}
}

func failedGet(ctx context.Context, err error) error {
	var asked *url.Error
	if errors.As(err, &asked) {
		err = asked.Err // without the address, which the operator sees beside it
	}
	switch {
	case errors.Is(err, errMoved):
		return trouble(CodeMoved, "the server sends us to another host")
	case ctx.Err() != nil || errors.Is(err, os.ErrDeadlineExceeded) || timeout(err):
		return trouble(CodeSlow, "the server did not answer in time")
	}
	return trouble(CodeUnreachable, "the server cannot be reached").because(err)
}

func timeout(err error) bool {
	var n net.Error
	return errors.As(err, &n) && n.Timeout()
}

// header is a value that we send back one day; long ones are dropped.
func header(answer *http.Response, name string) string {
	if v := answer.Header.Get(name); len(v) <= 256 {
		return v
	}
	return ""
}

// readBounded reads a file that may not be larger than a description.
func readBounded(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, trouble(CodeFile, "the file cannot be read").because(err)
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxDocument+1))
	switch {
	case err != nil:
		return nil, trouble(CodeFile, "the file cannot be read").because(err)
	case int64(len(data)) > maxDocument:
		return nil, trouble(CodeTooLarge, "the file is larger than %d bytes", maxDocument)
	}
	return data, nil
}

// Fetch reads a document once, under the same bounds as a source: size, time, redirects,
// and no other host than the one that was named.
func Fetch(ctx context.Context, address string) ([]byte, error) {
	got, err := newFetcher(nil, 0).get(ctx, address, "", "")
	return got.document, err
}
