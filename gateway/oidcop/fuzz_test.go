package oidcop_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"atrio/gateway/oidcop"
	"atrio/people/person"
)

// FuzzForeignBytesAreNeverOurFault sends anything to the endpoints: the answer is
// a page, a refusal or an answer to a registered address, never a 5xx. Run it with
// -fuzzminimizetime 10x: the coverage of a whole server is not repeatable, and the
// fuzzer would spend its time on making inputs smaller.
func FuzzForeignBytesAreNeverOurFault(f *testing.F) {
	h := newHouse(f)
	cookie := h.desk.signIn(atLevel(person.Level2))
	form := exchangeForm("vecchio", "x").Encode()
	f.Add(ask("portale").Encode(), form, "Basic cG9ydGFsZTp4")
	f.Add(ask("portale", "max_age", "99999999999999999999", "id_token_hint", "a.b.c").Encode(), "client_assertion=a.e30.c&grant_type=x", "Bearer a.b.c")
	f.Add("client_id=portale&client_id=portale", "%zz", "Bearer "+strings.Repeat("x", 300))
	f.Add("id_token_hint=a.b.c&state=%00", "access_token=x", "")
	f.Fuzz(func(t *testing.T, query, body, authorization string) {
		for _, path := range []string{oidcop.AuthorizePath, oidcop.EndSessionPath, oidcop.TokenPath, oidcop.UserinfoPath, "/oidc/logout/confirm"} {
			for _, method := range []string{http.MethodGet, http.MethodPost} {
				r := httptest.NewRequest(method, h.url+path, strings.NewReader(body))
				r.URL.RawQuery = query
				r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
				if path == oidcop.AuthorizePath {
					r.AddCookie(cookie)
				}
				r.Header["Authorization"] = []string{authorization}
				w := httptest.NewRecorder()
				h.handler.ServeHTTP(w, r)
				to := w.Header().Get("Location")
				if w.Code >= http.StatusInternalServerError || strings.HasPrefix(to, "http") && !strings.HasPrefix(to, redirectOf("portale")+"?") && !strings.Contains(to, ".example.it/") {
					t.Errorf("%s %s: %d %q", method, path, w.Code, to)
				}
			}
		}
	})
}
