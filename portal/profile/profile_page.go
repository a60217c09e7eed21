package profile

import (
	"fmt"
	"net/http"
	"strconv"
	"time"

	"atrio/web"
	"atrio/web/ui"
)

// profileView is the page "profile/profile".
type profileView struct {
	Learner
	First            bool // the first entry, not a later change
	Return           string
	Day, Month, Year string
	Errors           ui.Errors
}

// OptionalOpen unfolds the optional part when there is something to see in it.
func (v profileView) OptionalOpen() bool {
	return v.OtherNames+v.Interests+v.City != "" ||
		v.Errors.Err("other_names") != nil || v.Errors.Err("interests") != nil || v.Errors.Err("city") != nil
}

func newProfileView(l Learner, back string) profileView {
	v := profileView{Learner: l, First: l.CompletedAt.IsZero(), Return: back}
	if born, err := time.Parse(time.DateOnly, l.BirthDate); err == nil {
		v.Day, v.Month, v.Year = strconv.Itoa(born.Day()), strconv.Itoa(int(born.Month())), strconv.Itoa(born.Year())
	}
	return v
}

func (h *Handler) showProfile(w http.ResponseWriter, r *http.Request) error {
	l, err := h.load(r)
	if err != nil {
		return err
	}
	f, err := web.ReadQuery(r)
	if err != nil {
		return err
	}
	return h.Site.Page(w, r, http.StatusOK, "profile/profile", newProfileView(l, returnTo(f.Value("return"))))
}

func (h *Handler) saveProfile(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	l, err := h.load(r)
	if err != nil {
		return err
	}
	v := newProfileView(l, returnTo(f.Value("return")))
	h.readDetails(f, &v)
	if v.Errors = f.Errors; !f.OK() {
		return h.Site.Page(w, r, http.StatusUnprocessableEntity, "profile/profile", v)
	}
	if age := Age(v.BirthDate, h.Now()); age < MinimumAge {
		return errUnderAge()
	}
	if err := h.Store.SaveDetails(r.Context(), l.ID, v.Details, h.Now()); err != nil {
		return err
	}
	if !v.First {
		h.Site.Notice(w, "profile.notice.saved")
	}
	return h.proceed(w, r, v.Return)
}

// readDetails reads what the person typed over what is known; what came with
// the login stays.
func (h *Handler) readDetails(f *web.Form, v *profileView) {
	v.Gender = f.Choice("gender", Genders()...)
	v.Education = f.Choice("education", Educations()...)
	v.Occupation = f.Choice("occupation", Occupations()...)
	v.OtherNames = f.Text("other_names", web.Max(120))
	v.Interests = f.Text("interests", web.Max(400))
	v.City = f.Text("city", web.Max(120))
	if v.BirthSource != "" {
		return
	}
	v.Day, v.Month, v.Year = f.Value("birth_day"), f.Value("birth_month"), f.Value("birth_year")
	day := f.Int("birth_day", 1, 31)
	month := f.Int("birth_month", 1, 12)
	year := f.Int("birth_year", 1900, h.Now().Year())
	text := fmt.Sprintf("%04d-%02d-%02d", year, month, day)
	born, err := time.Parse(time.DateOnly, text)
	switch {
	case day == 0 || month == 0 || year == 0: // told already
	case err != nil:
		f.Fail("birth_day", "profile.error.date")
	case born.After(h.Now()):
		f.Fail("birth_year", "profile.error.future")
	default:
		v.BirthDate = text
	}
}
