package evidencecmd

import (
	"fmt"

	"atrio/app/command"
	"atrio/idp/backoffice/operator"
	"atrio/idp/evidence"
)

// mayLook are the roles of those who open evidence by command. Who collects it, and who
// answers holders, has no need. // I14, A16
var mayLook = []operator.Role{operator.Approver, operator.Fraud, operator.Supervisor}

// lookers puts the references of operators where their names were typed: one person with
// two names is one. Who is not on the roster, or has another role, is refused by the vault,
// which writes it down. Where there is no roster, names are taken as they are, and the line
// says so.
func (p *place) lookers(s command.Streams, a evidence.Access) evidence.Access {
	if len(p.roster.List()) == 0 {
		fmt.Fprintln(s.Err, "There is no [[idp.operator]] in the configuration: nobody can say whether these are operators. The line of the audit log says so.")
		a.Unlisted = true
		return a
	}
	for _, name := range []*string{&a.By, &a.Second} {
		if *name == "" {
			continue
		}
		who, known := p.roster.ByEmail(*name)
		if !known {
			who, known = p.roster.Find(*name)
		}
		if !known || !who.Has(mayLook...) {
			a.Stranger = true
		}
		*name = "unlisted" // what was typed stays out of the log
		if known {
			*name = who.ID
		}
	}
	return a
}
