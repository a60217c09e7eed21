// Package webm writes the small part of WebM that a recording needs: one header for a
// track of VP8 and one of Opus, and clusters. Header and clusters are made apart, so that
// a recording can be kept in pieces: whoever puts them one after the other has a file.
// RFC 8794 (EBML), RFC 9559 (Matroska)
package webm

import (
	"bytes"
	"encoding/binary"
	"math"
	"slices"
	"time"
)

// Tracks of a recording.
const (
	Video = 1
	Audio = 2
)

// Info is what the header says.
type Info struct {
	Begun         time.Time // calendar time of the recording's zero
	Width, Height int       // of the first picture; pictures may change size later
	Channels      int       // of the sound
}

// Block is a frame of a track.
type Block struct {
	Track int
	At    time.Duration // from the recording's zero on; kept to the millisecond
	Key   bool          // the frame needs none before it
	Data  []byte
}

// Limits: what fits into the fields.
const (
	maxSpan = 30 * time.Second // of a cluster: times in it have 16 bits, in milliseconds
	// Overhead is more than a block takes beside its data.
	Overhead = 16
)

// IDs of elements. RFC 9559 5.1
const (
	idEBML, idVersion, idReadVersion, idMaxID, idMaxSize, idDocType, idDocVersion, idDocReadVersion = 0x1A45DFA3, 0x4286, 0x42F7, 0x42F2, 0x42F3, 0x4282, 0x4287, 0x4285

	idSegment, idInfo, idScale, idDate, idMuxing, idWriting = 0x18538067, 0x1549A966, 0x2AD7B1, 0x4461, 0x4D80, 0x5741

	idTracks, idEntry, idNumber, idUID, idType, idLacing, idCodec, idCodecPrivate = 0x1654AE6B, 0xAE, 0xD7, 0x73C5, 0x83, 0x9C, 0x86, 0x63A2
	idPreSkip, idPreRoll, idVideo, idWidth, idHeight, idAudio, idRate, idChannels = 0x56AA, 0x56BB, 0xE0, 0xB0, 0xBA, 0xE1, 0xB5, 0x9F

	idCluster, idTime, idSimpleBlock = 0x1F43B675, 0xE7, 0xA3
)

// preRoll is what a decoder of Opus needs before its sound is right. RFC 7845 4.2
const preRoll = 80 * time.Millisecond

// millennium is where dates of Matroska begin.
var millennium = time.Date(2001, time.January, 1, 0, 0, 0, 0, time.UTC)

// headSize is more than a header takes up to its date.
const headSize = 256

// Header begins a recording; clusters follow it up to the end of the file.
func Header(i Info) []byte {
	out := element(nil, idEBML, join(
		number(idVersion, 1), number(idReadVersion, 1), number(idMaxID, 4), number(idMaxSize, 8),
		text(idDocType, "webm"), number(idDocVersion, 4), number(idDocReadVersion, 2)))
	// A segment of unknown size: it ends where the file does. RFC 8794 6.2
	out = append(id(out, idSegment), 0x01, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF)
	date := binary.BigEndian.AppendUint64(nil, uint64(i.Begun.Sub(millennium)))
	out = element(out, idInfo, join(
		number(idScale, uint64(time.Millisecond)), element(nil, idDate, date), text(idMuxing, "atrio"), text(idWriting, "atrio")))
	video := element(nil, idEntry, join(
		number(idNumber, Video), number(idUID, Video), number(idType, 1), number(idLacing, 0), text(idCodec, "V_VP8"),
		element(nil, idVideo, join(number(idWidth, uint64(i.Width)), number(idHeight, uint64(i.Height))))))
	audio := element(nil, idEntry, join(
		number(idNumber, Audio), number(idUID, Audio), number(idType, 2), number(idLacing, 0), text(idCodec, "A_OPUS"),
		element(nil, idCodecPrivate, opusHead(i.Channels)), number(idPreSkip, 0), number(idPreRoll, uint64(preRoll)),
		element(nil, idAudio, join(rate(48_000), number(idChannels, uint64(i.Channels))))))
	return element(out, idTracks, join(video, audio))
}

// opusHead says that nothing is skipped: a stream that is joined has no beginning.
// RFC 7845 5.1
func opusHead(channels int) []byte {
	head := append([]byte("OpusHead"), 1, byte(channels), 0, 0)
	head = binary.LittleEndian.AppendUint32(head, 48_000)
	return append(head, 0, 0, 0)
}

// Clusters appends blocks to out, in the order of their times. A key frame of the video
// begins a cluster: players enter there.
func Clusters(out []byte, blocks []Block) []byte {
	blocks = slices.Clone(blocks)
	slices.SortStableFunc(blocks, func(a, b Block) int { return int(millis(a) - millis(b)) })
	for len(blocks) > 0 {
		n := 1
		for n < len(blocks) && blocks[n].At-blocks[0].At < maxSpan && (blocks[n].Track != Video || !blocks[n].Key) {
			n++
		}
		out = cluster(out, blocks[:n])
		blocks = blocks[n:]
	}
	return out
}

func cluster(out []byte, blocks []Block) []byte {
	start := millis(blocks[0])
	body := number(idTime, uint64(start))
	for _, b := range blocks {
		body = size(id(body, idSimpleBlock), 4+len(b.Data))
		flags := byte(0)
		if b.Key {
			flags = 0x80
		}
		at := millis(b) - start
		body = append(body, 0x80|byte(b.Track), byte(at>>8), byte(at), flags)
		body = append(body, b.Data...)
	}
	return element(out, idCluster, body)
}

func millis(b Block) int64 { return max(0, b.At).Milliseconds() }

func join(parts ...[]byte) []byte { return slices.Concat(parts...) }

func element(out []byte, name uint32, body []byte) []byte {
	return append(size(id(out, name), len(body)), body...)
}

func number(name uint32, value uint64) []byte {
	body := binary.BigEndian.AppendUint64(nil, value)
	for len(body) > 1 && body[0] == 0 {
		body = body[1:]
	}
	return element(nil, name, body)
}

func text(name uint32, value string) []byte { return element(nil, name, []byte(value)) }

// rate is a frequency, as a float of 4 bytes.
func rate(hertz float32) []byte {
	return element(nil, idRate, binary.BigEndian.AppendUint32(nil, math.Float32bits(hertz)))
}

// id appends the name of an element: it holds its own length.
func id(out []byte, name uint32) []byte {
	body := binary.BigEndian.AppendUint32(nil, name)
	for body[0] == 0 {
		body = body[1:]
	}
	return append(out, body...)
}

// size appends a length in the fewest bytes that hold it. RFC 8794 6.2
func size(out []byte, n int) []byte {
	width := 1
	for n >= 1<<(7*width)-1 { // all ones mean unknown
		width++
	}
	body := binary.BigEndian.AppendUint64(nil, uint64(n)|1<<(7*width))
	return append(out, body[8-width:]...)
}

// Begun reads the calendar time of a recording's zero out of what Header made; false when
// it is not there.
func Begun(head []byte) (time.Time, bool) {
	at := bytes.Index(head[:min(len(head), headSize)], element(nil, idDate, make([]byte, 8))[:3])
	if at < 0 || len(head) < at+3+8 {
		return time.Time{}, false
	}
	return millennium.Add(time.Duration(binary.BigEndian.Uint64(head[at+3:]))), true
}
