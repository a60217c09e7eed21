package login

import (
	"io"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"pgregory.net/rapid"

	"atrio/web"
)

var now = time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)

func TestOnlyWhatIsUsableIsTakenOver(t *testing.T) {
	full := person{Name: " Bianca \n Esempio ", GivenName: "Bianca", FamilyName: "Esempio", Email: "b@example.test", BirthDate: "1998-03-27", Gender: "female"}
	if got := full.arrival(now); got.Name != "Bianca Esempio" || got.Email != full.Email || got.BirthDate != full.BirthDate || got.Gender != "female" {
		t.Errorf("%+v", got)
	}
	for _, email := range []string{"", "no", "a@b@c", "a b@c", strings.Repeat("a", 300) + "@b", "a@b\nBcc: c@d"} {
		if got := (person{Email: email}).arrival(now).Email; got != "" {
			t.Errorf("%.20q became %q", email, got)
		}
	}
	for _, date := range []string{"1899-12-31", "2026-11-23", "0000-01-01", "1998", "1998-02-30", "27/03/1998"} {
		if got := (person{BirthDate: date}).arrival(now).BirthDate; got != "" {
			t.Errorf("born on %q", got)
		}
	}
	if got := (person{Gender: "<b>"}).arrival(now).Gender; got != "" {
		t.Errorf("gender %q", got)
	}
	if got := (person{GivenName: "Ugo"}).arrival(now).Name; got != "Ugo" {
		t.Errorf("name %q", got)
	}
	if got := (person{Email: "u@example.test"}).arrival(now).Name; got != "u@example.test" {
		t.Errorf("name %q", got)
	}
}

func TestALineIsAlwaysOneBoundedCleanLine(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		got := line(string(rapid.SliceOf(rapid.Byte()).Draw(t, "bytes"))+rapid.String().Draw(t, "text"), 20)
		if !utf8.ValidString(got) || utf8.RuneCountInString(got) > 20 || got != strings.TrimSpace(got) ||
			strings.ContainsFunc(got, func(r rune) bool { return unicode.In(r, unicode.Cc, unicode.Cf) }) || line(got, 20) != got {
			t.Fatalf("%q", got)
		}
	})
}

func TestAnAnswerThatIsTooLongFailsAndDoesNotEnd(t *testing.T) {
	for size, want := range map[int]error{0: nil, 10: nil, 11: errTooLong, 5000: errTooLong} {
		b := &bounded{ReadCloser: io.NopCloser(strings.NewReader(strings.Repeat("a", size))), left: 10}
		data, err := io.ReadAll(b)
		if err != want || len(data) > 10 {
			t.Errorf("%d bytes: %d read, %v", size, len(data), err)
		}
		if want != nil {
			if _, err := b.Read(make([]byte, 5)); err == nil || err == io.EOF {
				t.Errorf("reading on gives %v", err)
			}
		}
	}
}

func TestStatesSortByAge(t *testing.T) {
	first, second := newState(now), newState(now.Add(time.Second))
	if !stateForm.MatchString(first) || first >= second || first == newState(now) {
		t.Errorf("%s, %s", first, second)
	}
}

func TestAReturnAddressIsLocalShortAndPlain(t *testing.T) {
	for address, want := range map[string]string{
		"/a?b=c&d=%C3%A8#e": "/a?b=c&d=%C3%A8#e", "/" + strings.Repeat("a", 499): "/" + strings.Repeat("a", 499),
		"/" + strings.Repeat("a", 500): "/dashboard", "/è": "/dashboard", "/\xff": "/dashboard", "//evil.example": "/dashboard", "": "/dashboard",
	} {
		if got := returnAddress(address); got != want {
			t.Errorf("%.30q gives %.30q", address, got)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		if got := returnAddress(rapid.String().Draw(t, "address")); web.LocalPath(got, "") != got || len(got) > maxReturn {
			t.Fatalf("%q", got)
		}
	})
}
