package enrolment

import (
	"strings"
	"testing"
	"time"

	"atrio/authn/otp"
	"atrio/base/qrcode"
	"atrio/gateway/secondfactor/challenge"
	"atrio/web/ui"
	"atrio/web/webtest"
)

func TestEveryPageIsSoundInBothLanguages(t *testing.T) {
	at := time.Date(2026, 11, 28, 10, 0, 0, 0, time.UTC)
	path, size, err := drawing(otp.URI("Università di Prova", "123456789", []byte("12345678901234567890")))
	if err != nil {
		t.Fatal(err)
	}
	app := appView{Drawing: path, Size: size, Link: "otpauth://totp/x", Key: "ABCD EFGH", Account: "123456789", Issuer: "Prova", Label: "blu"}
	slow, fast := app, app
	slow.Off, slow.Errors = 2, ui.Errors{{Field: "code", Key: "enrolment.app.wrong"}}
	fast.Off, fast.Fast = 1, true
	webtest.Pages(t, Pages(), map[string][]any{
		"overview": {
			overviewView{}, overviewView{MoreApps: true, MoreNumbers: true, onwardView: onwardView{"Tasse", "/x"}}, overviewView{Has: true, onwardView: onwardView{"", "/x"}},
			overviewView{
				Has: true, Federated: []factorView{{"", at, at, removePath, "federated"}}, Passkeys: []factorView{{"", at, at, removePath, "passkey"}}, MorePasskeys: true, Apps: []factorView{{"", at, at, removePath, "totp"}, {"blu", at, time.Time{}, removePath, "totp"}},
				Numbers: []factorView{{"•••••• 567", at, at, removePath, "sms"}}, Desk: []factorView{{"", at, at, removePath, "desk"}}, Left: 3, Made: at, MoreApps: true, MoreNumbers: true,
			},
			overviewView{Has: true, Made: at},
		},
		"passkey":   {passkeyView{}, passkeyView{Options: `{"challenge":"x"}`, Label: "blu", Errors: ui.Errors{{Key: "enrolment.passkey.wrong"}}}},
		"federated": {federatedView{}, federatedView{On: true}, federatedView{Second: true}, federatedView{Second: true, Here: true}},
		"confirm":   {confirmView{}, confirmView{To: "second-factor-app", Factor: true, Minutes: 15}, confirmView{Identity: true}},
		"app":       {appView{}, app, slow, fast},
		"sms":       {smsView{}, smsView{Number: "333", Minutes: 5, Errors: ui.Errors{{Field: "number", Key: "enrolment.sms.prefix"}}}},
		"smscode":   {smsCodeView{}, smsCodeView{Number: "•••••• 567", Minutes: 10, Again: 40, Wait: 3, Errors: ui.Errors{{Field: "code", Key: "enrolment.sms.code.throttled"}}}},
		"recovery":  {recoveryView{}, recoveryView{Has: true}, recoveryView{Has: true, Left: 2, Made: at}, recoveryView{Has: true, Codes: []string{"ABCD-2345-WXYZ"}}, recoveryView{Has: true, Codes: []string{"ABCD-2345-WXYZ"}, onwardView: onwardView{"Tasse", "/x"}}},
		"remove":    {removeView{}, removeView{Factor: factorView{"", at, at, removePath, "totp"}, ID: "x", Last: true}, removeView{Factor: factorView{"", at, at, removePath, "passkey"}, ID: "x"}, removeView{Factor: factorView{"", at, at, removePath, "federated"}, ID: "x"}, removeView{Factor: factorView{"•••••• 567", at, at, removePath, "sms"}, ID: "x"}},
	}, challenge.Pages())
}

func TestTheDrawingHasTheModulesOfTheCode(t *testing.T) {
	path, size, err := drawing("otpauth://totp/x")
	if err != nil {
		t.Fatal(err)
	}
	// The finder pattern in the upper left corner, behind the margin: seven dark modules.
	if !strings.HasPrefix(string(path), `d="M4 4h7v1h-7z`) || size < 21+2*qrcode.Quiet {
		t.Errorf("%d modules: %.40s", size, path)
	}
	if strings.Trim(string(path), `d="Mhvz- 0123456789`) != "" {
		t.Error("the path holds something else than a path")
	}
	if _, _, err := drawing(strings.Repeat("x", 4000)); err == nil {
		t.Error("a text that fits no code was drawn")
	}
}

func TestLongKeysArePartedForReading(t *testing.T) {
	for text, want := range map[string]string{"": "", "ABC": "ABC", "ABCD": "ABCD", "ABCDE": "ABCD E", "ABCDEFGHI": "ABCD EFGH I"} {
		if got := spaced(text); got != want {
			t.Errorf("%q becomes %q", text, got)
		}
	}
}

func TestAProofLeadsToPagesOfOursOnly(t *testing.T) {
	for name, want := range map[string]string{
		"": Path, "second-factor-app": appPath, nameOf(recoveryPath): recoveryPath, nameOf(smsCodePath): smsPath, nameOf(removePath): Path,
		"//evil.example": Path, "/account": Path, "second-factor-": Path,
	} {
		if got := names[named(name)]; got != want {
			t.Errorf("%q leads to %s", name, got)
		}
	}
	if _, ok := PathOf("closing"); ok {
		t.Error("a page of another package was claimed")
	}
}
