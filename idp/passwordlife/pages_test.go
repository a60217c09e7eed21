package passwordlife

import (
	"testing"
	"time"

	"atrio/idp/credential"
	"atrio/web/ui"
	"atrio/web/webtest"
)

func TestPagesRenderWithZeroAndFullViews(t *testing.T) {
	full := view{
		Action: Path, Renew: true, Service: "Servizi <Prova>", Cancel: "/c", Until: time.Date(2026, time.March, 10, 9, 30, 0, 0, time.UTC),
		Notice: "password_life.wait", Minutes: 5, Later: "<x>", LaterURL: "/l", Errors: ui.Errors{{Field: "current", Key: "password_life.wrong.current"}},
	}
	own := full
	own.Renew, own.Cancel, own.Notice = false, "", "password_life.shop"
	webtest.Pages(t, Pages(), map[string][]any{"change": {view{}, full, own}}, credential.Pages())
}
