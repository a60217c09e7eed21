package password

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/crypto/argon2"
)

// Params are the costs of argon2id. RFC 9106 3.1.
type Params struct {
	Memory  uint32 // KiB
	Passes  uint32
	Threads uint8
}

// Default is what new passwords get: 19 MiB, 2 passes, 1 lane (OWASP Password
// Storage Cheat Sheet; DESIGN section 6).
func Default() Params { return Params{Memory: 19 << 10, Passes: 2, Threads: 1} }

// Bounds of what a stored string may ask for: a row must not be able to exhaust
// the machine. 64 MiB, 10 passes and 4 lanes are beyond every recommendation for
// interactive logins.
const (
	maxMemory  = 64 << 10
	maxPasses  = 10
	maxThreads = 4
	saltLength = 16
	hashLength = 32
)

var errPHC = errors.New("password: stored hash is not a PHC string that we understand")

// phc is a decoded string of the form
//
//	$argon2id$v=19$m=19456,t=2,p=1$SALT$HASH
type phc struct {
	params     Params
	salt, hash []byte
}

// encoding is base64 without padding; Strict refuses second spellings.
func encoding() *base64.Encoding { return base64.RawStdEncoding.Strict() }

func (p phc) String() string {
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, p.params.Memory, p.params.Passes, p.params.Threads,
		encoding().EncodeToString(p.salt), encoding().EncodeToString(p.hash))
}

// parsePHC accepts only what String writes, within the bounds. The error repeats
// nothing of the string.
func parsePHC(s string) (phc, error) {
	var p phc
	if len(s) > 256 {
		return p, errPHC
	}
	parts := strings.Split(s, "$")
	if len(parts) != 6 || parts[0] != "" || parts[1] != "argon2id" || parts[2] != "v="+strconv.Itoa(argon2.Version) {
		return p, errPHC
	}
	costs := strings.Split(parts[3], ",")
	if len(costs) != 3 {
		return p, errPHC
	}
	memory, ok1 := cost(costs[0], "m=", maxMemory)
	passes, ok2 := cost(costs[1], "t=", maxPasses)
	threads, ok3 := cost(costs[2], "p=", maxThreads)
	p.params = Params{Memory: memory, Passes: passes, Threads: uint8(threads)}
	salt, err1 := encoding().DecodeString(parts[4])
	hash, err2 := encoding().DecodeString(parts[5])
	p.salt, p.hash = salt, hash
	bad := !ok1 || !ok2 || !ok3 || err1 != nil || err2 != nil || memory < 8*threads || // RFC 9106 3.1: m >= 8p
		len(salt) < 8 || len(salt) > 64 || len(hash) < 16 || len(hash) > 64
	if bad || p.String() != s { // the comparison refuses line breaks, "+1", "01"
		return phc{}, errPHC
	}
	return p, nil
}

func cost(s, prefix string, most uint64) (uint32, bool) {
	digits, found := strings.CutPrefix(s, prefix)
	n, err := strconv.ParseUint(digits, 10, 32)
	return uint32(n), found && err == nil && n >= 1 && n <= most
}
