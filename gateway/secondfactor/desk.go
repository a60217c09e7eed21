package secondfactor

import (
	"context"
	"encoding/binary"
	"fmt"
	"time"

	"atrio/base/seal"
)

// A code from the desk: the page of a login shows a number, the person reads it to a
// clerk, who checks who that is and types it; then the page goes on. The number is drawn
// from the login itself, so an abandoned one leaves no row, and it opens nothing to who
// hears it: the clerk neither sees nor sets a secret. // G2.3, G4.6, G5.4

// Of the number: its digits, and how long what the desk confirmed waits for its login.
const (
	DeskDigits = 8
	DeskLife   = 10 * time.Minute
)

// deskRange is how many numbers there are.
const deskRange = 100_000_000

// DeskNumber is the number of a login, for the account that is asked in it.
func (c *Checker) DeskNumber(flow, accountID string) string {
	mac := c.Keyring.MAC("factor.desk.number", flow, accountID)
	return fmt.Sprintf("%0*d", DeskDigits, binary.BigEndian.Uint64(mac)%deskRange)
}

// DeskDigest is what is stored of a number that the desk confirmed for an account.
func DeskDigest(ring *seal.Keyring, accountID, number string) []byte {
	return ring.MAC("factor.desk", accountID, number)
}

// Desk tells whether the desk has confirmed the login, and uses that up. Nothing is typed
// that could be guessed, so asking too early costs nothing.
func (c *Checker) Desk(ctx context.Context, a Attempt) (Verdict, error) {
	return c.Codes.TryDesk(ctx, c.try(a), DeskDigest(c.Keyring, a.AccountID, c.DeskNumber(a.Flow, a.AccountID)))
}
