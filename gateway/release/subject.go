package release

import (
	"encoding/base64"

	"atrio/gateway/services"
)

// MAC is seal.Keyring.MAC: a keyed hash whose key does not change by rotation.
type MAC func(purpose string, data ...string) []byte

// Subject is the lasting name of an account for a service: the same for all
// services of one sector, and of no use for comparing between sectors.
// OIDC-core 8.1, G7.2
func Subject(mac MAC, s *services.Service, accountID string) string {
	sum := mac("oidc-subject", s.Sector, accountID)
	return base64.RawURLEncoding.EncodeToString(sum)
}
