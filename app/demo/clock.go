package demo

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"atrio/base/setting"
)

// furthest the clock may be ahead: enough for every retention of the rules.
const furthest = 40 * 365 * setting.Day

// Clock is the calendar of the demonstration: real time and an offset that only
// grows, kept in a file so that a restart does not go back in time.
type Clock struct {
	file   string
	mu     sync.Mutex
	offset time.Duration
}

// OpenClock reads the offset of an earlier run from dir.
func OpenClock(dir string) (*Clock, error) {
	c := &Clock{file: filepath.Join(dir, "clock")}
	data, err := os.ReadFile(c.file)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return c, nil
	case err != nil:
		return nil, err
	}
	d, err := setting.ParseDuration(strings.TrimSpace(string(data)))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", c.file, err)
	}
	c.offset = d.Std()
	return c, nil
}

// Now is the time that every role lives in.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return time.Now().Add(c.offset)
}

// Offset is how far the clock is ahead.
func (c *Clock) Offset() time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.offset
}

// Advance moves the clock forward and gives the new time.
func (c *Clock) Advance(by time.Duration) (time.Time, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	next := c.offset + by
	if by < 0 || next > furthest {
		return time.Time{}, fmt.Errorf("the clock moves forward only, at most %s ahead", setting.Duration(furthest))
	}
	if err := os.WriteFile(c.file, []byte(setting.Duration(next).String()+"\n"), 0o600); err != nil {
		return time.Time{}, err
	}
	c.offset = next
	return time.Now().Add(next), nil
}
