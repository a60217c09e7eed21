package audit

import (
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

func TestAHostileEventIsMadeSmallAndPlain(t *testing.T) {
	e := Event{
		At:      now.In(time.FixedZone("x", 3600)).Add(1500 * time.Nanosecond),
		Actor:   strings.Repeat("è", MaxText),
		Reason:  "line\nbreak\x00and\x7f",
		Address: "\xff\xfe",
		Detail:  map[string]string{},
	}
	for i := range 2 * MaxDetails {
		e.Detail["name"+strconv.Itoa(i)] = strings.Repeat("v", 1000)
	}
	n := e.Normal()
	if n.At.Location() != time.UTC || n.At.Nanosecond() != 1000 {
		t.Errorf("time %v", n.At)
	}
	if len(n.Actor) > MaxText || !utf8.ValidString(n.Actor) || n.Reason != "line break and " || !utf8.ValidString(n.Address) {
		t.Errorf("texts %q %q %q", n.Actor, n.Reason, n.Address)
	}
	if len(n.Detail) != MaxDetails || len(n.Detail["name0"]) != MaxText {
		t.Errorf("%d details", len(n.Detail))
	}
	if len(e.Detail) != 2*MaxDetails {
		t.Error("the caller's map was changed")
	}
	if again := n.Normal(); (Row{Event: again}).equal(Row{Event: n}) == false {
		t.Error("a normal event must stay as it is")
	}
}

func (r Row) equal(other Row) bool { return string(r.hash(nil)) == string(other.hash(nil)) }
