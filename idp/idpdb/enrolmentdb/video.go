package enrolmentdb

import (
	"context"
	"fmt"

	"atrio/db"
	"atrio/idp/enrolment"
	"atrio/idp/proofing/video"
)

// LeaveQueue takes a request out of the queue of the video sessions.
func LeaveQueue(ctx context.Context, tx *db.Tx, request string) error {
	if _, err := tx.ExecContext(ctx, `DELETE FROM video_queue WHERE request = $1`, request); err != nil {
		return fmt.Errorf("idpdb: leave the queue: %w", err)
	}
	return nil
}

// endSession ends the live session of a request with the step that leads out of it.
func endSession(ctx context.Context, tx *db.Tx, step enrolment.Step) error {
	state := video.Aborted
	if step.Event.Act == enrolment.Identify {
		state = video.Ended
	}
	_, err := tx.ExecContext(ctx, `UPDATE video_session SET state = $2, closed_at = $3 WHERE request = $1 AND state = 'live'`,
		step.After.ID, string(state), db.Micros(step.Event.At))
	if err != nil {
		return fmt.Errorf("idpdb: end a session: %w", err)
	}
	return nil
}

// forgetLines deletes what was written in the sessions of a request.
func forgetLines(ctx context.Context, tx *db.Tx, request string) error {
	if _, err := tx.ExecContext(ctx, `DELETE FROM video_line WHERE session IN (SELECT id FROM video_session WHERE request = $1)`, request); err != nil {
		return fmt.Errorf("idpdb: forget a chat: %w", err)
	}
	return nil
}
