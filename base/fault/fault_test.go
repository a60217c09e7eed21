package fault

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"time"
)

func TestPublicFaceNeverHoldsTheCause(t *testing.T) {
	e := New(Denied, "error.denied").With("name", "x").Because(io.ErrUnexpectedEOF).For("replay").Retry(time.Second).Offer("action.again", "/login")
	if e.Kind.Status() != 403 || e.AuditReason() != "replay" || len(e.Actions) != 1 {
		t.Fatalf("unexpected %+v", e)
	}
	if strings.Contains(e.Key, "EOF") || !errors.Is(e, io.ErrUnexpectedEOF) {
		t.Fatal("cause must be reachable for logs only")
	}
}

func TestFromClassifiesUnknownErrorsAsInternal(t *testing.T) {
	for _, c := range []struct {
		err  error
		kind Kind
	}{
		{io.EOF, Internal},
		{context.Canceled, Unavailable},
		{errors.Join(io.EOF, New(Gone, "k")), Gone},
	} {
		if got := From(c.err).Kind; got != c.kind {
			t.Errorf("From(%v) = %v, want %v", c.err, got, c.kind)
		}
	}
	if From(nil) != nil {
		t.Error("From(nil) must be nil")
	}
}

func TestCopiesDoNotShareTheirAdditions(t *testing.T) {
	base := New(Invalid, "k").With("a", 1)
	one, two := base.With("b", 2), base.With("c", 3)
	if one.Args[2] != "b" || two.Args[2] != "c" || len(base.Args) != 2 {
		t.Fatal("With must copy")
	}
	if !errors.Is(one, New(Invalid, "k")) || errors.Is(one, New(Denied, "k")) {
		t.Fatal("Is compares kind and key")
	}
}

func TestEveryKindHasAStatus(t *testing.T) {
	for k := Internal; k <= Unavailable; k++ {
		if k.String() == "" || k.Status() < 400 {
			t.Errorf("kind %d is not described", k)
		}
	}
}
