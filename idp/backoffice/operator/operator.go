// Package operator is who works at the provider: operators with their roles, how they
// sign in, and how they say again who they are before they decide.
//
// Who is one stands in the configuration; what they sign in with is a key of their own
// (WebAuthn), which a mailed invitation lets them make. There is no password, so there is
// none to steal. Their sessions are of a kind of their own: holders' pages know nothing of
// them, and they of no holder. What operators do is in the packages beside this one and in
// idp/proofing. // A16, A17
package operator

import (
	"cmp"
	"encoding/hex"
	"slices"
	"strings"
	"time"

	"atrio/base/fault"
	"atrio/base/seal"
	"atrio/idp/enrolment"
	"atrio/web"
)

// Role is what an operator may do.
type Role string

// The roles. Collector, Approver and Fraud are those of the table of acts.
const (
	Collector  = Role(enrolment.Collector)
	Approver   = Role(enrolment.Approver)
	Fraud      = Role(enrolment.Fraud)
	Video      = Role("video")      // identifies in video sessions: a collector without a Point
	Supervisor = Role("supervisor") // hands requests over, reads reports; decides nothing
	HelpDesk   = Role("helpdesk")   // suspends identities, and does nothing else. A30
)

// Roles lists the roles.
func Roles() []Role { return []Role{Collector, Video, Approver, Fraud, Supervisor, HelpDesk} }

// Operator is somebody who works at the provider.
type Operator struct {
	// ID is the subject of their sessions, the author of what they do, and who they are in
	// the audit log. It says nothing about them.
	ID          string
	Name, Email string
	Roles       []Role
	// Language is that of mails to them.
	Language string
	// Point is where a collector works.
	Point string
	// TrainedUntil is the end of the last day on which they may decide; zero: no end.
	TrainedUntil time.Time
	// FiscalCode keeps their own request from them; "" when it is not known. // A16
	FiscalCode string
}

// prefix begins the subjects of operators; those of holders have no colon.
const prefix = "operator:"

// Kind is the kind of operators' sessions: short, and for their own pages only. // A17
func Kind() web.SessionKind {
	return web.SessionKind{Prefix: prefix, Path: Path, Idle: 30 * time.Minute, Absolute: 8 * time.Hour}
}

// Is tells whether a subject is an operator's.
func Is(subject string) bool { return strings.HasPrefix(subject, prefix) }

// Has tells whether they have one of the roles.
func (o Operator) Has(roles ...Role) bool {
	return slices.ContainsFunc(roles, func(r Role) bool { return slices.Contains(o.Roles, r) })
}

// ErrUntrained: the training is over, and with it what they may decide. // 2.c
var ErrUntrained = fault.New(fault.Denied, "error.operator.untrained").For("operator_untrained")

// Trained refuses a decision of somebody whose training is over.
func (o Operator) Trained(now time.Time) error {
	if !o.TrainedUntil.IsZero() && !now.Before(o.TrainedUntil) {
		return ErrUntrained.With("date", o.TrainedUntil.Add(-time.Second).Format("02/01/2006")).Offer("operator.home", Path)
	}
	return nil
}

// Roster is everybody who works at the provider now.
type Roster struct {
	byID map[string]Operator
	list []Operator
}

// NewRoster makes the roster of validated settings. The reference of an operator follows
// from the address, so that it is the same on every node and needs no row; another address
// is another operator, with keys of their own.
func NewRoster(ring *seal.Keyring, list []Config) *Roster {
	r := &Roster{byID: map[string]Operator{}}
	for _, c := range list {
		o := Operator{
			ID: prefix + hex.EncodeToString(ring.MAC("idp.operator", address(c.Email))[:12]), Name: c.Name, Email: strings.TrimSpace(c.Email),
			Point: c.Point, Language: cmp.Or(c.Language, "it"), FiscalCode: strings.ToUpper(c.FiscalCode.Reveal()),
		}
		for _, role := range c.Roles {
			o.Roles = append(o.Roles, Role(role))
		}
		if day, err := time.Parse(time.DateOnly, c.TrainedUntil); err == nil {
			o.TrainedUntil = day.AddDate(0, 0, 1)
		}
		r.byID[o.ID] = o
		r.list = append(r.list, o)
	}
	return r
}

// Find gives the operator with this reference.
func (r *Roster) Find(id string) (Operator, bool) {
	o, ok := r.byID[id]
	return o, ok
}

// Name is what people read of an operator; one who left is known by their reference.
func (r *Roster) Name(id string) string {
	if o, ok := r.Find(id); ok {
		return o.Name
	}
	return id
}

// ByEmail gives the operator with this address.
func (r *Roster) ByEmail(email string) (Operator, bool) {
	i := slices.IndexFunc(r.list, func(o Operator) bool { return address(o.Email) == address(email) })
	if i < 0 {
		return Operator{}, false
	}
	return r.list[i], true
}

// List is everybody, in the order of the settings.
func (r *Roster) List() []Operator { return slices.Clone(r.list) }

// With lists those with a role.
func (r *Roster) With(role Role) (list []Operator) {
	for _, o := range r.list {
		if o.Has(role) {
			list = append(list, o)
		}
	}
	return list
}

func address(email string) string { return strings.ToLower(strings.TrimSpace(email)) }
