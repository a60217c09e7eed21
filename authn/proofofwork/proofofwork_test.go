package proofofwork

import (
	"crypto/sha256"
	"errors"
	"strconv"
	"testing"
	"time"

	"atrio/base/seal"
)

// solve does what the script of the page does.
func solve(c Challenge) string {
	for n := 0; ; n++ {
		if number := strconv.Itoa(n); zeros(sha256.Sum256([]byte(c.Puzzle+number))) >= c.Bits {
			return number
		}
	}
}

func maker(now *time.Time) *Maker {
	return &Maker{
		Keyring: seal.NewKeyring("gateway", seal.Key{ID: "a", Secret: [32]byte{1}}), Bits: 10,
		Now: func() time.Time { return *now },
	}
}

func TestASolvedChallengeCountsUntilItsEnd(t *testing.T) {
	now := time.Date(2026, 11, 28, 10, 0, 0, 0, time.UTC)
	m := maker(&now)
	c, err := m.New()
	if err != nil || c.Bits != 10 || len(c.Puzzle)+maxNumber > 55 {
		t.Fatalf("%+v, %v: puzzle and number must fit one block", c, err)
	}
	number := solve(c)
	now = now.Add(Life - time.Second)
	solved, err := m.Check(c.Token, number)
	if err != nil || solved.ID+":" != c.Puzzle || !solved.Until.Equal(now.Add(time.Second)) {
		t.Fatalf("%+v, %v", solved, err)
	}
	again, err := m.Check(c.Token, number)
	if err != nil || again != solved {
		t.Fatalf("the same answer must have the same name, so that it counts once: %+v, %v", again, err)
	}
	now = now.Add(time.Second)
	if _, err := m.Check(c.Token, number); !errors.Is(err, ErrUnsolved) {
		t.Errorf("after the end: %v", err)
	}
}

func TestWhatProvesNothingIsUnsolved(t *testing.T) {
	now := time.Date(2026, 11, 28, 10, 0, 0, 0, time.UTC)
	m := maker(&now)
	c, _ := m.New()
	other, _ := m.New()
	right := solve(c)
	wrong := 0
	for zeros(sha256.Sum256([]byte(c.Puzzle+strconv.Itoa(wrong)))) >= c.Bits {
		wrong++
	}
	foreign := maker(&now)
	foreign.Keyring = seal.NewKeyring("gateway", seal.Key{ID: "a", Secret: [32]byte{2}})
	for name, err := range map[string]error{
		"no number":             second(m.Check(c.Token, "")),
		"no token":              second(m.Check("", right)),
		"a wrong number":        second(m.Check(c.Token, strconv.Itoa(wrong))),
		"another spelling":      second(m.Check(c.Token, "0"+right)),
		"a sign":                second(m.Check(c.Token, "+"+right)),
		"a very long number":    second(m.Check(c.Token, "99999999999999999999")),
		"words":                 second(m.Check(c.Token, "many")),
		"a token of other keys": second(foreign.Check(c.Token, right)),
		"a broken token":        second(m.Check(other.Token[1:], right)),
	} {
		if !errors.Is(err, ErrUnsolved) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func second(_ Solved, err error) error { return err }
