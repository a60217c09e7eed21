// Package point is the identification in person: Points of partner circuits, appointments
// that an applicant books, and (in package console) the work of the operator at the Point.
//
// It owns where Points are and when they are open, and which times are free; the rows of
// appointments are kept with the requests (idp/idpdb). What a step means is enrolment's.
//
// REG 7; I8
package point

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"atrio/idp/proofing/appointment"
	"atrio/people/latin"
)

const (
	uploadsApplicant = "applicant"
	uploadsOperator  = "operator"

	firstPerson    = "person"
	firstDocuments = "documents"
	defaultSlot    = 20 * time.Minute
)

// Point is a place where applicants are identified.
type Point struct {
	PointConfig
	hours    appointment.Hours
	networks []netip.Prefix
}

// around is how long before the opening and after the closing somebody may still be served.
const around = 30 * time.Minute

// Open tells whether somebody may be at its desks at a moment. // A16
func (p Point) Open(at time.Time) bool {
	return p.hours.Open(at) || p.hours.Open(at.Add(around)) || p.hours.Open(at.Add(-around))
}

// Here tells whether an address is one of its own. // A16
func (p Point) Here(from netip.Addr) bool {
	return len(p.networks) == 0 || slices.ContainsFunc(p.networks, func(n netip.Prefix) bool { return n.Contains(from.Unmap()) })
}

// readNetworks reads addresses and networks.
func readNetworks(lines []string) (list []netip.Prefix, err error) {
	for _, line := range lines {
		n, err := netip.ParsePrefix(line)
		if err != nil || n != n.Masked() {
			return nil, fmt.Errorf("%q is not a network such as 192.0.2.0/24", line)
		}
		list = append(list, n)
	}
	return list, nil
}

// Address is where it is, on one line.
func (p Point) Address() string {
	return strings.TrimSpace(p.Street + ", " + strings.TrimSpace(p.PostalCode+" "+p.Town))
}

// Lasts is how long an appointment is.
func (p Point) Lasts() time.Duration {
	if p.Slot == 0 {
		return defaultSlot
	}
	return time.Duration(p.Slot)
}

// Places is how many appointments there are at a time.
func (p Point) Places() int { return max(1, p.Desks) }

// Directory has the circuits and their Points.
type Directory struct {
	circuits []CircuitConfig
	points   []Point
}

// NewDirectory makes the directory of validated settings.
func NewDirectory(circuits []CircuitConfig, points []PointConfig) *Directory {
	d := &Directory{circuits: circuits}
	for _, c := range points {
		p := Point{PointConfig: c}
		p.hours, _ = appointment.ReadHours(c.Hours, c.Closed) // validated
		p.networks, _ = readNetworks(c.Networks)
		d.points = append(d.points, p)
	}
	return d
}

// Circuits lists the partners.
func (d *Directory) Circuits() []CircuitConfig { return d.circuits }

// Partners lists the circuits that applicants choose among: a public office identifies for
// every provider, by a token. // 1.8
func (d *Directory) Partners() []CircuitConfig {
	return slices.DeleteFunc(slices.Clone(d.circuits), func(c CircuitConfig) bool { return c.RAO })
}

// Circuit finds a partner.
func (d *Directory) Circuit(id string) (CircuitConfig, bool) {
	i := slices.IndexFunc(d.circuits, func(c CircuitConfig) bool { return c.ID == id })
	if i < 0 {
		return CircuitConfig{}, false
	}
	return d.circuits[i], true
}

// CircuitName gives the name of a partner; its id when it is there no more.
func (d *Directory) CircuitName(id string) string {
	if c, ok := d.Circuit(id); ok {
		return c.Name
	}
	return id
}

// OperatorUploads tells that the pictures of documents are taken at the Points of a circuit.
func (d *Directory) OperatorUploads(circuit string) bool {
	c, _ := d.Circuit(circuit)
	return c.Uploads == uploadsOperator
}

// Point finds a Point.
func (d *Directory) Point(id string) (Point, bool) {
	i := slices.IndexFunc(d.points, func(p Point) bool { return p.ID == id })
	if i < 0 {
		return Point{}, false
	}
	return d.points[i], true
}

// Name gives the name of a Point; its id when it is there no more.
func (d *Directory) Name(id string) string {
	if p, ok := d.Point(id); ok {
		return p.Name
	}
	return id
}

// Search lists the Points of a circuit whose town, name or postal code begins with what was
// typed, all for nothing; by town and name.
func (d *Directory) Search(circuit, typed string) (list []Point) {
	words, _ := latin.Words(typed, latin.Plain)
	for _, p := range d.points {
		if p.Circuit == circuit && p.fits(words, strings.TrimSpace(typed)) {
			list = append(list, p)
		}
	}
	slices.SortFunc(list, func(a, b Point) int { return strings.Compare(a.Town+a.Name, b.Town+b.Name) })
	return list
}

func (p Point) fits(words []string, typed string) bool {
	if typed == "" || strings.HasPrefix(p.PostalCode, typed) {
		return true
	}
	own, _ := latin.Words(p.Town+" "+p.Name, latin.Plain)
	for _, word := range words {
		if !slices.ContainsFunc(own, func(w string) bool { return strings.HasPrefix(w, word) }) {
			return false
		}
	}
	return len(words) > 0
}

// Times lists when appointments begin from a moment on, for so many days.
func (p Point) Times(from time.Time, days int) []time.Time {
	return p.hours.Times(from, days, p.Lasts())
}
