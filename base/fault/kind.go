package fault

import "net/http"

// Kind says what sort of failure an Error is.
type Kind int

// The kinds. Internal is the zero value: an error that nobody classified must
// never look like the caller's fault.
const (
	Internal Kind = iota
	Invalid
	Unauthenticated
	Denied
	NotFound
	WrongMethod
	Conflict
	Gone
	TooLarge
	Unsupported
	Unprocessable
	TooMany
	Unavailable
)

var kinds = map[Kind]struct {
	name   string
	status int
}{
	Internal:        {"internal", http.StatusInternalServerError},
	Invalid:         {"invalid", http.StatusBadRequest},
	Unauthenticated: {"unauthenticated", http.StatusUnauthorized},
	Denied:          {"denied", http.StatusForbidden},
	NotFound:        {"not found", http.StatusNotFound},
	WrongMethod:     {"wrong method", http.StatusMethodNotAllowed},
	Conflict:        {"conflict", http.StatusConflict},
	Gone:            {"gone", http.StatusGone},
	TooLarge:        {"too large", http.StatusRequestEntityTooLarge},
	Unsupported:     {"unsupported", http.StatusUnsupportedMediaType},
	Unprocessable:   {"unprocessable", http.StatusUnprocessableEntity},
	TooMany:         {"too many", http.StatusTooManyRequests},
	Unavailable:     {"unavailable", http.StatusServiceUnavailable},
}

// String names the kind in logs.
func (k Kind) String() string { return kinds[k].name }

// Status is the HTTP status code of the kind.
func (k Kind) Status() int {
	if s := kinds[k].status; s != 0 {
		return s
	}
	return http.StatusInternalServerError
}
