package plant

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"

	"atrio/app/config"
	"atrio/base/setting"
)

func TestSecretsAndPersonalDataAreRedactedInLogs(t *testing.T) {
	for _, format := range []string{"json", "text"} {
		var out bytes.Buffer
		log, err := newLogger(&out, config.Log{Format: format})
		if err != nil {
			t.Fatal(err)
		}
		roleLogger(log, "gateway").Info("login",
			"password", "pass-1", slog.Group("request", "SAMLResponse", "resp-2", "path", "/login"),
			"key", setting.Secret("sec-3"), "email", "mail-4@example.test")
		for _, secret := range []string{"pass-1", "resp-2", "sec-3", "mail-4"} {
			if strings.Contains(out.String(), secret) {
				t.Errorf("%s: %s is in the log: %s", format, secret, out.String())
			}
		}
		if !strings.Contains(out.String(), "/login") || !strings.Contains(out.String(), "gateway") {
			t.Errorf("%s: the harmless part is missing: %s", format, out.String())
		}
	}
}

func TestUnknownLogSettingsAreRefused(t *testing.T) {
	for _, c := range []config.Log{{Level: "loud"}, {Format: "xml"}} {
		if _, err := newLogger(&bytes.Buffer{}, c); err == nil {
			t.Errorf("%+v was accepted", c)
		}
	}
}
