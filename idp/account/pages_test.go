package account_test

import (
	"testing"
	"time"

	"atrio/idp/account"
	"atrio/idp/identity"
	"atrio/web/webtest"
)

func TestPagesRenderWithZeroAndFullViews(t *testing.T) {
	at := time.Date(2026, time.March, 10, 9, 30, 0, 0, time.UTC)
	full := account.View{
		Name: "Ada <Prova>", UserID: "ada@example.org", SPIDCode: "TESTABCDEFGH01", State: identity.Suspended, Expires: at, Level: 2, Since: at, Until: at,
	}
	for _, method := range []string{"password", "session", "totp", "sms"} {
		full.Accesses = append(full.Accesses, account.Access{Service: "Servizi Prova", Level: 1, Method: method, Anomaly: len(full.Accesses) + 1, At: at})
	}
	webtest.Pages(t, account.Pages(), map[string][]any{
		"start":   {account.StartView{}, account.StartView{SignedIn: true}},
		"account": {account.View{}, full},
	})
}
