package mrtd_test

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"atrio/mrtd"
	"atrio/mrtd/lds"
	"atrio/mrtd/messaging"
	"atrio/mrtd/mrtdtest"
	"atrio/mrtd/signer"
)

// answers is a chip by a function.
type answers func(n int, command []byte) ([]byte, error)

func (a answers) counted() *counted { return &counted{answer: a} }

type counted struct {
	answer answers
	n      int
}

func (c *counted) Transceive(_ context.Context, command []byte) ([]byte, error) {
	c.n++
	return c.answer(c.n, command)
}

func TestAChipThatMisbehavesEndsTheReading(t *testing.T) {
	key := zoneKey(t, mrtdtest.Anna)
	for name, c := range map[string]struct {
		answer answers
		want   mrtd.Reason
	}{
		"no status":                {func(int, []byte) ([]byte, error) { return []byte{0x90}, nil }, mrtd.Malformed},
		"nothing":                  {func(int, []byte) ([]byte, error) { return nil, nil }, mrtd.Malformed},
		"too much":                 {func(int, []byte) ([]byte, error) { return make([]byte, 70000), nil }, mrtd.Malformed},
		"an error":                 {func(int, []byte) ([]byte, error) { return nil, errors.New("field lost") }, mrtd.Lost},
		"success without data":     {func(int, []byte) ([]byte, error) { return []byte{0x90, 0}, nil }, mrtd.Malformed},
		"no such file, for ever":   {func(int, []byte) ([]byte, error) { return []byte{0x6a, 0x82}, nil }, mrtd.Refused},
		"more bytes, for ever":     {func(int, []byte) ([]byte, error) { return []byte{1, 0x61, 0xff}, nil }, mrtd.TooLarge},
		"more bytes that are none": {func(int, []byte) ([]byte, error) { return []byte{0x61, 0x00}, nil }, mrtd.Malformed},
		"a file of 16 million bytes": {func(_ int, command []byte) ([]byte, error) {
			if command[1] == 0xb0 {
				return []byte{0x31, 0x83, 0xff, 0xff, 0xff, 0x00, 0x90, 0x00}, nil
			}
			return []byte{0x90, 0}, nil
		}, mrtd.TooLarge},
	} {
		reading, err := mrtd.Reader{Key: key}.Read(context.Background(), c.answer.counted())
		if !slices.Equal(mrtd.Reasons(err), []mrtd.Reason{c.want}) || reading.Files != nil {
			t.Errorf("%s: %v, not %s", name, err, c.want)
		}
	}
}

func TestLimitsHold(t *testing.T) {
	d := world().Signer.Issue(mrtdtest.Anna, mrtdtest.Anna.Card(), mrtdtest.WithActive(mrtdtest.NewKey(12)))
	key := zoneKey(t, mrtdtest.Anna)
	whole := read(t, mrtdtest.Insert(d)).Commands
	for limit, want := range map[int][]mrtd.Reason{whole: nil, whole - 1: {mrtd.TooLarge}, 1: {mrtd.TooLarge}} {
		_, err := mrtd.Reader{Key: key, Limits: mrtd.Limits{Commands: limit}}.Read(context.Background(), mrtdtest.Insert(d))
		if !slices.Equal(mrtd.Reasons(err), want) {
			t.Errorf("%d commands: %v", limit, err)
		}
	}
	large := d.Resealed(lds.DG2, mrtdtest.PortraitFile(append(mrtdtest.Face(), make([]byte, 33000)...)))
	for size, file := range map[int]*mrtdtest.Document{len(d.Files[lds.DG2]) - 1: d, 1 << 20: large} {
		_, err := mrtd.Reader{Key: key, Limits: mrtd.Limits{FileSize: size}}.Read(context.Background(), mrtdtest.Insert(file))
		if !slices.Equal(mrtd.Reasons(err), []mrtd.Reason{mrtd.TooLarge}) {
			t.Errorf("%d bytes: %v", size, err)
		}
	}
	most := d.Resealed(lds.DG2, mrtdtest.PortraitFile(append(mrtdtest.Face(), make([]byte, 30000)...)))
	if _, err := mrtd.Judge(read(t, mrtdtest.Insert(most)), world().Trust(), today); err != nil {
		t.Errorf("a portrait of 31 KiB: %v", err)
	}
}

func TestTheContextEndsAReading(t *testing.T) {
	d := world().Signer.Issue(mrtdtest.Anna, mrtdtest.Anna.Card(), mrtdtest.WithPACE(messaging.AES128, 13), mrtdtest.WithActive(mrtdtest.NewKey(12)))
	chip := mrtdtest.Insert(d)
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	slow := answers(func(n int, command []byte) ([]byte, error) {
		if n == 20 {
			cancel()
		}
		return chip.Transceive(context.Background(), command)
	})
	c := slow.counted()
	_, err := mrtd.Reader{Key: zoneKey(t, mrtdtest.Anna)}.Read(ctx, c)
	if !errors.Is(err, context.Canceled) || !slices.Equal(mrtd.Reasons(err), []mrtd.Reason{mrtd.Lost}) || c.n != 20 {
		t.Errorf("after %d commands: %v", c.n, err)
	}
}

func TestAnswersInPiecesArePutTogether(t *testing.T) {
	for _, way := range ways() {
		d := world().Signer.Issue(mrtdtest.Anna, mrtdtest.Anna.Card(), way.Options...)
		chip := mrtdtest.Insert(d)
		chip.Pieces = 100
		if _, err := mrtd.Judge(read(t, chip), world().Trust(), today); err != nil {
			t.Errorf("%s: %v", way.Name, err)
		}
	}
}

func TestGroupsThatAreNotWantedAreNotRead(t *testing.T) {
	d := world().Signer.Issue(mrtdtest.Anna, mrtdtest.Anna.Card(), mrtdtest.WithActive(mrtdtest.NewKey(12)))
	reading, err := mrtd.Reader{Key: zoneKey(t, mrtdtest.Anna), Groups: []lds.File{lds.DG1, lds.DG2}}.Read(context.Background(), mrtdtest.Insert(d))
	if err != nil || len(reading.Files) != 4 || reading.Active != nil {
		t.Fatalf("%d files: %v", len(reading.Files), err)
	}
	if _, err := mrtd.Judge(reading, world().Trust(), today); !slices.Equal(mrtd.Reasons(err), []mrtd.Reason{mrtd.CloneSuspected}) {
		t.Errorf("%v", err)
	}
}

func TestAGroupThatIsDemandedIsReadWhereTheDocumentHasIt(t *testing.T) {
	trust := world().Trust()
	trust.Demanded = []lds.File{lds.DG11}
	issue := func(o ...mrtdtest.Option) *mrtdtest.Document {
		return world().Signer.Issue(mrtdtest.Anna, mrtdtest.Anna.Card(), append(o, mrtdtest.WithActive(mrtdtest.NewKey(12)))...)
	}
	for name, c := range map[string]struct {
		document *mrtdtest.Document
		want     []mrtd.Reason
	}{
		"there": {issue(), nil}, "not on this document": {issue(mrtdtest.WithoutDG11()), nil},
		"listed, and held back": {issue().With(lds.DG11, nil), []mrtd.Reason{mrtd.MissingGroup}},
	} {
		if _, err := mrtd.Judge(read(t, mrtdtest.Insert(c.document)), trust, today); !slices.Equal(mrtd.Reasons(err), c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
}

func TestAReadingIsKeptAndJudgedAgain(t *testing.T) {
	for _, way := range ways()[3:6] {
		d := world().Signer.Issue(mrtdtest.Anna, mrtdtest.Anna.Card(), way.Options...)
		reading := read(t, mrtdtest.Insert(d))
		kept, err := json.Marshal(reading)
		if err != nil {
			t.Fatal(err)
		}
		var again mrtd.Reading
		if err := json.Unmarshal(kept, &again); err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(again, reading) {
			t.Errorf("%s: another reading comes back", way.Name)
		}
		if _, err := mrtd.Judge(again, world().Trust(), today); err != nil {
			t.Errorf("%s: %v", way.Name, err)
		}
	}
}

func TestAListOfTheCountrysNewKeySpeaksOfWhatTheOldOneSigned(t *testing.T) {
	w := mrtdtest.NewWorld(12, mrtdtest.Years(today, 5, 5), mrtdtest.Years(today, 1, 5))
	renewed := mrtdtest.NewCountry("UT", mrtdtest.NewKey(12), mrtdtest.Years(today, 1, 9))
	stranger := mrtdtest.NewCountry("UX", mrtdtest.NewKey(12), mrtdtest.Years(today, 1, 9))
	d := w.Signer.Issue(mrtdtest.Anna, mrtdtest.Anna.Card(), mrtdtest.WithActive(mrtdtest.NewKey(12)))
	trust := w.Trust()
	trust.Countries = append(trust.Countries, renewed.Certificate, stranger.Certificate)
	trust.DemandList = true
	for name, c := range map[string]struct {
		list *signer.List
		want []mrtd.Reason
	}{
		"withdrawn with the new key":      {renewed.List(mrtdtest.Years(today, 1, 1), w.Signer.Certificate), []mrtd.Reason{mrtd.RevokedSigner}},
		"not withdrawn":                   {renewed.List(mrtdtest.Years(today, 1, 1)), nil},
		"a list of another country's":     {stranger.List(mrtdtest.Years(today, 1, 1), w.Signer.Certificate), []mrtd.Reason{mrtd.StaleRevocation}},
		"a list of a key nobody believes": {mrtdtest.NewCountry("UT", mrtdtest.NewKey(12), mrtdtest.Years(today, 1, 9)).List(mrtdtest.Years(today, 1, 1)), []mrtd.Reason{mrtd.StaleRevocation}},
	} {
		trust.Lists = []*signer.List{c.list}
		if _, err := mrtd.Judge(read(t, mrtdtest.Insert(d)), trust, today); !slices.Equal(mrtd.Reasons(err), c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
}

func TestWithoutDG11ThePersonalNumberIsSaidToBeMissing(t *testing.T) {
	d := world().Signer.Issue(mrtdtest.Anna, mrtdtest.Anna.Card(), mrtdtest.WithActive(mrtdtest.NewKey(12)), mrtdtest.WithoutDG11())
	v, err := mrtd.Judge(read(t, mrtdtest.Insert(d)), world().Trust(), today)
	if err != nil || v.PersonalNumber != "" || v.PersonalNumberFrom != "" || v.Holder.FullName != "" {
		t.Errorf("%q from %q: %v", v.PersonalNumber, v.PersonalNumberFrom, err)
	}
}

func TestAWeakerProtocolBetweenReaderAndChipIsNoticed(t *testing.T) {
	s := world().Signer
	active := mrtdtest.WithActive(mrtdtest.NewKey(12))
	strong := s.Issue(mrtdtest.Anna, mrtdtest.Anna.Card(), mrtdtest.WithPACE(messaging.AES256, 13), active)
	weak := s.Issue(mrtdtest.Anna, mrtdtest.Anna.Card(), mrtdtest.WithPACE(messaging.TDES, 13), active)
	weak.Files[lds.DG14], weak.Files[lds.SOD] = strong.Files[lds.DG14], strong.Files[lds.SOD]
	if _, err := mrtd.Judge(read(t, mrtdtest.Insert(weak)), world().Trust(), today); !slices.Contains(mrtd.Reasons(err), mrtd.Tampered) {
		t.Errorf("%v", err)
	}
}

func TestKeysAreReadStrictlyAndNotShown(t *testing.T) {
	for _, k := range [][3]string{{"", "850412", "330411"}, {"AB 12", "850412", "330411"}, {"AB12", "85041", "330411"}, {"AB12", "850412", "33-4-1"}, {"ÀB12", "850412", "330411"}, {strings.Repeat("A", 23), "850412", "330411"}} {
		if _, err := mrtd.KeyFromZone(k[0], k[1], k[2]); err == nil || strings.Contains(err.Error(), "12") {
			t.Errorf("%v: %v", k, err)
		}
	}
	for _, can := range []string{"", "12345", "1234567", "12345a"} {
		if _, err := mrtd.KeyFromCAN(can); err == nil {
			t.Errorf("%q is a number of a card", can)
		}
	}
	key, err := mrtd.KeyFromCAN("271828")
	if err != nil {
		t.Fatal(err)
	}
	inReader := mrtd.Reader{Key: key}
	for _, text := range []string{fmt.Sprintf("%v", key), fmt.Sprintf("%+v", inReader), fmt.Sprintf("%#v", key), fmt.Sprintf("%x", key), fmt.Sprintf("%d", key)} {
		if strings.Contains(text, "271828") || strings.Contains(text, hex.EncodeToString([]byte("271828"))) || strings.Contains(text, "50 55 49") {
			t.Errorf("shown as %s", text)
		}
	}
	if _, err := (mrtd.Reader{}).Read(context.Background(), answers(nil).counted()); !slices.Equal(mrtd.Reasons(err), []mrtd.Reason{mrtd.Malformed}) {
		t.Errorf("without a key: %v", err)
	}
}

// fuzzed is a document that speaks everything, made once a process.
func fuzzed(f *testing.F) *mrtdtest.Document {
	f.Helper()
	return world().Signer.Issue(mrtdtest.Anna, mrtdtest.Anna.Card(), mrtdtest.WithPACE(messaging.AES128, 12), mrtdtest.WithChip(mrtdtest.NewKey(12), messaging.AES128), mrtdtest.WithActive(mrtdtest.NewKey(12)))
}

// FuzzRead lets somebody on the way change any answer of a genuine chip: either the
// reading fails, or what was read is judged as before, or nothing is accepted.
func FuzzRead(f *testing.F) {
	d := fuzzed(f)
	genuine := read(f, mrtdtest.Insert(d))
	f.Add(3, []byte{0x90, 0})
	f.Add(9, []byte{0x7c, 2, 0x86, 0, 0x90, 0})
	f.Add(30, []byte{0x69, 0x88})
	f.Fuzz(func(t *testing.T, at int, instead []byte) {
		chip := mrtdtest.Insert(d)
		between := answers(func(n int, command []byte) ([]byte, error) {
			answer, err := chip.Transceive(context.Background(), command)
			if n == at {
				return instead, nil
			}
			return answer, err
		})
		reading, err := mrtd.Reader{Key: zoneKey(t, mrtdtest.Anna), Limits: mrtd.Limits{Commands: 200}}.Read(context.Background(), between.counted())
		if err != nil {
			if len(mrtd.Reasons(err)) != 1 || reading.Files != nil {
				t.Fatalf("%v with %d files", err, len(reading.Files))
			}
			return
		}
		if _, err := mrtd.Judge(reading, world().Trust(), today); err == nil {
			for file, b := range reading.Files {
				if file.Number() > 0 && !bytes.Equal(b, genuine.Files[file]) {
					t.Fatalf("%s was changed and accepted", file)
				}
			}
		}
	})
}

// FuzzJudge puts any bytes in the place of any file.
func FuzzJudge(f *testing.F) {
	d := fuzzed(f)
	reading := read(f, mrtdtest.Insert(d))
	for file, b := range d.Files {
		f.Add(uint16(file), b)
	}
	f.Fuzz(func(t *testing.T, file uint16, b []byte) {
		changed := reading
		changed.Files = map[lds.File][]byte{}
		for k, v := range reading.Files {
			changed.Files[k] = v
		}
		changed.Files[lds.File(file)] = b
		v, err := mrtd.Judge(changed, world().Trust(), today)
		if err != nil && len(mrtd.Reasons(err)) == 0 {
			t.Fatalf("an error without a reason: %v", err)
		}
		if n := lds.File(file).Number(); n > 0 && err == nil && !bytes.Equal(b, reading.Files[lds.File(file)]) {
			t.Fatalf("DG%d was changed and accepted: %+v", n, v.Zone)
		}
	})
}
