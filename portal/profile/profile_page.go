package profile

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"atrio/portal/portrait"
	"atrio/web"
	"atrio/web/ui"
)

// profileView is the page "profile/profile".
type profileView struct {
	Learner
	First            bool // the first entry, not a later change
	Return           string
	Day, Month, Year string
	Picture          bool // there is one
	Errors           ui.Errors
}

// Unfold tells whether the optional part with a field has something to see in it.
func (v profileView) Unfold(field string) bool {
	filled := map[string]bool{"picture": v.Picture, "other_names": v.OtherNames != "", "interests": v.Interests != "", "city": v.City != ""}
	return filled[field] || v.Errors.Err(field) != nil
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
	return h.page(w, r, http.StatusOK, newProfileView(l, returnTo(f.Value("return"))))
}

// page shows the profile with what is kept of the picture by now.
func (h *Handler) page(w http.ResponseWriter, r *http.Request, status int, v profileView) error {
	kept, err := h.Store.Picture(r.Context(), v.ID)
	if err != nil {
		return err
	}
	v.Picture = kept != nil
	return h.Site.Page(w, r, status, "profile/profile", v)
}

func (h *Handler) saveProfile(w http.ResponseWriter, r *http.Request) error {
	f, file, err := web.ReadUpload(r, pictureField, portrait.MaxFile)
	if err != nil {
		return err
	}
	l, err := h.load(r)
	if err != nil {
		return err
	}
	v := newProfileView(l, returnTo(f.Value("return")))
	h.readDetails(f, &v)
	drawn := h.readPicture(r, f, file)
	old := Age(v.BirthDate, h.Now()) >= MinimumAge
	if old {
		// Also when an answer is wrong: a browser does not send a file again.
		if err := h.keepPicture(r, f, l.ID, drawn); err != nil {
			return err
		}
	}
	if v.Errors = f.Errors; !f.OK() {
		return h.page(w, r, http.StatusUnprocessableEntity, v)
	}
	if !old {
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
// the login stays. Each error says which answer it is about: the list above the
// form must be understood without looking at the fields.
func (h *Handler) readDetails(f *web.Form, v *profileView) {
	v.Gender = choose(f, "gender", Genders())
	if v.BirthSource == "" {
		h.readBirth(f, v)
	}
	v.Education = choose(f, "education", Educations())
	v.Occupation = choose(f, "occupation", Occupations())
	v.OtherNames = f.Text("other_names", web.Max(120))
	v.Interests = f.Text("interests", web.Max(400))
	v.City = f.Text("city", web.Max(120))
}

// choose reads one of the values; it is required.
func choose(f *web.Form, name string, values []string) string {
	v := f.Value(name)
	if !slices.Contains(values, v) {
		f.Fail(name, "profile.error."+name)
		return ""
	}
	return v
}

// readBirth reads the three fields that are one date, with one error.
func (h *Handler) readBirth(f *web.Form, v *profileView) {
	v.Day, v.Month, v.Year = f.Value("birth_day"), f.Value("birth_month"), f.Value("birth_year")
	born, err := time.Parse("2-1-2006", strings.TrimSpace(v.Day)+"-"+strings.TrimSpace(v.Month)+"-"+strings.TrimSpace(v.Year))
	switch {
	case v.Day+v.Month+v.Year == "":
		f.Fail("birth_day", "profile.error.birth")
	case err != nil || born.Year() < 1900:
		f.Fail("birth_day", "profile.error.date")
	case born.After(h.Now()):
		f.Fail("birth_day", "profile.error.future")
	default:
		v.BirthDate = born.Format(time.DateOnly)
	}
}
