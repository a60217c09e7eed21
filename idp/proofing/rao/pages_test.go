package rao

import (
	"slices"
	"testing"

	"atrio/idp/enrolment/way"
	"atrio/web/ui"
	"atrio/web/webtest"
)

func TestThePagesAreSoundInBothLanguages(t *testing.T) {
	tokens := []any{tokenView{}, tokenView{Token: "<x>", Errors: ui.Errors{{Field: "token", Key: "rao.token.missing"}}}}
	codes := []any{codeView{Office: "<b>"}, codeView{First: "<x>", Second: "y", Errors: ui.Errors{{Field: "first", Key: "rao.code.wrong", Args: []any{"left", 3}}, {Field: "second", Key: "form.required"}}},
		codeView{Errors: ui.Errors{{Field: "first", Key: "rao.code.form"}}}}
	for _, why := range refusals() {
		tokens = append(tokens, tokenView{Errors: ui.Errors{{Field: "token", Key: key(why)}}, Help: key(why) + ".help"})
		codes = append(codes, codeView{Errors: ui.Errors{{Key: key(why)}}, Help: key(why) + ".help"})
	}
	webtest.Pages(t, Pages(), map[string][]any{"token": tokens, "code": codes}, way.Pages())
}

func TestTheConfigurationSaysWhatIsMissing(t *testing.T) {
	sound := Config{Authorities: []string{"ca.pem"}, Issuers: "bodies.txt"}
	for name, c := range map[string]struct {
		change func(*Config)
		faults int
	}{
		"not offered":  {func(c *Config) { *c = Config{} }, 0},
		"sound":        {func(*Config) {}, 0},
		"no authority": {func(c *Config) { c.Authorities = nil }, 1},
		"no name":      {func(c *Config) { c.Authorities = []string{""} }, 1},
		"no register":  {func(c *Config) { c.Issuers = "" }, 1},
		"policy":       {func(c *Config) { c.Policies = []string{"all"} }, 1},
		"networks":     {func(c *Config) { c.PrivateNetworks = []string{"10.0.0.1"} }, 1},
	} {
		one := sound
		c.change(&one)
		if got := one.Validate(); len(got) != c.faults {
			t.Errorf("%s: %v", name, got)
		}
	}
	if got := (Config{}).WithDefaults().Policies; !slices.Equal(got, Policies()) {
		t.Errorf("the policies are %v", got)
	}
}

func TestARegisterIsReadLineByLine(t *testing.T) {
	r, err := ReadRegister([]byte("\n# comment\n a_1 ; CF:IT-00000000000 ; Comune di Prova; frazione\r\nb-2;VATIT-1;Ateneo di Prova"))
	if err != nil || len(r) != 2 || r["a_1"] != (Issuer{"a_1", "CF:IT-00000000000", "Comune di Prova; frazione"}) {
		t.Fatalf("%+v, %v", r, err)
	}
	for _, wrong := range []string{"a", "a;b", "a;b;", "a b;c;d", "a;x;One\na;y;Two", ";b;c"} {
		if r, err := ReadRegister([]byte(wrong)); err == nil {
			t.Errorf("%q is read as %v", wrong, r)
		}
	}
}
