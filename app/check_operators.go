package app

import (
	"errors"
	"fmt"
	"time"

	"atrio/app/config"
	"atrio/authn/passkey"
	"atrio/idp/backoffice/operator"
)

// operatorWarnings tell what keeps the operators of the provider from their work.
func operatorWarnings(c *config.IdP, now time.Time) (list []string) {
	if len(c.Operators) == 0 {
		return nil
	}
	if _, err := passkey.NewStrict(c.BaseURL, "x"); errors.Is(err, passkey.ErrHost) {
		list = append(list, "idp.base_url has no domain name: keys are made for names, so no operator can sign in")
	}
	deciding := 0
	for i, o := range c.Operators {
		day, err := time.Parse(time.DateOnly, o.TrainedUntil)
		over := err == nil && !now.Before(day.AddDate(0, 0, 1))
		if over {
			list = append(list, fmt.Sprintf("idp.operator %d: the training of %s is over: they decide nothing", i+1, o.Name))
		}
		for _, r := range o.Roles {
			if operator.Role(r) == operator.Approver && !over {
				deciding++
			}
		}
	}
	if deciding < 2 {
		// A16: who collected does not decide, and nobody looks twice at their own decision.
		list = append(list, fmt.Sprintf("idp.operator: %d approvers whose training holds; two are needed, since nobody looks twice at what they decided", deciding))
	}
	return list
}
