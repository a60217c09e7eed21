package secondfactor

import (
	"crypto/rand"
	"math/big"
	"slices"
)

// Match draws three different numbers of two digits and which of them one device shows, for
// the person to find on the other.
func Match() (numbers []int, right int) {
	for len(numbers) < 3 {
		if n := 10 + below(90); !slices.Contains(numbers, n) {
			numbers = append(numbers, n)
		}
	}
	return numbers, numbers[below(3)]
}

func below(n int64) int {
	v, err := rand.Int(rand.Reader, big.NewInt(n))
	if err != nil {
		panic(err) // crypto/rand.Reader never fails since Go 1.24
	}
	return int(v.Int64())
}
