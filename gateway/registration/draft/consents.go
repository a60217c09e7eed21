package draft

import (
	"slices"

	"atrio/web/ui"
)

// Consents is the third step. What the person read and agreed to carries its version;
// the language is that of the page, the time that of the account. // G3.1
type Consents struct {
	// Notice is the version of the privacy notice that was read.
	Notice string `json:"n,omitempty"`
	// Truthful tells that the person answers for what they typed. DPR 445/2000 76
	Truthful bool `json:"t,omitempty"`
	// News is a consent of its own, never needed and never ticked beforehand. GDPR 7(2), 7(4)
	News bool `json:"w,omitempty"`
}

// Check finds what is missing, beside what reading found.
func (c Consents) Check(reading ui.Errors) ui.Errors {
	f := &faults{list: slices.Clone(reading)}
	if c.Notice == "" {
		f.add("notice", "registration.notice.required")
	}
	if !c.Truthful {
		f.add("truthful", "wizard.truthful.required")
	}
	return inOrder(f.list, "notice", "truthful", "news")
}
