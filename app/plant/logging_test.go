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

// A34: nobody writes a line of their own into the log, and a codice fiscale stands in none.
func TestA34NobodyWritesALineOfTheirOwnIntoTheLog(t *testing.T) {
	for _, format := range []string{"json", "text"} {
		var out bytes.Buffer
		log, err := newLogger(&out, config.Log{Format: format})
		if err != nil {
			t.Fatal(err)
		}
		const forged = "x\r\n{\"level\":\"INFO\",\"msg\":\"forged\"}\x1b[2J\u2028\u0085 level=INFO msg=forged"
		log.Info("request", "path", "/enrol/"+forged, "user_agent", forged, forged, "v", slog.Group("by", "address", forged), "fiscal_code", "PRVMRA83E50A744N", "codice_fiscale", "PRVMRA83E50A744N")
		line := strings.TrimSuffix(out.String(), "\n")
		if strings.ContainsAny(line, "\r\n\x1b\u2028") || format == "text" && strings.Contains(line, "\u0085") {
			t.Errorf("%s: a line of somebody else's: %q", format, line)
		}
		if strings.Contains(line, "PRVMRA83E50A744N") {
			t.Errorf("%s: a codice fiscale: %s", format, line)
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
