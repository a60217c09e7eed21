package setting

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestDurationsAreReadWithDays(t *testing.T) {
	for text, want := range map[string]time.Duration{"90d": 90 * Day, "1h30m": 90 * time.Minute, "0s": 0, "10s": 10 * time.Second} {
		got, err := ParseDuration(text)
		if err != nil || got.Std() != want {
			t.Errorf("%s: %v, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "d", "-1h", "1.5d", "ten", "99999d"} {
		if _, err := ParseDuration(text); err == nil {
			t.Errorf("%q was accepted", text)
		}
	}
}

func TestDurationsSurviveWritingAndReading(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := Duration(time.Duration(rapid.Int64Range(0, 1_000_000).Draw(t, "seconds")) * time.Second)
		back, err := ParseDuration(d.String())
		if err != nil || back != d {
			t.Fatalf("%d became %q became %d: %v", d, d.String(), back, err)
		}
	})
}

func TestSecretsNeverPrintThemselves(t *testing.T) {
	s := struct{ Password Secret }{"tiger-lily"}
	asJSON, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	for _, shown := range []string{fmt.Sprint(s), fmt.Sprintf("%+v %#v %q", s, s, s.Password), string(asJSON), s.Password.LogValue().String()} {
		if strings.Contains(shown, "tiger") {
			t.Errorf("the secret shows in %s", shown)
		}
	}
	if s.Password.Reveal() != "tiger-lily" {
		t.Error("Reveal must give it")
	}
}
