package keys

import (
	"os"
	"reflect"
	"strings"
	"testing"
	"time"
)

var (
	idA = strings.Repeat("a", keyIDLength)
	idB = strings.Repeat("b", keyIDLength)
)

// list writes a succession as "name:state …", for tables.
func list(last int, members ...string) succession {
	s := succession{purpose: "spid", last: last}
	for _, m := range members {
		name, state, _ := strings.Cut(m, ":")
		s.members = append(s.members, member{name: name, state: State(state), published: now, since: now, keyID: idA})
	}
	return s
}

func (s succession) states() string {
	var out []string
	for _, m := range s.members {
		out = append(out, m.name+":"+string(m.state))
	}
	return strings.Join(out, " ")
}

func TestEveryTransitionOfASuccession(t *testing.T) {
	later := now.Add(time.Hour)
	next := func(s succession) (succession, error) { return s.withNext("n", idB, later) }
	promote := func(s succession) (succession, error) { return s.promoted(later) }
	forget := func(name string) func(succession) (succession, error) {
		return func(s succession) (succession, error) { return s.without(name) }
	}
	for _, c := range []struct {
		name   string
		before succession
		do     func(succession) (succession, error)
		after  string // or
		says   string
	}{
		{"a next key is added", list(1, "a:signing"), next, "a:signing n:next", ""},
		{"beside retired ones", list(2, "a:retired", "b:signing"), next, "a:retired b:signing n:next", ""},
		{"but only one", list(2, "a:signing", "b:next"), next, "", "there is a next key"},
		{"the next key signs", list(2, "a:signing", "b:next"), promote, "a:retired b:signing", ""},
		{"the retired stay", list(3, "a:retired", "b:signing", "c:next"), promote, "a:retired b:retired c:signing", ""},
		{"nothing to promote", list(1, "a:signing"), promote, "", "no next key"},
		{"a retired key is forgotten", list(2, "a:retired", "b:signing"), forget("a"), "b:signing", ""},
		{"a next key is forgotten", list(2, "a:signing", "b:next"), forget("b"), "a:signing", ""},
		{"not the one that signs", list(2, "a:signing", "b:next"), forget("a"), "", "signs"},
		{"not one that is unknown", list(1, "a:signing"), forget("x"), "", "no pair"},
	} {
		was := c.before.states()
		got, err := c.do(c.before)
		if c.says != "" {
			if err == nil || !strings.Contains(err.Error(), c.says) {
				t.Errorf("%s: %v", c.name, err)
			}
			continue
		}
		if err != nil || got.states() != c.after || got.validate() != nil {
			t.Errorf("%s: %s, %v, %v", c.name, got.states(), err, got.validate())
		}
		if c.before.states() != was {
			t.Errorf("%s: the old succession was changed", c.name)
		}
		if again, err := parseSuccession(got.text()); err != nil || !reflect.DeepEqual(again, got) {
			t.Errorf("%s: written and read it is %+v, %v", c.name, again, err)
		}
	}
}

func TestTimesOfATransition(t *testing.T) {
	s, err := list(1, "a:signing").withNext("b", idB, now.Add(time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	if s, err = s.promoted(now.Add(2 * time.Hour)); err != nil {
		t.Fatal(err)
	}
	a, _ := s.find("a")
	b, _ := s.find("b")
	if s.last != 2 || !a.since.Equal(now.Add(2*time.Hour)) || !a.published.Equal(now) || !b.published.Equal(now.Add(time.Hour)) || !b.since.Equal(now.Add(2*time.Hour)) {
		t.Errorf("unexpected %+v", s)
	}
}

func TestABadStateFileIsRefused(t *testing.T) {
	good := string(list(2, "saml:signing", "saml-2:next").text())
	line := func(words string) string { return "pair " + words + "\n" }
	at := "2026-03-01T12:00:00Z"
	for name, text := range map[string]string{
		"empty":            "",
		"no purpose":       strings.Replace(good, "purpose spid\n", "", 1),
		"purpose twice":    good + "purpose spid\n",
		"no last":          strings.Replace(good, "last 2\n", "", 1),
		"last of zero":     strings.Replace(good, "last 2", "last 0", 1),
		"last too small":   strings.Replace(good, "last 2", "last 1", 1),
		"two sign":         strings.Replace(good, " next ", " signing ", 1),
		"nobody signs":     strings.Replace(good, " signing ", " retired ", 1),
		"two are next":     strings.Replace(good, "last 2", "last 3", 1) + line("saml-3 next "+at+" "+at+" "+idA),
		"unknown state":    strings.Replace(good, " next ", " gone ", 1),
		"a pair twice":     good + line("saml retired "+at+" "+at+" "+idA),
		"a path":           strings.Replace(good, "saml-2", "../saml", 1),
		"a bad time":       strings.Replace(good, at, "yesterday", 1),
		"a short key id":   strings.Replace(good, idA, "abc", 1),
		"an unknown word":  good + "key x\n",
		"a line too long":  good + strings.Repeat("x", 70<<10),
		"a word too much":  strings.Replace(good, idA+"\n", idA+" x\n", 1),
		"nothing but junk": "\x00\xff",
	} {
		if _, err := parseSuccession([]byte(text)); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

func FuzzStateFile(f *testing.F) {
	f.Add(list(2, "saml:signing", "saml-2:next").text())
	f.Add([]byte("purpose spid\nlast 1\npair saml signing 2026-03-01T12:00:00+02:00 1970-01-01T00:00:00Z " + idA))
	f.Add([]byte("# x\n\npurpose"))
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := parseSuccession(data)
		if err != nil {
			return
		}
		if err := s.validate(); err != nil {
			t.Fatalf("read and not valid: %v", err)
		}
		again, err := parseSuccession(s.text())
		if err != nil || again.states() != s.states() || again.last != s.last {
			t.Fatalf("written again it is %v, %v", again, err)
		}
		for _, m := range s.members {
			if strings.ContainsAny(m.name, "/\\.\x00") {
				t.Fatalf("the name %q is a path", m.name)
			}
		}
	})
}

func TestAStateFileOfAnotherPurposeIsRefused(t *testing.T) {
	s, p := store(t), testSPID()
	if _, err := s.Rotation(p, now); err != nil {
		t.Fatal(err)
	}
	for text, says := range map[string]string{
		strings.Replace(string(list(1, "saml:signing").text()), "spid", "cie", 1): "about",
		string(list(1, "token:signing").text()):                                   "another purpose",
		string(list(1, "saml:signing").text()):                                    "names another key",
		string(list(2, "saml:retired", "saml-2:signing").text()):                  "names another key",
	} {
		if err := os.WriteFile(s.path(p.state()), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := s.Rotation(p, now)
		wantError(t, err, says)
	}
}
