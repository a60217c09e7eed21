package db

import "time"

// SetPatience shortens the wait for a connection.
func (d *DB) SetPatience(p time.Duration) { d.patience = p }
