package db

import "time"

// SetPatience shortens the wait for a connection.
func (d *DB) SetPatience(p time.Duration) { d.patience = p }

// SetScrubPatience shortens the wait of Scrub for a table.
func (d *DB) SetScrubPatience(patience time.Duration) { d.scrubPatience = patience }

// SetCompactable changes how large a file may be that Compact writes anew.
func (d *DB) SetCompactable(size int64) { d.compactable = size }
