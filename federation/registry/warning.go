package registry

import (
	"log/slog"
	"strconv"
	"time"
)

// Words of warnings; pages have a text for each.
const (
	WarnCertificate        = "certificate"         // a certificate of a provider ends soon
	WarnCertificateExpired = "certificate_expired" // it has ended
	WarnMetadata           = "metadata"            // a description ends soon and nobody renewed it
	WarnMetadataExpired    = "metadata_expired"    // it has ended: logins there do not work
	WarnStale              = "stale"               // a source was not read for a day, or for a week
	WarnPin                = "pin"                 // a pinned certificate ends soon
	WarnPinExpired         = "pin_expired"         // it has ended
	WarnRefused            = "refused"             // an entity of the document is left out
	WarnKept               = "kept"                // its older description counts for a while
	WarnShadowed           = "shadowed"            // another source describes the entity already
	WarnTest               = "test"                // a provider for tests is offered to people
	WarnOutage             = "outage"              // the button says that there are problems
)

// WarningCodes lists them all.
func WarningCodes() []string {
	return []string{
		WarnCertificate, WarnCertificateExpired, WarnMetadata, WarnMetadataExpired, WarnStale, WarnPin, WarnPinExpired,
		WarnRefused, WarnKept, WarnShadowed, WarnTest, WarnOutage,
	}
}

// Warning is something that the operator should look at.
type Warning struct {
	Code string
	// What it is about: the fingerprint of a certificate, an entityID, a reason, a date.
	What string
	// At is when it ends, zero for what has no date.
	At time.Time
	// Stage grows from 1 (30 days) over 2 (7 days) and 3 (1 day: act now) to 4 (over); 0 for
	// what is worth knowing only.
	Stage int
}

const day = 24 * time.Hour

// stages are the pauses before an end at which the operator is told.
var stages = [...]time.Duration{30 * day, 7 * day, day}

// stage tells how near an end is. Of a description that is renewed all the time only
// those stages count that it should never reach: at most half of its life.
func stage(end, now time.Time, life time.Duration) int {
	if end.IsZero() {
		return 0
	}
	left := end.Sub(now)
	if left <= 0 {
		return len(stages) + 1
	}
	for i := len(stages) - 1; i >= 0; i-- {
		if left <= stages[i] && (life <= 0 || stages[i] <= life/2) {
			return i + 1
		}
	}
	return 0
}

// ending adds a warning when an end is near.
func ending(list []Warning, soon, over, what string, end, now time.Time, life time.Duration) []Warning {
	switch n := stage(end, now, life); {
	case n == 0:
		return list
	case n > len(stages):
		return append(list, Warning{Code: over, What: what, At: end, Stage: n})
	default:
		return append(list, Warning{Code: soon, What: what, At: end, Stage: n})
	}
}

func (s *source[T]) warnings(now time.Time) []Warning {
	var list []Warning
	for _, c := range s.pins.certificates {
		list = ending(list, WarnPin, WarnPinExpired, certificateState(c).Fingerprint, c.NotAfter, now, 0)
	}
	if s.held != nil {
		list = s.stale(list, now)
		list = ending(list, WarnMetadata, WarnMetadataExpired, "", s.held.until, now, s.life(s.held.until))
		for i := range s.held.items {
			if it := &s.held.items[i]; it.err != nil && !it.good && !roleless(it.err) {
				list = append(list, Warning{Code: WarnRefused, What: it.entityID + ": " + it.err.Error()})
			}
		}
	}
	for _, id := range s.shadowed {
		list = append(list, Warning{Code: WarnShadowed, What: id})
	}
	return list
}

// stale warns of a source that is not read any more: the registry of SPID gives its
// document no end, so that nothing else would ever stop an old one.
func (s *source[T]) stale(list []Warning, now time.Time) []Warning {
	if s.MetadataURL == "" || s.success.IsZero() {
		return list
	}
	pause := max(day, 2*s.Refresh.Or(usualRefresh))
	w := Warning{Code: WarnStale, What: s.success.UTC().Format(time.RFC3339)}
	switch age := now.Sub(s.success); {
	case age >= 7*pause:
		w.Stage = 3
	case age >= pause:
		w.Stage = 1
	default:
		return list
	}
	return append(list, w)
}

func entityWarnings(e EntityState, err error, life time.Duration, now time.Time) []Warning {
	var list []Warning
	list = ending(list, WarnMetadata, WarnMetadataExpired, "", e.ValidUntil, now, life)
	for _, c := range e.Certificates {
		list = ending(list, WarnCertificate, WarnCertificateExpired, c.Fingerprint, c.NotAfter, now, 0)
	}
	if e.Kept && err != nil {
		list = append(list, Warning{Code: WarnKept, What: err.Error()})
	}
	if e.Test {
		list = append(list, Warning{Code: WarnTest})
	}
	if e.Outage {
		list = append(list, Warning{Code: WarnOutage, What: e.OutageText})
	}
	return list
}

// warn writes what comes nearer to the log: once at each stage, then once a day.
func (b *book[T]) warn(now time.Time) {
	state := b.State(now)
	say := func(about string, w Warning) {
		if w.Stage == 0 {
			return
		}
		level := slog.LevelWarn
		if w.Stage >= 3 {
			level = slog.LevelError
		}
		b.tell(now, "warning "+about+" "+w.Code+" "+w.What+" "+strconv.Itoa(w.Stage), level, "metadata need attention", "world", state.World, "about", about, "warning", w.Code, "what", w.What, "ends", ends(w.At))
	}
	for _, s := range state.Sources {
		for _, w := range s.Warnings {
			say(s.Name, w)
		}
	}
	for _, e := range state.Entities {
		for _, w := range e.Warnings {
			say(e.EntityID, w)
		}
	}
}

func ends(at time.Time) string {
	if at.IsZero() {
		return ""
	}
	return at.UTC().Format(time.RFC3339)
}
