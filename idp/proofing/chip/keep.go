package chip

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"atrio/base/fault"
	"atrio/idp/enrolment"
	"atrio/idp/evidence"
	"atrio/idp/evidence/picture"
	"atrio/mrtd"
	"atrio/mrtd/lds"
)

// portraitLimits are for the pictures of chips: some are as small as a stamp.
func portraitLimits() picture.Limits {
	return picture.Limits{Bytes: 64 << 10, Pixels: 6_000_000, Long: 30, Short: 24, Size: 1200, Memory: 64 << 20, Together: 128 << 20}
}

// kept is a reading as evidence: everything that came off the chip, with challenges and
// proofs, so that it can be judged again, and what was found.
type kept struct {
	At      time.Time        `json:"at"`
	Reading mrtd.Reading     `json:"reading"`
	Facts   []enrolment.Fact `json:"facts"`
	Doubts  []string         `json:"doubts"`
}

// keep puts the reading and the portrait into the evidence. // VAL-8.3.2-06
func (c *Chip) keep(ctx context.Context, request enrolment.Request, reading mrtd.Reading, v mrtd.Verdict, doubts []string) (*enrolment.Verdict, error) {
	portrait, shown, err := c.portrait(ctx, v.Portrait)
	if err != nil {
		return nil, err
	}
	if portrait.MediaType != picture.MediaType {
		doubts = append(doubts, doubtPortrait)
	}
	made := &enrolment.Verdict{At: c.Now(), Facts: facts(reading, v, shown), Doubts: doubts}
	report, err := json.Marshal(kept{made.At, reading, made.Facts, made.Doubts})
	if err != nil {
		return nil, fmt.Errorf("chip: a reading as evidence: %w", err)
	}
	for _, item := range []evidence.New{{Kind: evidence.ChipReading, MediaType: "application/json", Content: report}, portrait} {
		item.Request, item.Author = request.ID, "system:chip"
		put, err := c.Keeper.Put(ctx, item)
		if err != nil {
			return nil, err
		}
		made.Evidence = append(made.Evidence, put.ID)
	}
	return made, nil
}

// portrait makes a JPEG anew. What does not decode here is kept as it came and offered as
// a file: it is what the country signed.
func (c *Chip) portrait(ctx context.Context, p lds.Portrait) (item evidence.New, shown string, err error) {
	item = evidence.New{Kind: evidence.Portrait, MediaType: "application/octet-stream", Content: p.Image}
	if p.Type != picture.MediaType {
		return item, "JPEG 2000", nil
	}
	made, err := c.portraits.Take(ctx, p.Image)
	var f *fault.Error
	switch {
	case err == nil:
		item.MediaType, item.Content = picture.MediaType, made.JPEG
		return item, fmt.Sprintf("JPEG, %d × %d", made.Width, made.Height), nil
	case errors.As(err, &f) && f.Kind != fault.Unavailable && f.Kind != fault.Internal:
		return item, "JPEG", nil
	}
	return item, "", err
}
