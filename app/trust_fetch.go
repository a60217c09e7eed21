package app

import (
	"context"
	"crypto"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"time"

	"atrio/federation/spid/spidsaml"
	"atrio/gateway"
)

// fetchPatience bounds the download of metadata at the start.
const fetchPatience = 15 * time.Second

// addProviders reads every provider of the configuration, from files and from
// signed documents on the net.
func (t *trust) addProviders(ctx context.Context, list []gateway.SPIDProviderConfig, now time.Time) error {
	for _, c := range list {
		if c.MetadataFile != "" {
			if err := readMetadata([]string{c.MetadataFile}, now, t.addProvider); err != nil {
				return err
			}
			continue
		}
		if err := t.addSigned(ctx, c, now); err != nil {
			return fmt.Errorf("metadata %s: %w", c.MetadataURL, err)
		}
	}
	return nil
}

// addSigned fetches a document and believes it only with the signature of the
// configured certificate.
func (t *trust) addSigned(ctx context.Context, c gateway.SPIDProviderConfig, now time.Time) error {
	key, err := certificateKey(c.MetadataCertificate)
	if err != nil {
		return err
	}
	data, err := fetch(ctx, c.MetadataURL)
	if err != nil {
		return err
	}
	// What is trusted is what was verified, not the document read a second time.
	p, err := spidsaml.ReadSignedProvider(data, []crypto.PublicKey{key}, now)
	if err != nil {
		return err
	}
	return t.add(p)
}

func certificateKey(path string) (crypto.PublicKey, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	block, _ := pem.Decode(data)
	if block == nil {
		return nil, fmt.Errorf("%s is not a PEM certificate", path)
	}
	cert, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return cert.PublicKey, nil
}

// fetch reads a document of bounded size; redirects must stay on the host.
func fetch(ctx context.Context, address string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, fetchPatience)
	defer cancel()
	want, err := url.Parse(address)
	if err != nil {
		return nil, err
	}
	client := &http.Client{CheckRedirect: func(r *http.Request, via []*http.Request) error {
		if r.URL.Host != want.Host || r.URL.Scheme != want.Scheme || len(via) > 3 {
			return errors.New("the document moved to another host")
		}
		return nil
	}}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, err
	}
	answer, err := client.Do(request)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("the server answered %s", answer.Status)
	}
	data, err := io.ReadAll(io.LimitReader(answer.Body, maxMetadata+1))
	if err == nil && len(data) > maxMetadata {
		err = fmt.Errorf("the document is larger than %d bytes", maxMetadata)
	}
	return data, err
}
