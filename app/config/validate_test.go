package config

import (
	"reflect"
	"strings"
	"testing"
)

func settings() []leaf { return leaves(reflect.TypeFor[File]()) }

// refused wants a configuration that loads and that Validate refuses.
func refused(t *testing.T, text string, want ...string) {
	t.Helper()
	err := load(t, text).Validate()
	if err == nil {
		t.Fatalf("accepted, but %q was expected", want)
	}
	for _, w := range want {
		if !strings.Contains(err.Error(), w) {
			t.Errorf("%q is not in %q", w, err)
		}
	}
}

func TestAConfigurationWithoutARoleIsRefused(t *testing.T) {
	refused(t, "[log]\nlevel = \"info\"\n", "no role is configured")
}

func TestPlainHTTPIsRefusedButOnThisMachine(t *testing.T) {
	for base, ok := range map[string]bool{
		"https://login.example.it": true, "http://localhost:8080": true, "http://127.0.0.1:8080": true, "http://[::1]:8080": true, "http://login.localhost": true,
		"http://login.example.it": false, "http://10.0.0.1": false, "http://localhost.example.it": false,
	} {
		err := load(t, strings.Replace(small, "https://login.example.it", base, 1)).Validate()
		if ok != (err == nil) {
			t.Errorf("%s: %v", base, err)
		}
		if !ok && !strings.Contains(err.Error(), "must be https") {
			t.Errorf("%s: %v", base, err)
		}
	}
}

func TestABaseURLIsSchemeAndHost(t *testing.T) {
	for _, base := range []string{"login.example.it", "ftp://login.example.it", "https://login.example.it/atrio", ""} {
		refused(t, strings.Replace(small, "https://login.example.it", base, 1), "gateway.base_url", "scheme and host")
	}
}

func TestEveryMistakeIsToldAtOnce(t *testing.T) {
	refused(t, `
[gateway]
base_url = "https://login.example.it"
tls_certificate = "/etc/atrio/crt.pem"
session_idle = "2h"
session_absolute = "1h"
login_life = "1m"
`, "gateway.listen", "gateway.database", "gateway.keys", "tls_certificate and tls_key go together", "longer than session_absolute",
		"login_life", "organization.it", "ipa_code")
}

func TestRolesShareNeitherDatabaseNorKeys(t *testing.T) {
	refused(t, small+`
[portal]
base_url = "https://corsi.example.it"
listen = "127.0.0.1:8082"
database = "sqlite:///var/lib/atrio/gateway.db"
keys = "/var/lib/atrio/../atrio/keys/"
[portal.login]
issuer = "https://login.example.it"
client_id = "portale"
client_secret = "x"
`, "gateway.database and portal.database are the same", "gateway.keys and portal.keys are the same")
}

func TestMistakesOfTheProductsAreFound(t *testing.T) {
	refused(t, small+"[[gateway.service]]\nclient_id = \"x\"\n[idp]\nbase_url = \"https://id.example.it\"\n[portal]\n",
		"services[0]", "idp.code", "idp.listen", "portal.login.issuer")
}

func TestASecretIsNeverPartOfAnError(t *testing.T) {
	err := load(t, strings.Replace(small, "sqlite:///var/lib/atrio/gateway.db", "postgres://u:hidden-word@h/d", 1)+
		"[idp]\ndatabase = \"postgres://u:hidden-word@h/d\"\n").Validate()
	if err == nil || strings.Contains(err.Error(), "hidden-word") {
		t.Errorf("%v", err)
	}
}
