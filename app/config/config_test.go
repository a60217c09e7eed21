package config

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// small is the least that configures the gateway.
const small = `
[gateway]
base_url = "https://login.example.it"
listen = "127.0.0.1:8080"
database = "sqlite:///var/lib/atrio/gateway.db"
keys = "/var/lib/atrio/keys"
[gateway.spid]
locality = "Roma"
[gateway.spid.organization.it]
name = "Ateneo"
display_name = "Ateneo"
url = "https://www.example.it"
[gateway.spid.contact]
ipa_code = "esempio"
email = "spid@example.it"
`

// wrong loads what must not load, and wants every text in the error.
func wrong(t *testing.T, text string, environ []string, want ...string) {
	t.Helper()
	_, err := Load([]string{write(t, "atrio.toml", text)}, environ)
	if err == nil {
		t.Fatalf("loaded, but %q was expected", want)
	}
	for _, w := range want {
		if !strings.Contains(err.Error(), w) {
			t.Errorf("%q is not in %q", w, err)
		}
	}
}

func TestASmallConfigurationIsEnough(t *testing.T) {
	f := load(t, small)
	if err := f.Validate(); err != nil {
		t.Error(err)
	}
	if r, base := f.Role("gateway"); r.Listen != "127.0.0.1:8080" || base != "https://login.example.it" {
		t.Errorf("%v %s", r, base)
	}
}

func TestAnUnknownSettingIsToldWithItsLineAndASuggestion(t *testing.T) {
	wrong(t, "[gateway]\nlisten = \"127.0.0.1:8080\"\nbase_ur = \"https://x.example.it\"\n", nil,
		"atrio.toml:3", "gateway.base_ur", "unknown setting", "did you mean gateway.base_url?")
	wrong(t, "[gateway]\nfavourite_colour = \"red\"\n", nil, "atrio.toml:2", "see atrio check --example")
}

func TestAllUnknownSettingsAreToldAtOnce(t *testing.T) {
	wrong(t, "[log]\nlevle = \"info\"\n[mail]\nhosst = \"x\"\n", nil, "did you mean log.level?", "did you mean mail.host?")
}

func TestBrokenTOMLIsToldWithItsLine(t *testing.T) {
	wrong(t, "[log]\nlevel = info\n", nil, "atrio.toml:2")
}

func TestAValueOfTheWrongTypeIsToldWithItsLine(t *testing.T) {
	wrong(t, "[mail]\nhost = \"x\"\nport = \"many\"\n", nil, "atrio.toml:3")
	wrong(t, "[gateway]\nsession_idle = \"soon\"\n", nil, "atrio.toml:2", "not a duration")
}

func TestAMissingFileIsNamed(t *testing.T) {
	path := filepath.Join(t.TempDir(), "absent.toml")
	_, err := Load([]string{path}, nil)
	if err == nil || !strings.Contains(err.Error(), path) || !strings.Contains(err.Error(), "atrio check --example") {
		t.Errorf("%v", err)
	}
}

func TestAFileBeyondTheLimitIsRefused(t *testing.T) {
	wrong(t, strings.Repeat("#", maxFile+1), nil, "larger than")
}

func TestTheEnvironmentWinsOverTheFile(t *testing.T) {
	f := load(t, small,
		"ATRIO_GATEWAY_BASE_URL=https://other.example.it", "ATRIO_GATEWAY_SESSION_IDLE=15m", "ATRIO_GATEWAY_PERSON_CODE_DIGITS=10",
		"ATRIO_GATEWAY_OWN_MAIL_DOMAINS=a.example.it, b.example.it", "ATRIO_GATEWAY_SPID_ORGANIZATION_EN_NAME=University",
		"HOME=/root", "ATRIO_CONFIG=ignored.toml")
	if f.Gateway.BaseURL != "https://other.example.it" || f.Gateway.SessionIdle.Std() != 15*time.Minute || f.Gateway.PersonCodeDigits != 10 {
		t.Errorf("%+v", f.Gateway)
	}
	if got := fmt.Sprint(f.Gateway.OwnMailDomains); got != "[a.example.it b.example.it]" {
		t.Error(got)
	}
	if got := f.Gateway.SPID.Organization.En.Name; got != "University" {
		t.Error(got)
	}
}

func TestTheEnvironmentAloneCanConfigureARole(t *testing.T) {
	f, err := Load(nil, []string{"ATRIO_PORTAL_LISTEN=127.0.0.1:8082"})
	if err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(f.Roles()); got != "[portal]" || f.Portal.Listen != "127.0.0.1:8082" {
		t.Errorf("%s %+v", got, f.Portal)
	}
}

func TestASecretCanComeFromAFile(t *testing.T) {
	secret := write(t, "mail", "a b#c\n")
	f := load(t, small, "ATRIO_MAIL_PASSWORD_FILE="+secret)
	if got := f.Mail.Password.Reveal(); got != "a b#c" {
		t.Errorf("%q", got)
	}
	wrong(t, small, []string{"ATRIO_MAIL_PASSWORD_FILE=" + secret + ".absent"}, "ATRIO_MAIL_PASSWORD_FILE", "mail.password", "cannot be read")
}

func TestAMistakeInTheEnvironmentIsToldByItsName(t *testing.T) {
	wrong(t, small, []string{"ATRIO_GATEWAY_BASEURL=x"}, "ATRIO_GATEWAY_BASEURL", "unknown setting")
	wrong(t, small, []string{"ATRIO_MAIL_PORT=many"}, "ATRIO_MAIL_PORT", "mail.port", "not a whole number")
	wrong(t, small, []string{"ATRIO_GATEWAY_SESSION_IDLE=soon"}, "ATRIO_GATEWAY_SESSION_IDLE", "not a duration")
	wrong(t, small, []string{"ATRIO_GATEWAY_SERVICE=portale"}, "ATRIO_GATEWAY_SERVICE", "in the file only")
}

func TestALaterFileStandsOverAnEarlierOne(t *testing.T) {
	dir := t.TempDir()
	first, second := filepath.Join(dir, "a.toml"), filepath.Join(dir, "b.toml")
	for path, text := range map[string]string{first: small, second: "[gateway]\nlisten = \"127.0.0.1:9000\"\n"} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	f, err := Load([]string{first, second}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if f.Gateway.Listen != "127.0.0.1:9000" || f.Gateway.BaseURL != "https://login.example.it" {
		t.Errorf("%s %s", f.Gateway.Listen, f.Gateway.BaseURL)
	}
}

func TestNoTwoSettingsHaveTheSameVariable(t *testing.T) {
	seen := map[string]string{}
	for _, l := range settings() {
		if other, twice := seen[EnvName(l.key)]; twice {
			t.Errorf("%s and %s are both %s", l.key, other, EnvName(l.key))
		}
		seen[EnvName(l.key)] = l.key
	}
}
