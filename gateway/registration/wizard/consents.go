package wizard

import (
	"net/http"

	"atrio/gateway/registration/draft"
	"atrio/web"
	"atrio/web/ui"
)

// consentsView is the view of "wizard/consents".
type consentsView struct {
	ui.Errors
	C       draft.Consents
	Version string
}

// consents shows the third step.
func (z *Wizard) consents(w http.ResponseWriter, r *http.Request) error {
	k, there, err := z.at(w, r, draft.StepConsents)
	if err != nil || !there {
		return err
	}
	return z.showConsents(w, r, http.StatusOK, k, nil)
}

func (z *Wizard) showConsents(w http.ResponseWriter, r *http.Request, status int, k kept, errs ui.Errors) error {
	return z.Site.Page(w, r, status, "wizard/consents", consentsView{Errors: errs, C: k.Consents, Version: z.NoticeVersion}, web.Plain)
}

// saveConsents takes the third step. The version in the form is the one that the person
// read: when another came into force meanwhile, the page shows itself again.
func (z *Wizard) saveConsents(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	k, there, err := z.at(w, r, draft.StepConsents)
	if err != nil || !there {
		return err
	}
	k.Consents = draft.Consents{Truthful: f.Bool("truthful"), News: f.Bool("news")}
	if f.Bool("notice") && f.Value("version") == z.NoticeVersion {
		k.Consents.Notice = z.NoticeVersion
	}
	errs := k.Consents.Check(f.Errors)
	k.Mark(draft.StepConsents, len(errs) == 0)
	if err := z.save(w, r, &k); err != nil {
		return err
	}
	if len(errs) > 0 {
		return z.showConsents(w, r, http.StatusUnprocessableEntity, k, errs)
	}
	return z.onward(w, r, k)
}
