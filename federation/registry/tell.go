package registry

import (
	"context"
	"log/slog"
	"sync"
	"time"
)

// tellAgain is the pause before the same thing is told again while it lasts.
const tellAgain = 24 * time.Hour

// teller writes to the log what the operator must know, once a day and not once a minute.
type teller struct {
	log  *slog.Logger
	mu   sync.Mutex
	told map[string]time.Time
}

// tell writes a line, unless that key was told within the day.
func (t *teller) tell(now time.Time, key string, level slog.Level, message string, args ...any) {
	t.mu.Lock()
	last, before := t.told[key]
	again := !before || now.Sub(last) >= tellAgain || now.Before(last)
	if again {
		if t.told == nil {
			t.told = map[string]time.Time{}
		}
		t.told[key] = now
	}
	t.mu.Unlock()
	if again {
		t.log.Log(context.Background(), level, message, args...)
	}
}

// settle forgets that something was told, and reports whether it had been.
func (t *teller) settle(key string) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	_, was := t.told[key]
	delete(t.told, key)
	return was
}
