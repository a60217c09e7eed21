package apply

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"unicode/utf8"

	"atrio/authn/secondfactor"
	"atrio/base/fault"
	"atrio/idp/enrolment"
	"atrio/idp/enrolment/way"
	"atrio/idp/identity"
	"atrio/web"
	"atrio/web/ui"
)

// Questions are the security questions, by the ends of their keys. None asks what stands
// in registers or what a person tells everybody. // E23
func Questions() []string {
	return []string{"teacher", "toy", "neighbour", "book", "trip", "dish", "street", "song"}
}

const (
	leastAnswer = 3
	mostAnswer  = 100
)

// securityView is the view of "apply/security".
type securityView struct {
	ui.Errors
	Questions []string
	Question  string
	Phone     string
	// Answered: an answer is kept already and stays when the field is left empty.
	Answered bool
	// Abroad: numbers of other countries are taken too.
	Abroad  bool
	Notice  string
	Minutes int
}

func (h *Handler) security(w http.ResponseWriter, r *http.Request, request enrolment.Request) error {
	return h.securityPage(w, r, http.StatusOK, request, securityView{Question: request.Data.Question, Phone: request.Data.Phone})
}

func (h *Handler) securityPage(w http.ResponseWriter, r *http.Request, status int, request enrolment.Request, v securityView) error {
	v.Questions, v.Answered = Questions(), request.Data.Answer != ""
	v.Abroad = !slices.Equal(h.Config.Prefixes, []string{secondfactor.ItalianMobile})
	return h.Site.Page(w, r, status, "apply/security", v)
}

// saveSecurity keeps question, answer and number, and sends a code. // E23, E25
func (h *Handler) saveSecurity(w http.ResponseWriter, r *http.Request, request enrolment.Request) error {
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	question, answer := h.readAnswer(f, request)
	phone := h.readPhone(f)
	v := securityView{Errors: f.Errors, Question: question, Phone: f.Value("phone")}
	if !f.OK() {
		return h.securityPage(w, r, http.StatusUnprocessableEntity, request, v)
	}
	hash := request.Data.Answer
	if answer != "" {
		hash, err = h.Hasher.Hash(r.Context(), answer)
		if busy := fault.From(err); err != nil && busy.Kind == fault.TooMany {
			v.Notice, v.Minutes = "enrol.wait", minutes(busy.RetryAfter)
			return h.securityPage(w, r, http.StatusTooManyRequests, request, v)
		}
		if err != nil {
			return err
		}
	}
	after, err := h.Way.Take(r, request, enrolment.SetSecurity, func(e *enrolment.Request) {
		e.Data.Question, e.Data.Answer, e.Data.Phone = question, hash, phone
	})
	if err != nil {
		return err
	}
	return h.sendAndShow(w, r, after, false)
}

// readAnswer reads question and answer; the answer stays as it is when it is left empty
// and the question is the same.
func (h *Handler) readAnswer(f *web.Form, request enrolment.Request) (question, answer string) {
	question = f.Value("question")
	if !slices.Contains(Questions(), question) {
		f.Fail("question", "enrol.security.choose")
		question = ""
	}
	typed := f.Text("answer", web.Max(mostAnswer))
	answer = identity.Answer(typed)
	kept := request.Data.Answer != "" && question == request.Data.Question
	switch {
	case f.Errors.Err("answer") != nil, answer == "" && kept:
	case answer == "":
		f.Fail("answer", "form.required")
	case utf8.RuneCountInString(answer) < leastAnswer:
		f.Fail("answer", "enrol.security.short", "least", leastAnswer)
	case strings.Contains(answer, "@") || strings.EqualFold(answer, identity.Answer(request.Data.Email)):
		f.Fail("answer", "enrol.security.mail")
	}
	return question, answer
}

// readPhone reads a number to which codes may go. // E24, A03
func (h *Handler) readPhone(f *web.Form) string {
	phone, err := secondfactor.ParseNumber(f.Value("phone"), h.Config.Prefixes)
	switch {
	case strings.TrimSpace(f.Value("phone")) == "":
		f.Fail("phone", "form.required")
	case errors.Is(err, secondfactor.ErrPrefix):
		f.Fail("phone", "enrol.phone.prefix")
	case err != nil:
		f.Fail("phone", "enrol.phone.number")
	}
	return phone
}

// phoneDoneView is the view of "apply/phonedone".
type phoneDoneView struct{ Phone, Next string }

// phoneDone confirms the number and leads to the personal data. // E27
func (h *Handler) phoneDone(w http.ResponseWriter, r *http.Request, request enrolment.Request) error {
	if request.State != enrolment.PhoneConfirmed {
		return web.Redirect(w, r, way.Next(request))
	}
	return h.Site.Page(w, r, http.StatusOK, "apply/phonedone", phoneDoneView{secondfactor.Masked(request.Data.Phone), way.Person})
}
