package operator

import (
	"testing"
	"time"

	"atrio/base/fault"
	"atrio/web/ui"
	"atrio/web/webtest"
)

func TestEveryPageIsSoundInBothLanguages(t *testing.T) {
	at := time.Date(2026, time.March, 10, 9, 30, 0, 0, time.UTC)
	wrong := ui.Errors{{Key: "operator.login.wrong"}}
	key := Key{ID: "k", Label: "chiavetta <blu>", Added: at, Used: at}
	home := homeView{Name: "Remo <Prova>", Point: "centro", TrainedUntil: at, Untrained: true}
	for _, role := range Roles() {
		home.Roles = append(home.Roles, string(role))
	}
	for _, p := range places[1:] {
		home.Places = append(home.Places, placeView{p.key, p.path})
	}
	webtest.Pages(t, Pages(), map[string][]any{
		"login":   {loginView{}, loginView{Errors: wrong, Question: "q", Options: `{"challenge":"x"}`, To: "/operator/queue"}},
		"confirm": {confirmView{}, confirmView{Errors: wrong, Question: "q", Options: "{}", Action: "/operator/keys/new", Fields: []fault.Field{{Name: "key", Value: `"><b>`}}}},
		"new_key": {newKeyView{}, newKeyView{Name: "Remo", Action: "/x", Link: "l", Label: "x", Errors: ui.Errors{{Field: "label", Key: "form.required"}}}},
		"keys":    {keysView{}, keysView{Keys: []Key{key}, Last: true}, keysView{Keys: []Key{key, key}, Full: true}},
		"home":    {homeView{}, home},
	})
}
