package idpdb

import (
	"atrio/idp/authenticator"
	"atrio/idp/backoffice/lifedesk"
	"atrio/idp/backoffice/reports"
	"atrio/idp/backoffice/review"
	"atrio/idp/cardlogin"
	"atrio/idp/enrolment/shop"
	"atrio/idp/passwordlife"
	"atrio/idp/proofing/point/console"
	"atrio/idp/recovery"
)

// These want what several matters do; what one matter does is said in its package.
var (
	_ authenticator.Store = (*Store)(nil)
	_ cardlogin.Store     = (*Store)(nil)
	_ console.Store       = (*Store)(nil)
	_ lifedesk.Store      = (*Store)(nil)
	_ passwordlife.Store  = (*Store)(nil)
	_ recovery.Store      = (*Store)(nil)
	_ reports.Store       = (*Store)(nil)
	_ review.Store        = (*Store)(nil)
	_ shop.Store          = (*Store)(nil)
)
