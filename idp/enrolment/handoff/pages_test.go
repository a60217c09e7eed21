package handoff

import (
	"html/template"
	"testing"

	"atrio/idp/enrolment/pictures"
	"atrio/idp/enrolment/way"
	"atrio/web/ui"
	"atrio/web/webtest"
)

func TestPagesAreSoundInBothLanguages(t *testing.T) {
	computer := []any{computerView{State: Over, Minutes: 2}}
	for _, state := range []State{Waiting, Claimed, Open} {
		computer = append(computer, computerView{
			State: state, Code: "AB10-2131", Address: "https://idp.example/enrol/camera", Drawing: template.HTMLAttr(`d="M0 0"`), Size: 1,
			Numbers: []int{12, 47, 83}, Minutes: 2, There: 1, All: 4, Watch: statePath + "?seen=x", Seconds: 100,
		})
	}
	errs := ui.Errors{{Field: "document_front", Key: "handoff.none"}}
	webtest.Pages(t, Pages(), map[string][]any{"computer": computer, "telephone": {
		phoneView{}, phoneView{Lost: true, Code: "x", Errors: ui.Errors{{Field: "code", Key: "handoff.over"}}},
		phoneView{State: Claimed, Number: 47, Whose: "a…@example.org", Watch: stirPath, Seconds: 100},
		phoneView{State: Open, Whose: "a…@example.org", What: pictures.Fields(), There: map[string]bool{"document_back": true}, Minutes: 30, Most: 8, Complete: true, Errors: errs},
	}}, way.Pages())
}
