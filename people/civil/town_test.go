package civil

import (
	"testing"
	"time"
)

func TestASuppressedMunicipalityShowsUntilWhenItExisted(t *testing.T) {
	old := Town{Code: "A744", Name: "BELLAGIO", Province: "CO", Until: time.Date(2014, 2, 3, 0, 0, 0, 0, time.UTC)}
	want := "BELLAGIO (CO) (soppresso il 03/feb/2014)"
	if got := Label(old, true); got != want {
		t.Errorf("Label = %q", got)
	}
	if got := Label(old, false); got != "BELLAGIO (soppresso il 03/feb/2014)" {
		t.Errorf("Label = %q", got)
	}
	for typed, name := range map[string]string{want: "BELLAGIO", "Roma (RM)": "Roma", "Reggio nell'Emilia (RE)": "Reggio nell'Emilia", "Roma": "Roma", "(RM)": "(RM)"} {
		if got, _, _ := Picked(typed, "", ""); got != name {
			t.Errorf("Picked(%q) = %q, want %q", typed, got, name)
		}
	}
}
