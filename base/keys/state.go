package keys

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// State is where a pair stands in its life.
type State string

// The states, in order. A pair that is gone stands nowhere any more.
const (
	Next    State = "next"    // published, does not sign yet
	Signing State = "signing" // published, signs
	Retired State = "retired" // still published: what it signed is still under way
)

// member is a pair of a purpose.
type member struct {
	name      string
	state     State
	published time.Time // since when others can know its key
	since     time.Time // in this state
	keyID     string    // of the key that this is about: a wrong file is noticed
}

// succession is the contents of PURPOSE.state, one statement per line:
//
//	purpose spid
//	last 2
//	pair saml signing 1970-01-01T00:00:00Z 1970-01-01T00:00:00Z KEYID
//	pair saml-2 next 2026-03-01T12:00:00Z 2026-03-01T12:00:00Z KEYID
//
// last is the highest number that was ever given, so that no name comes twice.
// Lines that start with # are comments. The file is the one point at which a
// rotation happens: key files are there before it names them and go after.
type succession struct {
	purpose string
	last    int
	members []member
}

const stateSuffix = ".state"

var (
	errNextThere = errors.New("there is a next key already: promote or forget it first")
	errNoNext    = errors.New("there is no next key: make one with atrio keys next")
)

func (s succession) find(name string) (member, bool) {
	i := slices.IndexFunc(s.members, func(m member) bool { return m.name == name })
	if i < 0 {
		return member{}, false
	}
	return s.members[i], true
}

// in gives the member in a state that at most one has.
func (s succession) in(state State) (member, bool) {
	i := slices.IndexFunc(s.members, func(m member) bool { return m.state == state })
	if i < 0 {
		return member{}, false
	}
	return s.members[i], true
}

// withNext adds a pair that does not sign yet.
func (s succession) withNext(name, keyID string, now time.Time) (succession, error) {
	if _, there := s.in(Next); there {
		return s, errNextThere
	}
	s.last++
	s.members = append(slices.Clone(s.members), member{name: name, state: Next, published: now, since: now, keyID: keyID})
	return s, nil
}

// promoted lets the next pair sign; the one before stays published.
func (s succession) promoted(now time.Time) (succession, error) {
	if _, there := s.in(Next); !there {
		return s, errNoNext
	}
	s.members = slices.Clone(s.members)
	for i, m := range s.members {
		switch m.state {
		case Signing:
			s.members[i].state, s.members[i].since = Retired, now
		case Next:
			s.members[i].state, s.members[i].since = Signing, now
		}
	}
	return s, nil
}

// without takes a pair that does not sign out of the succession.
func (s succession) without(name string) (succession, error) {
	switch m, there := s.find(name); {
	case !there:
		return s, fmt.Errorf("no pair is called %q", name)
	case m.state == Signing:
		return s, fmt.Errorf("%s signs: promote the next key first, or retire this one", name)
	}
	s.members = slices.DeleteFunc(slices.Clone(s.members), func(m member) bool { return m.name == name })
	return s, nil
}

// republished notes that others know what stands behind a name only from now on.
func (s succession) republished(name string, now time.Time) succession {
	s.members = slices.Clone(s.members)
	for i, m := range s.members {
		if m.name == name {
			s.members[i].published = now
		}
	}
	return s
}

func (s succession) text() []byte {
	var b bytes.Buffer
	b.WriteString("# Who signs, and who did and will. Changed by: atrio keys\n")
	fmt.Fprintf(&b, "purpose %s\nlast %d\n", s.purpose, s.last)
	for _, m := range s.members {
		fmt.Fprintf(&b, "pair %s %s %s %s %s\n", m.name, m.state, stamp(m.published), stamp(m.since), m.keyID)
	}
	return b.Bytes()
}

func stamp(t time.Time) string { return t.UTC().Truncate(time.Second).Format(time.RFC3339) }

// parseSuccession reads a state file; its errors name lines.
func parseSuccession(data []byte) (succession, error) {
	var s succession
	lines := bufio.NewScanner(bytes.NewReader(data))
	for number := 1; lines.Scan(); number++ {
		line := strings.TrimSpace(lines.Text())
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		if !s.take(strings.Fields(line)) {
			return succession{}, fmt.Errorf("line %d is not understood", number)
		}
	}
	if err := lines.Err(); err != nil {
		return succession{}, err
	}
	return s, s.validate()
}

// take adds one statement and reports whether it makes sense at this place.
func (s *succession) take(words []string) bool {
	switch {
	case words[0] == "purpose" && len(words) == 2 && s.purpose == "":
		s.purpose = words[1]
		return nameForm.MatchString(s.purpose)
	case words[0] == "last" && len(words) == 2 && s.last == 0:
		var err error
		s.last, err = strconv.Atoi(words[1])
		return err == nil && s.last > 0 && s.last < 1<<20
	case words[0] == "pair" && len(words) == 6:
		m := member{name: words[1], state: State(words[2]), keyID: words[5]}
		var errPublished, errSince error
		m.published, errPublished = time.Parse(time.RFC3339, words[3])
		m.since, errSince = time.Parse(time.RFC3339, words[4])
		_, twice := s.find(m.name)
		if twice || errPublished != nil || errSince != nil || !nameForm.MatchString(m.name) || len(m.keyID) != keyIDLength {
			return false
		}
		m.published, m.since = m.published.UTC(), m.since.UTC()
		s.members = append(s.members, m)
		return m.state == Next || m.state == Signing || m.state == Retired
	}
	return false
}

// validate: exactly one pair signs, at most one waits.
func (s succession) validate() error {
	count := map[State]int{}
	for _, m := range s.members {
		count[m.state]++
	}
	switch {
	case s.purpose == "" || s.last == 0:
		return errors.New("it lacks its purpose or its last number")
	case count[Signing] != 1:
		return fmt.Errorf("%d pairs sign, it must be one", count[Signing])
	case count[Next] > 1:
		return fmt.Errorf("%d pairs are next, it may be one", count[Next])
	case len(s.members) > s.last:
		return errors.New("it has more pairs than were ever made")
	}
	return nil
}
