// Package codeimport is about the Codici Persona that people had before this program
// came: the file in which an operator brings them, and what becomes of each line. // G3.5
//
// A line with a code alone reserves it: it is never given to anybody else. A line that
// names a person makes an account without a password, which nobody can enter but that
// person: by the mailbox that the register knows (gateway/recovery), or by SPID or CIE
// with the codice fiscale that it knows. What a register says is no proof: it stands
// among the attributes with its source and never in account.fiscal_code. // G3.8
//
// The rows are written by gatewaydb, the command is app/codescmd.
package codeimport

import (
	"time"

	"atrio/gateway/account"
	"atrio/people/person"
)

// Line is one line of the file, read and checked.
type Line struct {
	// Number is its place in the file, from 1.
	Number int
	Code   account.Code
	// The rest is empty in a line that only reserves.
	GivenName, FamilyName string
	FiscalCode            person.FiscalCode
	// BirthDate is written 2006-01-02.
	BirthDate, Email, Language string
}

// Names tells whether the line is about a person, and not only about a code.
func (l Line) Names() bool { return l.GivenName != "" || l.FamilyName != "" }

// Attributes are what the register says of the person.
func (l Line) Attributes(register string, now time.Time) []account.Attribute {
	var out []account.Attribute
	for _, one := range [][2]string{
		{person.GivenName, l.GivenName}, {person.FamilyName, l.FamilyName}, {person.FiscalNumber, string(l.FiscalCode)},
		{person.BirthDate, l.BirthDate}, {person.Email, l.Email},
	} {
		if one[1] != "" {
			out = append(out, account.Attribute{Name: one[0], Value: one[1], Source: account.FromRegister, Issuer: register, At: now})
		}
	}
	return out
}

// Outcome is what became of a line, or would become of it.
type Outcome string

// The outcomes.
const (
	// Reserved: the code is taken, nobody has it.
	Reserved Outcome = "reserved"
	// Created: there is an account with this code, that waits for its first access.
	Created Outcome = "created"
	// Updated: the register says something else than at the import before.
	Updated Outcome = "updated"
	// Linked: the person has an account already, by a codice fiscale that a door proved;
	// the code leads there.
	Linked Outcome = "linked"
	// Unchanged: imported before.
	Unchanged Outcome = "unchanged"
	// Refused: see Result.Why.
	Refused Outcome = "refused"
)

// Why a line is refused; stable words.
const (
	// TakenCode: the code is that of an account that was not imported, or of another person.
	TakenCode = "code_of_another_account"
	// TakenFiscalCode: another imported account has this codice fiscale.
	TakenFiscalCode = "fiscal_code_of_another_code"
	// ClosedAccount: the account was closed, frozen, merged or erased meanwhile.
	ClosedAccount = "account_not_active"
)

// Result is what became of one line.
type Result struct {
	Line    Line
	Outcome Outcome
	// Why a line is refused; Other is the Codice Persona that it leads to or clashes with.
	Why   string
	Other account.Code
}

// Batch is what one transaction writes.
type Batch struct {
	Lines []Line
	// Register is the name of the register, for people; may be empty.
	Register string
	Now      time.Time
	// DryRun writes nothing and tells the same.
	DryRun bool
}
