package rig

import (
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"testing"
)

// offsets of the listeners of a demonstration above its base. // DESIGN 1
var offsets = []int{0, 1, 2, 3, 9, 363}

// freeBase finds a base whose ports are all free, below the ports that systems
// hand out on their own.
func freeBase(t testing.TB) int {
	t.Helper()
	for range 500 {
		base := 12_000 + 20*rand.IntN(900)
		if allFree(base) {
			return base
		}
	}
	t.Fatal("no free ports")
	return 0
}

func allFree(base int) bool {
	for _, n := range offsets {
		if !isFree(base + n) {
			return false
		}
	}
	return true
}

func isFree(port int) bool {
	l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port))
	if err != nil {
		return false
	}
	return l.Close() == nil
}

// freePort gives a port that nobody uses now.
func freePort(t testing.TB) int {
	t.Helper()
	for range 500 {
		if port := 12_000 + rand.IntN(18_000); isFree(port) {
			return port
		}
	}
	t.Fatal("no free port")
	return 0
}

// answers reports whether an address answers 200.
func answers(address string) bool {
	res, err := http.Get(address) //nolint:gosec,noctx // our own program
	if err != nil {
		return false
	}
	res.Body.Close()
	return res.StatusCode == http.StatusOK
}
