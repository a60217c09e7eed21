package web_test

import (
	"net/http"
	"strings"
	"testing"
)

func TestTheAnswerToAFormMayLeadToTheNamedOriginsOnly(t *testing.T) {
	b := start(t, nil, func(b *bench) { b.FormTargets = []string{"https://login.example.it", "http://localhost:8080"} })
	for _, path := range []string{"/", "/missing"} {
		policy := b.get(t, http.MethodGet, path, "", nil).Header.Get("Content-Security-Policy")
		if !strings.HasSuffix(policy, "; form-action 'self' https://login.example.it http://localhost:8080") {
			t.Errorf("%s: policy %q", path, policy)
		}
	}
}

func TestAFormTargetIsAnOriginAndNothingElse(t *testing.T) {
	b := start(t, nil, nil)
	for _, bad := range []string{
		"", "*", "https:", "https://", "login.example.it", "https://login.example.it/", "https://login.example.it/path",
		"https://*.example.it", "https://a.example; script-src *", "https://u@a.example", "javascript:alert(1)", "https://a.example?x",
	} {
		b.FormTargets = []string{bad}
		if b.Validate() == nil {
			t.Errorf("%q is taken for an origin", bad)
		}
	}
}
