package point

import (
	"atrio/idp/proofing/appointment"
	"slices"
	"strings"
	"testing"
	"time"

	"atrio/base/setting"
)

func directory() *Directory {
	return NewDirectory(
		[]CircuitConfig{{ID: "centri", Name: "Centri di prova"}, {ID: "negozi", Name: "Negozi di prova", Uploads: uploadsOperator}},
		[]PointConfig{
			{ID: "lodi", Circuit: "centri", Name: "Centro di Lodi", Street: "Via di Prova 1", PostalCode: "26900", Town: "Lodi", Hours: []string{"mon-fri 09:00-10:00", "sat 01:40-03:20"}, Closed: []string{"2026-03-12"}, Slot: setting.Duration(30 * time.Minute)},
			{ID: "forli", Circuit: "centri", Name: "Sportello unico", Street: "Via di Prova 2", PostalCode: "47121", Town: "Forlì", Hours: []string{"mon 09:00-10:00"}},
			{ID: "bar", Circuit: "negozi", Name: "Bar di prova", Street: "Via di Prova 3", PostalCode: "26900", Town: "Lodi", Hours: []string{"sun 09:00-10:00"}},
		})
}

func TestMistakesInCircuitsAndPointsAreNamed(t *testing.T) {
	faults := Validate(
		[]CircuitConfig{{ID: "A b", Uploads: "nobody"}, {ID: "c", Name: "C"}, {ID: "c", Name: "C"}, {ID: "d", Name: "D", RAO: true, IssuerCode: "c h501"}, {ID: "e", Name: "E", SealKey: "k"}, {ID: "f", Name: "F", RAO: true, IssuerCode: "c_h501"}},
		[]PointConfig{{ID: "p", Circuit: "none", Name: "P", Street: "s", Town: "t", Hours: []string{"lun 9-12"}, Closed: []string{"Natale"}, Slot: setting.Duration(time.Minute), Desks: -1, Networks: []string{"192.0.2.1/24"}},
			{ID: "p", Circuit: "c", Hours: []string{"mon 10:00-09:00"}}})
	var text []string
	for _, err := range faults {
		text = append(text, err.Error())
	}
	all := strings.Join(text, "\n")
	for _, want := range []string{
		"circuit[0].id", "circuit[0].name", "circuit[0].uploads", "circuit[2].id", "circuit[3].issuer_code", "circuit[4].rao", "circuit[5].seal_certificate, seal_key", "point[0].circuit", "point[0].hours", "point[0].closed", "point[0].slot", "point[0].desks", "point[0].networks",
		"point[1].id", "point[1].name", "point[1].street", "point[1].town", "point[1].hours",
	} {
		if !strings.Contains(all, want) {
			t.Errorf("%s is not named in\n%s", want, all)
		}
	}
	d := directory()
	if faults := Validate(d.circuits, []PointConfig{d.points[0].PointConfig, d.points[1].PointConfig}); len(faults) != 0 {
		t.Errorf("sound settings: %v", faults)
	}
}

func TestTimesAreThoseOfTheOpeningHours(t *testing.T) {
	p, _ := directory().Point("lodi")
	wall := func(list []time.Time) (out []string) {
		for _, at := range list {
			out = append(out, at.In(appointment.Rome).Format("Mon 2 15:04 -07"))
		}
		return out
	}
	// Tuesday 10 March 2026, 09:00 in Rome: the slot that begins now is over.
	from := time.Date(2026, 3, 10, 8, 0, 0, 0, time.UTC)
	want := []string{"Tue 10 09:30 +01", "Wed 11 09:00 +01", "Wed 11 09:30 +01", "Fri 13 09:00 +01", "Fri 13 09:30 +01", "Sat 14 01:40 +01", "Sat 14 02:10 +01", "Sat 14 02:40 +01"}
	if got := wall(p.Times(from, 5)); !slices.Equal(got, want) {
		t.Errorf("%q\nwant %q", got, want)
	}
	// Both changes of the clock: no time twice, none that the wall does not show, in order.
	for _, day := range []time.Time{time.Date(2026, 3, 28, 12, 0, 0, 0, time.UTC), time.Date(2026, 10, 24, 12, 0, 0, 0, time.UTC)} {
		sunday, _ := directory().Point("bar")
		got := sunday.Times(day, 3)
		if len(got) != 3 || !slices.IsSortedFunc(got, time.Time.Compare) || got[0].In(appointment.Rome).Format("15:04") != "09:00" {
			t.Errorf("after %v: %q", day, wall(got))
		}
	}
}

func TestPointsAreFoundByTownNameAndPostalCode(t *testing.T) {
	d := directory()
	for typed, want := range map[string]string{"": "forli lodi", "forli": "forli", "FORLÌ": "forli", "lod": "lodi", "269": "lodi", "sportello forli": "forli", "roma": "", "%": "", "unico": "forli"} {
		var got []string
		for _, p := range d.Search("centri", typed) {
			got = append(got, p.ID)
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%q finds %v, want %q", typed, got, want)
		}
	}
	if !d.OperatorUploads("negozi") || d.OperatorUploads("centri") || d.OperatorUploads("gone") {
		t.Error("who takes the pictures")
	}
	if d.CircuitName("gone") != "gone" || d.Name("lodi") != "Centro di Lodi" {
		t.Error("names")
	}
}
