// Package useful counts answers to "Hai trovato utile questo contenuto?", with which pages
// of help and the first pages of a request end. It keeps numbers of a page, a language and
// a day, nothing about who answered. // I15
package useful

import (
	"context"
	"embed"
	"net/http"
	"net/url"
	"time"

	"atrio/base/fault"
	"atrio/base/jobs"
	"atrio/base/ratelimit"
	"atrio/web"
	"atrio/web/ui"
)

//go:embed pages texts
var files embed.FS

// Pages are the pages of this package and their texts.
func Pages() ui.Pages { return ui.Pages{Name: "useful", FS: files} }

// Path is where the forms of the pages go.
const (
	Path       = "/useful"
	thanksPath = "/useful/thanks"
)

// Vote is one answer.
type Vote struct {
	Page, Language string
	// Day is midnight UTC.
	Day    time.Time
	Useful bool
}

// Votes keeps numbers, one row for a page, a language and a day.
type Votes interface {
	CountVote(ctx context.Context, v Vote) error
	FoundUseful(ctx context.Context, page string) (int, error)
	PurgeVotes(ctx context.Context, before time.Time) error
}

// Counter serves the answers.
type Counter struct {
	Site  *web.Site
	Votes Votes
	// Pages are the addresses of the pages that ask, by their names.
	Pages   map[string]string
	Limiter *ratelimit.Limiter
	// Limit guards form posts against floods.
	Limit web.Guard
	// Support is where who found no answer writes; may be empty.
	Support string
	Now     func() time.Time
}

// PerNetwork bounds how much one network weighs.
func PerNetwork() ratelimit.Limit {
	return ratelimit.Limit{Name: "useful", Burst: 20, Per: time.Hour}
}

// kept is how many months the numbers say something about the pages of today.
const kept = 13

// Foot is the end of a page that asks; its view embeds it.
type Foot struct {
	Page string
	// Found is how many people found it useful.
	Found int
}

// Foot gives the end of a page.
func (c *Counter) Foot(r *http.Request, page string) Foot {
	// Without its number it is a page all the same.
	n, _ := c.Votes.FoundUseful(r.Context(), page)
	return Foot{Page: page, Found: n}
}

// Mount gives the answers their addresses.
func (c *Counter) Mount(m *web.Mux) {
	m.Post(Path, c.vote, c.Limit)
	m.Get(thanksPath, c.thanks)
}

// votedCookie begins the name of the mark that this browser answered about a page.
const votedCookie = "voted_"

// vote counts an answer: one of a browser about a page, until it is closed. // E32
func (c *Counter) vote(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	page, answer := f.Value("page"), f.Choice("useful", "yes", "no")
	back, known := c.Pages[page]
	if !known || !f.OK() {
		return fault.New(fault.Invalid, "error.invalid").For("useful_vote")
	}
	if err := c.Limiter.Allow(r.Context(), PerNetwork(), web.ClientNetwork(web.ClientAddr(r))); err != nil {
		return fault.From(err).Offer("useful.back", back)
	}
	if _, again := c.Site.Cookie(r, votedCookie+page); !again {
		c.Site.SetCookie(w, votedCookie+page, "yes", web.CookieOptions{})
		err = c.Votes.CountVote(r.Context(), Vote{Page: page, Language: web.Lang(r), Day: day(c.Now()), Useful: answer == "yes"})
		if err != nil {
			return err
		}
	}
	// Reloading the page that thanks counts nothing.
	return web.Redirect(w, r, thanksPath+"?"+url.Values{"page": {page}, "useful": {answer}}.Encode())
}

// thanksView is the view of "useful/thanks".
type thanksView struct {
	Useful        bool
	Back, Support string
}

func (c *Counter) thanks(w http.ResponseWriter, r *http.Request) error {
	q := r.URL.Query()
	back, known := c.Pages[q.Get("page")]
	if !known {
		return web.Redirect(w, r, "/")
	}
	return c.Site.Page(w, r, http.StatusOK, "useful/thanks", thanksView{Useful: q.Get("useful") == "yes", Back: back, Support: c.Support})
}

// day is the midnight UTC under which a number is kept.
func day(at time.Time) time.Time { return at.UTC().Truncate(24 * time.Hour) }

// Jobs forget numbers that are old.
func (c *Counter) Jobs() []jobs.Job {
	return []jobs.Job{{Name: "idp.useful", Every: 24 * time.Hour, Run: func(ctx context.Context, now time.Time) error {
		return c.Votes.PurgeVotes(ctx, day(now.AddDate(0, -kept, 0)))
	}}}
}
