package tokenkeys

import (
	"context"
	"net/http"
	"sync/atomic"

	"atrio/base/keys"
	"atrio/gateway/oidcop/document"

	"github.com/luikyv/go-oidc/pkg/goidc"
)

// Published is the key set that everybody may read, rendered again only when a rotation
// changed it.
type Published struct {
	Keys Keys

	last atomic.Pointer[set]
}

// set is a key set with the pairs that it was made of.
type set struct {
	es256, rs256 *keys.Set
	keys         goidc.JSONWebKeySet
	document     document.Document
}

// now is the set of this moment.
func (p *Published) now() (*set, error) {
	var rs256 *keys.Set
	es256 := p.Keys.ES256.Current()
	if p.Keys.RS256 != nil {
		rs256 = p.Keys.RS256.Current()
	}
	if old := p.last.Load(); old != nil && old.es256 == es256 && old.rs256 == rs256 {
		return old, nil
	}
	fresh := &set{es256: es256, rs256: rs256}
	fresh.add(goidc.ES256, es256)
	if rs256 != nil {
		fresh.add(goidc.RS256, rs256)
	}
	var err error
	if fresh.document, err = document.New(fresh.keys); err != nil {
		return nil, err
	}
	p.last.Store(fresh)
	return fresh, nil
}

func (s *set) add(alg goidc.SignatureAlgorithm, from *keys.Set) {
	for _, pair := range from.Published {
		s.keys.Keys = append(s.keys.Keys, goidc.JSONWebKey{
			Key: pair.Signer.Public(), KeyID: pair.KeyID, Algorithm: string(alg), Use: string(goidc.KeyUsageSignature),
		})
	}
}

// Serve publishes the keys. // OIDC-discovery 3
func (p *Published) Serve(w http.ResponseWriter, r *http.Request) error {
	s, err := p.now()
	if err != nil {
		return err
	}
	return s.document.Serve(w, r)
}

// Set is what the engine verifies with.
func (p *Published) Set(context.Context) (goidc.JSONWebKeySet, error) {
	s, err := p.now()
	if err != nil {
		return goidc.JSONWebKeySet{}, err
	}
	return s.keys, nil
}
