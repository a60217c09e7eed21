package applicant

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"time"

	"atrio/base/notify"
	"atrio/idp/enrolment"
	"atrio/idp/enrolment/way"
	"atrio/idp/proofing/video"
	"atrio/idp/proofing/video/studio/studiotest"
	"atrio/test/faults/rig"
	"atrio/web/webtest"
)

const (
	queuePath = "/enrol/video/now"
	videoPath = "/operator/video"
)

// ByVideo is recognised by an operator in a recorded session.
func ByVideo() Way {
	steps := append(byCode(), "queue", "key", "call the next")
	for _, s := range video.Steps() {
		switch s {
		case video.Messages:
			steps = append(steps, "send", "code")
		case video.Actions:
			steps = append(steps, "draw")
		}
		steps = append(steps, "step "+string(s))
	}
	return Way{Method: enrolment.Video, Steps: append(steps, "identify"), pages: places{
		way.Video: func(a *Applicant) (string, rig.Request) {
			f := a.page.Form("form[action=" + queuePath + "]")
			if a.page.Find("form[action="+queuePath+"] input[name=consent]") != nil {
				f.Fill("consent", "on")
			}
			return "queue", rig.Send(f, a.page)
		},
		video.RoomPath: (*Applicant).session,
		video.CallPath: (*Applicant).session,
	}}
}

// session is with an operator until it ends, well or not.
func (a *Applicant) session() (string, rig.Request) {
	a.t.Helper()
	var s *session
	a.meets(vera, func(k *desk) (string, rig.Request) {
		if s == nil {
			s = &session{desk: k}
		}
		return s.next()
	}, func(k *desk, p *rig.Page) {
		if p.Status == http.StatusSeeOther && strings.HasSuffix(p.URL.Path, "/identify") && p.Header.Get("Location") == videoPath {
			k.a.Known.Proved, k.closed = true, true
		}
	})
	s.hangUp()
	return "request", rig.Get(a.Demo.IdP() + way.Request)
}

// session is one with both sides in it.
type session struct {
	*desk
	path  string // of the one that both sides are in, "" for none
	stop  chan struct{}
	sides []*studiotest.Client
	done  sync.WaitGroup
}

// next is what the operator does.
func (s *session) next() (string, rig.Request) {
	s.a.t.Helper()
	p := s.page
	switch {
	case p == nil || !strings.HasPrefix(p.URL.Path, videoPath):
		return s.open(videoPath)
	case p.URL.Path == videoPath && linkBelow(p, videoPath+"/") != "":
		return s.open(linkBelow(p, videoPath+"/"))
	case p.URL.Path == videoPath && strings.Contains(p.Text("body"), nobody):
		s.closed = true // the applicant has to come again
		return s.open(videoPath)
	case p.URL.Path == videoPath:
		return s.press("call the next", videoPath+"/next")
	}
	path := videoPath + "/" + strings.Split(strings.TrimPrefix(p.URL.Path, videoPath+"/"), "/")[0]
	switch {
	case p.URL.Path != path && p.Find("form[action="+path+"/abort]") == nil:
		return s.open(path)
	case p.Find("form[action="+path+"/abort]") == nil: // it is over
		return s.open(videoPath)
	case strings.Contains(p.Text("#desk"), streamsLost):
		s.a.Demo.Advance("4m") // nobody comes back into it: it is ended
		s.closed = true
		return s.open(videoPath)
	case s.path != path:
		s.enter(path)
		return s.open(path)
	case p.Find("form[action="+path+"/identify]") != nil:
		return s.press("identify", path+"/identify")
	}
	return s.step(path)
}

// What pages of the session say.
const (
	nobody      = "Adesso non aspetta nessuno"
	streamsLost = "In questo momento non c’è registrazione"
	linkClosed  = "Il link nell’e-mail non è ancora aperto"
	linkOpen    = "Il link nell’e-mail è stato aperto"
)

var mailedLink = regexp.MustCompile(`http://\S*` + video.MailPath + `\?token=\S+`)

// step does the step of the script that is due.
func (s *session) step(path string) (string, rig.Request) {
	s.a.t.Helper()
	p := s.page
	letter := webtest.Attr(p.Find("form[action="+path+"/step] input[name=step]"), "value")
	says := p.Text("#desk")
	switch {
	case letter == string(video.Messages) && p.Find("form[action="+path+"/code]") != nil:
		if code := s.a.arrived(notify.SMS, s.a.Phone, sixDigits); code != "" {
			s.a.used[code] = true
			return s.press("code", path+"/code", "code", code)
		}
		s.a.Demo.Advance("61s")
		return s.press("send", path+"/send")
	case letter == string(video.Messages) && strings.Contains(says, linkClosed):
		s.a.opens(s.a.arrived(notify.Mail, s.a.Email, mailedLink))
		return s.open(path)
	case letter == string(video.Messages) && !strings.Contains(says, linkOpen):
		return s.press("send", path+"/send")
	case letter == string(video.Actions) && p.Find("form[action="+path+"/draw] input[value=yes]") != nil:
		return s.press("draw", path+"/draw")
	}
	return s.ticked("step "+letter, path+"/step")
}

// opens follows a link that came by mail, and presses its button.
func (a *Applicant) opens(link string) {
	a.t.Helper()
	p, _, err := a.browser.Go(rig.Get(link))
	if err != nil {
		a.t.Fatal(err)
	}
	if _, _, err := a.browser.Go(rig.Send(p.FormWith("token"), p)); err != nil {
		a.t.Fatal(err)
	}
}

// enter lets both sides join, and waits until each sees the other.
func (s *session) enter(path string) {
	t := s.a.t
	t.Helper()
	s.hangUp()
	footage, err := film4()
	if err != nil {
		t.Fatal(err)
	}
	s.path, s.stop = path, make(chan struct{})
	for address, b := range map[string]*rig.Browser{video.CallPath + "/join": s.a.browser, path + "/join": s.browser} {
		c, err := studiotest.New()
		if err != nil {
			t.Fatal(err)
		}
		s.sides = append(s.sides, c)
		offer, err := c.Offer()
		if err != nil {
			t.Fatal(err)
		}
		var said struct{ Answer string }
		p, err := b.Client.Do(http.MethodPost, s.a.Demo.IdP()+address, url.Values{"offer": {offer}}, s.page)
		if err != nil || json.Unmarshal([]byte(p.Body), &said) != nil {
			t.Fatalf("%s: %v, %d\n%s", address, err, p.Status, p.Text("main"))
		}
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		if err := c.Enter(ctx, said.Answer); err != nil {
			t.Fatal(err)
		}
		cancel()
		s.done.Go(func() { _ = c.Roll(s.stop, footage) }) // ends with the connection
	}
	rig.Until(t, "streams", func() bool {
		for _, c := range s.sides {
			if sound, picture := c.Got(); sound == 0 || picture == 0 {
				return false
			}
		}
		return true
	})
}

// hangUp ends the streams of both sides.
func (s *session) hangUp() {
	if s == nil || s.stop == nil {
		return
	}
	close(s.stop)
	s.done.Wait()
	for _, c := range s.sides {
		_ = c.Close() // the other side may be gone
	}
	s.path, s.stop, s.sides = "", nil, nil
}

// film4 is what the cameras see.
var film4 = sync.OnceValues(func() (studiotest.Footage, error) { return studiotest.Film(320, 240, 400) })

// linkBelow is the first button of a page that leads below a path.
func linkBelow(p *rig.Page, path string) string {
	for _, n := range p.FindAll("main a.btn-primary") {
		if to := webtest.Attr(n, "href"); strings.HasPrefix(to, path) {
			return to
		}
	}
	return ""
}
