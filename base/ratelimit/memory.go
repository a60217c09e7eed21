package ratelimit

import (
	"context"
	"sync"
	"time"
)

// memoryKeys bounds what a Memory remembers.
const memoryKeys = 100_000

// Memory keeps counts in the process: for limits that protect the node itself,
// where a row per event would cost what the limit shall save. When it is full it
// forgets what is over; if nothing is, it forgets everything rather than turn
// people away. Limits that protect a person or an account belong in the database.
type Memory struct {
	mu  sync.Mutex
	tat map[string]time.Time
}

// NewMemory makes an empty one.
func NewMemory() *Memory { return &Memory{tat: map[string]time.Time{}} }

// Take counts one event; see Store.
func (m *Memory) Take(_ context.Context, key string, l Limit, now time.Time) (time.Duration, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if _, known := m.tat[key]; !known && len(m.tat) >= memoryKeys {
		m.sweep(now)
	}
	next, wait := l.Next(m.tat[key], now)
	m.tat[key] = next
	return wait, nil
}

// Look counts nothing; see Store.
func (m *Memory) Look(_ context.Context, key string, l Limit, now time.Time) (time.Duration, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	_, wait := l.Next(m.tat[key], now)
	return wait, nil
}

func (m *Memory) sweep(now time.Time) {
	for k, t := range m.tat {
		if t.Before(now) {
			delete(m.tat, k)
		}
	}
	if len(m.tat) >= memoryKeys {
		clear(m.tat)
	}
}
