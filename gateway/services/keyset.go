package services

import (
	"crypto/rsa"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/go-jose/go-jose/v4"
)

// checkKeySet accepts a set of public signature keys, each with a kid, RSA keys
// of 2048 bits or more.
func checkKeySet(text string) error {
	if text == "" {
		return errors.New("is needed for auth = \"private_key_jwt\": the JSON text of the public keys, {\"keys\": […]}")
	}
	var set jose.JSONWebKeySet
	if err := json.Unmarshal([]byte(text), &set); err != nil {
		return fmt.Errorf("is not a JSON Web Key Set: %w", err)
	}
	if len(set.Keys) == 0 {
		return errors.New("has no key")
	}
	seen := map[string]bool{}
	for i, key := range set.Keys {
		pub, isRSA := key.Key.(*rsa.PublicKey)
		switch {
		case !key.Valid() || !key.IsPublic():
			return fmt.Errorf("keys[%d]: is not a public key; never put the private part (\"d\") or a symmetric key here", i)
		case key.KeyID == "" || seen[key.KeyID]:
			return fmt.Errorf("keys[%d]: needs a kid of its own", i)
		case key.Use != "" && key.Use != "sig":
			return fmt.Errorf("keys[%d]: use must be \"sig\"", i)
		case isRSA && pub.N.BitLen() < 2048:
			return fmt.Errorf("keys[%d]: RSA keys need 2048 bits or more", i)
		}
		seen[key.KeyID] = true
	}
	return nil
}
