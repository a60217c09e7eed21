package point

import (
	"time"

	"atrio/base/jobs"
	"atrio/base/notify"
	"atrio/idp/enrolment"
	"atrio/idp/proofing/appointment"
)

// missedAfter is how long after an appointment somebody who did not come is told.
const missedAfter = 24 * time.Hour

// Jobs remind of appointments, and give the places of those who did not come free.
func (b *Booking) Jobs() []jobs.Job {
	mail := func(key string) func(enrolment.Request) (notify.Message, bool) {
		return func(q enrolment.Request) (notify.Message, bool) {
			p, ok := b.Directory.Point(q.Point)
			return b.mail(q, p, q.Data.Booking.At, key), ok || key == "point.mail.missed"
		}
	}
	r := appointment.Reminders{
		Store: b.Store, Requests: b.Way.Store, Way: enrolment.Point, Role: b.Site.Role, MissedAfter: missedAfter,
		Reminder: mail("point.mail.reminder"), Missed: mail("point.mail.missed"),
	}
	return []jobs.Job{{Name: "idp.appointments", Every: 10 * time.Minute, Run: r.Run}}
}
