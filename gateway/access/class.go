package access

import "atrio/people/person"

// Class is the kind of a service. The owner states it in the register of services,
// together with the purpose; the rules speak of classes, never of single services.
type Class string

// The classes. // REQUIREMENTS G2.1
const (
	// Administrative: procedures of the institution for its users: enrolment, fees.
	Administrative Class = "administrative"
	// Teaching: courses and what belongs to them.
	Teaching Class = "teaching"
	// Community: clubs, alumni, events.
	Community Class = "community"
	// Staff: what people do as employees: absences, payslips.
	Staff Class = "staff"
	// Own is the person's own account here; no service of the register has it.
	Own Class = "account"
)

// Classes are those that a service may have.
func Classes() []Class { return []Class{Administrative, Teaching, Community, Staff} }

// Service is what the rules have to know about where a person wants to go.
type Service struct {
	ID    string
	Class Class
	// Level is the lowest level of assurance; zero asks for DefaultLevel.
	Level person.Level
	Ages  Ages
	// FirstFactorOnly: a password alone suffices, by the decision FirstFactor.
	FirstFactorOnly bool
	// TwoFactors: this request wants them, whatever the service is registered for. // G4.8
	TwoFactors bool
	// ParentalAuthorisation: minors need that of a parent.
	ParentalAuthorisation bool
}

// ForMinors tells that people below the majority are expected: a provider then asks a
// parent, who may take a day. // G2.9
func (s Service) ForMinors() bool { return s.ParentalAuthorisation || s.Ages.ForMinors() }

// OwnAccount is the person's own account as a destination.
func OwnAccount() Service { return Service{Class: Own} }

// identifies tells that whoever comes to the service must be identified by the means
// that the law names: services to citizens, and those to employees unless exempted.
func (s Service) identifies() bool { return s.Class == Administrative || s.Class == Staff }
