package acr

import "encoding/json"

// Claims is what of a claims parameter means something here.
type Claims struct {
	IDToken struct {
		ACR *Wish `json:"acr,omitempty"`
		Sub *Wish `json:"sub,omitempty"`
	} `json:"id_token"`
}

// Wish is how a request asks for one claim. // OIDC-core 5.5.1
type Wish struct {
	Essential bool     `json:"essential,omitempty"`
	Value     string   `json:"value,omitempty"`
	Values    []string `json:"values,omitempty"`
}

// ReadClaims reads the wishes about the ID token that mean something here, and of the
// contexts the known ones. Other claims may be wished for in forms that we do not know,
// and are not read.
func ReadClaims(raw string) (c Claims, err error) {
	if err := json.Unmarshal([]byte(raw), &c); err != nil {
		return c, err
	}
	acr := c.IDToken.ACR
	if acr == nil {
		return c, nil
	}
	if acr.Value != "" {
		acr.Values, acr.Value = []string{acr.Value}, ""
	}
	asked := len(acr.Values) > 0
	if acr.Values = Known(acr.Values); len(acr.Values) == 0 && (!asked || !acr.Essential) {
		c.IDToken.ACR = nil // no value is wanted, or none that could be heeded
	}
	return c, nil
}
