package authcode

import (
	"reflect"
	"testing"

	"atrio/base/fault"
)

func TestACodeIsReadAsItWasWritten(t *testing.T) {
	full := Code{
		ID: "i", Client: "c", Redirect: "https://corsi.example.it/ritorno?a=b&c=d", Challenge: "p", Scopes: "openid profile", Nonce: "n\x1f ù",
		Account: "a", Session: "s", ACR: "https://www.spid.gov.it/SpidL2", AMR: []string{"mfa", "otp"}, Level: 2, AuthTime: 1795000000,
	}
	for _, c := range []Code{full, {AMR: []string{}}} {
		packed, err := c.pack()
		if err != nil {
			t.Fatal(err)
		}
		got, err := unpack(packed)
		if err != nil || !reflect.DeepEqual(got, c) {
			t.Errorf("%+v became %+v, %v", c, got, err)
		}
	}
}

// 0.1.0 knew no Login: during an update its codes are redeemed by the new program.
func TestACodeOfTheFirstReleaseIsRead(t *testing.T) {
	c := Code{ID: "i", Client: "c", AMR: []string{"mfa"}, Level: 2, AuthTime: 1795000000}
	packed, err := c.pack()
	if err != nil {
		t.Fatal(err)
	}
	if got, err := unpack(packed[:len(packed)-1]); err != nil || !reflect.DeepEqual(got, c) {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestACodeOfAnotherFormIsRefused(t *testing.T) {
	if _, err := (Code{Nonce: "a\x00b"}).pack(); !fault.Is(err, fault.Internal) {
		t.Error("a field broke into two")
	}
	packed, err := Code{}.pack()
	if err != nil {
		t.Fatal(err)
	}
	for _, bad := range []string{"", "{}", string(packed) + "\x00", string(packed[:len(packed)-1]) + "x"} {
		if _, err := unpack([]byte(bad)); !fault.Is(err, fault.Invalid) {
			t.Errorf("%q was read", bad)
		}
	}
}
