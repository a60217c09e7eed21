package apply

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"time"

	"atrio/base/fault"
	"atrio/base/jobs"
	"atrio/idp/enrolment/way"
	"atrio/web"
)

// votesKept is how long the numbers say something about the pages of today.
const votesKept = 13 // months

// voted are the pages that ask whether they were useful, with their addresses.
func voted() map[string]string {
	return map[string]string{"start": way.Start, "needs": needsPath, "method": methodPath}
}

// useful is the foot of those pages.
type useful struct {
	Page string
	// Found is how many people found it useful.
	Found int
}

func (h *Handler) useful(r *http.Request, page string) useful {
	// Without its number it is a page all the same.
	n, _ := h.Votes.FoundUseful(r.Context(), page)
	return useful{Page: page, Found: n}
}

// vote counts an answer; nothing about who answered is kept. // E32, I15
func (h *Handler) vote(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	page, answer := f.Value("page"), f.Choice("useful", "yes", "no")
	back, known := voted()[page]
	if !known || !f.OK() {
		return fault.New(fault.Invalid, "error.invalid").For("enrolment_vote").Offer("enrol.action.start", way.Start)
	}
	if err := h.Limiter.Allow(r.Context(), h.Limits.Vote, web.ClientNetwork(web.ClientAddr(r))); err != nil {
		return fault.From(err).Offer("enrol.action.back", back)
	}
	// One answer of a browser about a page, until it is closed. // E32
	mark := votedCookie + page
	if _, again := h.Site.Cookie(r, mark); again {
		return h.thank(w, r, page, answer)
	}
	h.Site.SetCookie(w, mark, "yes", web.CookieOptions{})
	err = h.Votes.CountVote(r.Context(), Vote{Page: page, Language: web.Lang(r), Day: day(h.Now()), Useful: answer == "yes"})
	if err != nil {
		return err
	}
	return h.thank(w, r, page, answer)
}

// votedCookie begins the name of the mark that this browser answered about a page.
const votedCookie = "voted_"

// thank leads to a page whose reloading counts nothing.
func (h *Handler) thank(w http.ResponseWriter, r *http.Request, page, answer string) error {
	return web.Redirect(w, r, thanksPath+"?"+url.Values{"page": {page}, "useful": {answer}}.Encode())
}

// thanksView is the view of "apply/thanks".
type thanksView struct {
	Useful        bool
	Back, Support string
}

func (h *Handler) thanks(w http.ResponseWriter, r *http.Request) error {
	q := r.URL.Query()
	back, known := voted()[q.Get("page")]
	if !known {
		return web.Redirect(w, r, way.Start)
	}
	return h.Site.Page(w, r, http.StatusOK, "apply/thanks",
		thanksView{Useful: slices.Contains(q["useful"], "yes"), Back: back, Support: h.Config.SupportMail})
}

// day is the midnight UTC under which a number is kept.
func day(at time.Time) time.Time { return at.UTC().Truncate(24 * time.Hour) }

// Jobs forget numbers that are old.
func (h *Handler) Jobs() []jobs.Job {
	return []jobs.Job{{Name: "idp.enrolment-votes", Every: 24 * time.Hour, Run: func(ctx context.Context, now time.Time) error {
		return h.Votes.PurgeVotes(ctx, day(now.AddDate(0, -votesKept, 0)))
	}}}
}
