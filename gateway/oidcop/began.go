package oidcop

import (
	"crypto/hmac"
	"encoding/base64"
	"strconv"
	"strings"
	"time"
)

// beganLife is how long a login may take before the authorization starts anew. For a
// service for minors it is more: a parent may take a day at the door, and the choice
// before and the first entry after it take their time too. // G2.9
const (
	beganLife       = 24 * time.Hour
	beganLifeMinors = 36 * time.Hour
)

// resume is the query by which a login comes back to this authorization. It
// carries when the authorization first came in, so that prompt=login and max_age
// are satisfied by a login after that instant and re-entry cannot loop.
func (p *Provider) resume(req *request, began time.Time) string {
	micros := strconv.FormatInt(began.UnixMicro(), 36)
	return req.params.Encode() + "&" + beganParameter + "=" + micros + "." + p.beganMAC(req, micros)
}

// readBegan is the instant of a resumed request, zero when there is none or it
// was not written here for just this request.
func (p *Provider) readBegan(raw string, req *request) time.Time {
	micros, mac, ok := strings.Cut(raw, ".")
	if !ok || !hmac.Equal([]byte(mac), []byte(p.beganMAC(req, micros))) {
		return time.Time{}
	}
	n, err := strconv.ParseInt(micros, 36, 64)
	if err != nil {
		return time.Time{}
	}
	began := time.UnixMicro(n).UTC()
	life := beganLife
	if req.service.Access().ForMinors() {
		life = beganLifeMinors
	}
	if p.Site.Now().Sub(began) > life {
		return time.Time{}
	}
	return began
}

func (p *Provider) beganMAC(req *request, micros string) string {
	sum := p.mac("oidc-login-began", micros, req.params.Encode())
	return base64.RawURLEncoding.EncodeToString(sum[:16])
}
