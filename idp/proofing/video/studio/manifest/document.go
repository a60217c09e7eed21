package manifest

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"time"

	"atrio/base/seal"
	"atrio/idp/evidence"
)

// Document is what a manifest says of a session, once it is over.
type Document struct {
	Version  int       `json:"version"`
	Request  string    `json:"request"`
	Session  string    `json:"session"`
	Operator string    `json:"operator,omitempty"`
	Script   string    `json:"script,omitempty"`
	Steps    []Step    `json:"steps"`
	Begun    time.Time `json:"begun"` // zero of both recordings
	Ended    time.Time `json:"ended"`
	// Length is how long it was, in milliseconds, from Begun on.
	Length int64 `json:"length_ms"`
	// Aborted is why it did not end as it should; "" when it did.
	Aborted string `json:"aborted,omitempty"`
	// Recovered says that it was written after the node had stopped: times of segments are
	// then those when they were kept, and nothing is known of connections.
	Recovered bool    `json:"recovered,omitempty"`
	Sides     []Track `json:"sides"`
}

// Track is what a side sent.
type Track struct {
	Side      Side      `json:"side"`
	Recording string    `json:"recording,omitempty"` // "" when no segment was kept
	Chain     string    `json:"chain,omitempty"`     // last link of evidence's chain
	SHA256    string    `json:"sha256,omitempty"`    // last link of the chain of contents
	Segments  []Segment `json:"segments"`
	Parts     []Part    `json:"parts"`
}

// Segment is a piece of a recording; times in milliseconds from Begun on.
type Segment struct {
	Number int    `json:"n"`
	From   int64  `json:"from_ms"`
	To     int64  `json:"to_ms"`
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"`
}

// Part is one connection of a side; times in milliseconds from the opening of the session.
type Part struct {
	Joined int64 `json:"joined_ms"`
	Left   int64 `json:"left_ms"`
	// Fingerprints of the certificates with which both ends encrypted (DTLS).
	Theirs string `json:"fingerprint_theirs"`
	Ours   string `json:"fingerprint_ours"`
	// Flood says that the studio ended it, since it spoke of too many senders.
	Flood bool    `json:"flood,omitempty"`
	Audio *Counts `json:"audio,omitempty"`
	Video *Counts `json:"video,omitempty"`
}

// Counts is what became of the packets of a stream.
type Counts struct {
	Codec   string `json:"codec"`
	Packets int64  `json:"packets"`
	Lost    int64  `json:"lost"`
	Late    int64  `json:"late"`
	Frames  int64  `json:"frames"`
	Keys    int64  `json:"key_frames,omitempty"`
	Dropped int64  `json:"dropped"`
	Over    int64  `json:"over_limit"`
	Jumps   int    `json:"clock_jumps"`
	Width   int    `json:"width,omitempty"`
	Height  int    `json:"height,omitempty"`
}

// Version is that of a document.
const Version = 1

// signed is a manifest as stored: the MAC is over the bytes of the document.
type signed struct {
	Document json.RawMessage `json:"document"`
	MAC      string          `json:"mac"`
}

const macPurpose = "studio.manifest v1"

// Store puts the manifest into evidence and gives its id.
func (d Document) Store(ctx context.Context, v *evidence.Vault, ring *seal.Keyring) (string, error) {
	body, err := json.Marshal(d)
	if err != nil {
		return "", err
	}
	out, err := json.Marshal(signed{Document: body, MAC: hex.EncodeToString(ring.MAC(macPurpose, string(body)))})
	if err != nil {
		return "", err
	}
	by := d.Operator
	if by == "" {
		by = Author
	}
	item, err := v.Put(ctx, evidence.New{Request: d.Request, Kind: evidence.VideoManifest, MediaType: "application/json", Author: by, Content: out})
	return item.ID, err
}

// read gives a document whose MAC is right.
func read(content []byte, ring *seal.Keyring) (Document, error) {
	var s signed
	if err := json.Unmarshal(content, &s); err != nil {
		return Document{}, damaged("the manifest is not readable: %v", err)
	}
	mac, err := hex.DecodeString(s.MAC)
	if err != nil || !hmac.Equal(mac, ring.MAC(macPurpose, string(s.Document))) {
		return Document{}, damaged("the manifest is not what the studio wrote")
	}
	var d Document
	if err := json.Unmarshal(s.Document, &d); err != nil {
		return Document{}, damaged("the manifest is not readable: %v", err)
	}
	if d.Version != Version {
		return Document{}, damaged("version %d of a manifest", d.Version)
	}
	return d, nil
}

// FirstLink begins the chain of contents of a side.
func FirstLink(session string, side Side) [sha256.Size]byte {
	return sha256.Sum256([]byte("atrio studio v1\x00" + session + "\x00" + string(side)))
}

// NextLink adds a segment.
func NextLink(before, content [sha256.Size]byte) [sha256.Size]byte {
	return sha256.Sum256(append(before[:], content[:]...))
}

// Hexed writes a link as it stands in a document.
func Hexed(sum [sha256.Size]byte) string { return hex.EncodeToString(sum[:]) }
