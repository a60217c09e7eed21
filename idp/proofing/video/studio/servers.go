package studio

import (
	"crypto/hmac"
	"crypto/sha1" //nolint:gosec // what TURN servers take
	"encoding/base64"
	"encoding/json"
	"fmt"
	"time"
)

// browserServer is a server as a browser takes it. W3C WebRTC 4.2.4, RTCIceServer
type browserServer struct {
	URLs       string `json:"urls"`
	User       string `json:"username,omitempty"`
	Credential string `json:"credential,omitempty"`
}

// ForBrowser lists the STUN and TURN servers as JSON for the page of one session. With a
// secret a browser gets a user and a password of its own, which hold as long as a session may
// last: what a page shows is known to whoever opens it. draft-uberti-behave-turn-rest-00
func (c Config) ForBrowser(session string, now time.Time) string {
	list := make([]browserServer, 0, len(c.Servers))
	for _, s := range c.Servers {
		one := browserServer{URLs: s.URL, User: s.User, Credential: s.Password.Reveal()}
		if secret := s.Secret.Reveal(); secret != "" {
			one.User = fmt.Sprintf("%d:%s", now.Add(c.lifetime()).Unix(), session)
			mac := hmac.New(sha1.New, []byte(secret))
			mac.Write([]byte(one.User))
			one.Credential = base64.StdEncoding.EncodeToString(mac.Sum(nil))
		}
		list = append(list, one)
	}
	out, _ := json.Marshal(list) // strings alone
	return string(out)
}
