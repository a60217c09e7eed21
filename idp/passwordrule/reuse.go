package passwordrule

import (
	"context"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"atrio/base/ratelimit"
)

// Former is a password that was used before.
type Former struct {
	// Hash is its PHC string, EndedAt when another one took its place.
	Hash    string
	EndedAt time.Time
}

// Back reports whether a former password may come back: newer is how many were chosen
// after it, the present one among them. Both have to be over. // REG 15, E13
func Back(newer int, ended, now time.Time) bool {
	return newer >= Changes && !now.Before(ended.AddDate(0, Months, 0))
}

// Expired tells that a password has to be changed. // REG 15, E12
func Expired(set, now time.Time) bool { return !set.IsZero() && !now.Before(set.Add(MaxAge)) }

// Changing bounds changes, and with them how many former passwords there are to compare: ten
// at once, and one more in thirty days, wherever they are made.
func Changing() ratelimit.Limit {
	return ratelimit.Limit{Name: "idp.password.change", Burst: 10, Per: 300 * 24 * time.Hour}
}

// Verifier compares a password with a hash; authn/password has one.
type Verifier interface {
	Verify(ctx context.Context, phc, password string) (ok, rehash bool, err error)
}

// Reused reports whether somebody chooses a password again too early. The present one is
// the first of former, the others follow, the newest first.
func Reused(ctx context.Context, v Verifier, former []Former, typed string, now time.Time) (bool, error) {
	for newer, f := range former {
		if newer > 0 && Back(newer, f.EndedAt, now) {
			continue
		}
		same, _, err := v.Verify(ctx, f.Hash, typed)
		if err != nil || same {
			return same, err
		}
	}
	return false, nil
}

// near is how many signs two passwords may differ in and still be alike.
const near = 2

// Similar reports whether a new password is the one just typed with little changed: the
// same but for case, one inside the other, or two signs apart. It can only be asked of a
// password that is there in clear; of former ones there is a hash. // REG 15
func Similar(old, typed string) bool {
	a, b := strings.ToLower(norm.NFC.String(old)), strings.ToLower(norm.NFC.String(typed))
	if utf8.RuneCountInString(a) > Most || utf8.RuneCountInString(b) > Most {
		return a == b
	}
	return strings.Contains(b, a) || utf8.RuneCountInString(b) >= Least && strings.Contains(a, b) || distance([]rune(a), []rune(b)) <= near
}

// distance is how many signs have to be put in, taken out or replaced.
func distance(a, b []rune) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range a {
		last := row[0]
		row[0] = i + 1
		for j := range b {
			replaced := last
			if a[i] != b[j] {
				replaced++
			}
			last = row[j+1]
			row[j+1] = min(replaced, row[j+1]+1, row[j]+1)
		}
	}
	return row[len(b)]
}
