package help

import (
	"context"
	"net/http"
	"net/url"
	"time"

	"atrio/base/fault"
	"atrio/base/jobs"
	"atrio/base/ratelimit"
	"atrio/web"
)

const (
	votePath   = "/help/useful"
	thanksPath = "/help/thanks"
)

// Vote is one answer to "Hai trovato utile questa informazione?".
type Vote struct {
	// Topic and Language are what was read.
	Topic, Language string
	// Day is when: midnight UTC.
	Day    time.Time
	Useful bool
}

// Total is what was answered about a page in a language over some days.
type Total struct {
	Topic, Language string
	Yes, No         int
}

// Votes keeps the numbers.
type Votes interface {
	// CountVote adds one answer to the numbers of its day.
	CountVote(ctx context.Context, v Vote) error
	// FoundUseful is how many answered Sì about a page, in all languages.
	FoundUseful(ctx context.Context, topic string) (int, error)
	// PurgeVotes deletes the numbers of the days before a time.
	PurgeVotes(ctx context.Context, before, now time.Time) error
}

// perAddress bounds how much one network weighs: a household or a room with computers
// answers about every page, a program does not decide what a page is worth. The row
// holds a MAC of the address, never the address. // G1.2
func perAddress() ratelimit.Limit {
	return ratelimit.Limit{Name: "help.vote", Burst: 20, Per: time.Hour}
}

// vote counts an answer. Nothing about who answered is kept.
func (h *Help) vote(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	t, known := topicOf(f.Value("topic"))
	answer := f.Choice("useful", "yes", "no")
	if !known || !f.OK() {
		return fault.New(fault.Invalid, "error.invalid").For("help_vote").Offer("gateway.action.help", "/help")
	}
	flow := flowOf(f.Value("flow"))
	if err := h.Limiter.Allow(r.Context(), perAddress(), web.ClientNetwork(web.ClientAddr(r))); err != nil {
		return fault.From(err).Offer("help.back", Way(t.Path, flow)).Offer("gateway.action.help", Way("/help", flow))
	}
	err = h.Votes.CountVote(r.Context(), Vote{Topic: t.Name, Language: web.Lang(r), Day: dayOf(h.Now()), Useful: answer == "yes"})
	if err != nil {
		return err
	}
	q := url.Values{"topic": {t.Name}, "useful": {answer}}
	if flow != "" {
		q.Set("flow", flow)
	}
	// Reloading the page that thanks counts nothing.
	return web.Redirect(w, r, thanksPath+"?"+q.Encode())
}

// dayOf is the midnight UTC that the numbers of a time are kept under.
func dayOf(at time.Time) time.Time { return at.UTC().Truncate(24 * time.Hour) }

// thanksView is the view of "help/thanks".
type thanksView struct {
	// Useful is what was answered; without it the page offers the ways to assistance.
	Useful bool
	// Back is the page that was read, Others lead on from one that did not help.
	Back, Flow, Support string
	Others              []Topic
}

// To is the address of another page, with the journey.
func (v thanksView) To(path string) string { return Way(path, v.Flow) }

// thanks answers to an answer. It writes nothing.
func (h *Help) thanks(w http.ResponseWriter, r *http.Request) error {
	q := r.URL.Query()
	t, known := topicOf(q.Get("topic"))
	if !known {
		return web.Redirect(w, r, "/help")
	}
	v := thanksView{Useful: q.Get("useful") == "yes", Flow: flowOf(q.Get("flow")), Support: h.SupportMail}
	v.Back = Way(t.Path, v.Flow)
	for _, o := range Topics() {
		if o.Name != t.Name {
			v.Others = append(v.Others, o)
		}
	}
	return h.Site.Page(w, r, http.StatusOK, "help/thanks", v)
}

// Jobs forget numbers that are too old to say anything about the pages of today.
func (h *Help) Jobs() []jobs.Job {
	return []jobs.Job{{Name: "gateway.help-votes", Every: 24 * time.Hour, Run: func(ctx context.Context, now time.Time) error {
		return h.Votes.PurgeVotes(ctx, dayOf(now.AddDate(0, -h.Keep, 0)), now)
	}}}
}
