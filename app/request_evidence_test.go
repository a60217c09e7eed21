package app

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"atrio/app/plant"
	"atrio/base/keys"
	"atrio/db"
	"atrio/db/dbtest"
	"atrio/idp/evidence"
	"atrio/idp/idpdb"

	"filippo.io/age"
)

// safe is a configured provider with evidence, and the private keys of two persons.
type safe struct {
	t      *testing.T
	config string
	dir    string
	vault  *evidence.Vault
	db     *db.DB
}

func eachSafe(t *testing.T, fn func(t *testing.T, s *safe)) {
	dbtest.EachURL(t, func(t *testing.T, rawURL string) {
		s := &safe{t: t, dir: t.TempDir()}
		s.pair("1", true)
		s.pair("2", false)
		s.config = configuration(t, func(text string) string {
			text = regexp.MustCompile(`"sqlite://[^"]*idp\.db"`).ReplaceAllLiteralString(text, `"`+rawURL+`"`)
			return strings.Replace(text, "[portal]\n", "[idp.evidence]\narchive_keys = [\""+s.path("1.pub")+"\", \""+s.path("2.pub")+"\"]\ndirectory = \""+s.path("recordings")+
				"\"\n[idp.contract]\naddress = \"Via di Prova 1, Roma\"\nmail = \"aiuto@example.org\"\n[portal]\n", 1)
		})
		if _, errs, status := atrio(t, "migrate", "-c", s.config); status != 0 {
			t.Fatal(errs)
		}
		store, err := keys.Open(filepath.Join(filepath.Dir(s.config), "keys-idp"), "idp")
		if err != nil {
			t.Fatal(err)
		}
		ring, err := store.Keyring()
		if err != nil {
			t.Fatal(err)
		}
		s.db = dbtest.Open(t, rawURL)
		s.vault, err = plant.Vault(evidence.Config{ArchiveKeys: []string{s.path("1.pub"), s.path("2.pub")}, Directory: s.path("recordings")},
			idpdb.NewStore(s.db, ring, nil), func() time.Time { return loginAt })
		if err != nil {
			t.Fatal(err)
		}
		fn(t, s)
	})
}

func (s *safe) path(name string) string { return filepath.Join(s.dir, name) }

// pair writes a pair of keys: one that resists quantum computers, or the other kind.
func (s *safe) pair(name string, hybrid bool) {
	s.t.Helper()
	var public, private string
	if hybrid {
		i, err := age.GenerateHybridIdentity()
		if err != nil {
			s.t.Fatal(err)
		}
		public, private = i.Recipient().String(), i.String()
	} else {
		i, err := age.GenerateX25519Identity()
		if err != nil {
			s.t.Fatal(err)
		}
		public, private = i.Recipient().String(), i.String()
	}
	for file, text := range map[string]string{name + ".pub": public, name + ".key": private} {
		if err := os.WriteFile(s.path(file), []byte("# prova\n"+text+"\n"), 0o600); err != nil {
			s.t.Fatal(err)
		}
	}
}

func (s *safe) open(id, out string, more ...string) (said, errs string, status int) {
	return atrio(s.t, append([]string{"evidence", "open", id, "-c", s.config, "--out", s.path(out), "--by", "op-anna", "--second", "op-bruno",
		"--case", "RG 12/2026", "--ground", "judicial", "--reason", "Ordine del giudice", "--key", s.path("1.key")}, more...)...)
}

// refused counts the lines of refused looks with a reason.
func (s *safe) refused(reason string) (n int) {
	s.t.Helper()
	err := s.db.Read().QueryRowContext(s.t.Context(), `SELECT count(*) FROM audit WHERE action = 'evidence.read' AND outcome = 'refused' AND reason = $1`, reason).Scan(&n)
	if err != nil {
		s.t.Fatal(err)
	}
	return n
}

func TestTwoPersonsOpenEvidenceOutOfTheArchive(t *testing.T) {
	eachSafe(t, func(t *testing.T, s *safe) {
		item, err := s.vault.Put(t.Context(), evidence.New{Request: "req-1", Kind: evidence.Portrait, MediaType: "image/jpeg", Author: "a-1", Content: []byte("un volto")})
		if err != nil {
			t.Fatal(err)
		}
		r, err := s.vault.Record(t.Context(), evidence.NewRecording{Request: "req-1", Kind: evidence.VideoSegment, MediaType: "video/webm", Author: "op-anna"})
		if err != nil {
			t.Fatal(err)
		}
		for _, part := range []string{"uno ", "due"} {
			if _, err := r.Append(t.Context(), []byte(part)); err != nil {
				t.Fatal(err)
			}
		}
		if err := s.vault.Archive(t.Context(), "req-1", "op-anna"); err != nil {
			t.Fatal(err)
		}
		out, errs, status := atrio(t, "evidence", "list", "req-1", "-c", s.config)
		if status != 0 || !strings.Contains(out, item.ID) || !strings.Contains(out, r.ID()) || strings.Contains(out, "provider, archive") {
			t.Errorf("%s%s", out, errs)
		}
		if _, errs, status := s.open(item.ID, "alone"); status != 1 || !strings.Contains(errs, "evidence_archive_key") {
			t.Errorf("with one key: %s", errs)
		}
		if _, errs, status := s.open(item.ID, "alone", "--key", s.path("2.key"), "--second", "op-anna"); status != 1 || !strings.Contains(errs, "evidence_one_person") {
			t.Errorf("one person twice: %s", errs)
		}
		for flag, want := range map[string]string{"--second": "evidence_one_person", "--case": "evidence_no_case", "--ground": "evidence_no_ground", "--reason": "evidence_no_purpose", "--by": "evidence_no_reader"} { // L13
			if _, errs, status := s.open(item.ID, "alone", "--key", s.path("2.key"), flag, ""); status != 1 || !strings.Contains(errs, want) {
				t.Errorf("without %s: %s", flag, errs)
			}
			if n := s.refused(want); n == 0 {
				t.Errorf("no line says %s", want)
			}
		}
		if _, err := os.Stat(s.path("alone")); !os.IsNotExist(err) {
			t.Error("something was written", err)
		}
		for id, want := range map[string]string{item.ID: "un volto", r.ID(): "uno due"} {
			if _, errs, status := s.open(id, id, "--key", s.path("2.key")); status != 0 {
				t.Fatal(errs)
			}
			if got, err := os.ReadFile(s.path(id)); err != nil || string(got) != want {
				t.Errorf("%q, %v", got, err)
			}
			if info, err := os.Stat(s.path(id)); err != nil || info.Mode().Perm() != 0o600 {
				t.Error("others may read it", err)
			}
		}
		if _, errs, status := s.open(item.ID, item.ID, "--key", s.path("2.key")); status != 1 || !strings.Contains(errs, "exists") {
			t.Errorf("written over: %s", errs)
		}
	})
}

func TestEvidenceIsHeldAndReleasedByCommand(t *testing.T) {
	eachSafe(t, func(t *testing.T, s *safe) {
		if _, err := s.vault.Put(t.Context(), evidence.New{Request: "req-1", Kind: evidence.Portrait, MediaType: "image/jpeg", Author: "a-1", Content: []byte("un volto")}); err != nil {
			t.Fatal(err)
		}
		if err := s.vault.SetRetention(t.Context(), "req-1", loginAt, "identity", "system:identity"); err != nil {
			t.Fatal(err)
		}
		left := func(want int) {
			t.Helper()
			if err := s.vault.DestroyDue(t.Context(), loginAt); err != nil {
				t.Fatal(err)
			}
			if items, err := s.vault.List(t.Context(), "req-1"); err != nil || len(items) != want {
				t.Errorf("%d items, %v", len(items), err)
			}
		}
		if out, errs, status := atrio(t, "evidence", "hold", "req-1", "-c", s.config, "--case", "RG 12/2026", "--reason", "Ordine del giudice"); status != 0 {
			t.Fatal(out, errs)
		}
		left(1)
		if out, errs, status := atrio(t, "evidence", "release", "req-1", "-c", s.config, "--reason", "Caso chiuso"); status != 0 {
			t.Fatal(out, errs)
		}
		left(0)
		if _, errs, status := atrio(t, "evidence", "list", "req-1", "-c", s.config); status != 1 || !strings.Contains(errs, "no evidence") {
			t.Error(errs)
		}
	})
}

// People name requests by their numbers.
func TestANumberIsHeldAndWhatIsUnknownIsRefused(t *testing.T) {
	eachSafe(t, func(t *testing.T, s *safe) {
		err := s.db.One(t.Context(), func(q db.Queryer) error {
			_, err := q.ExecContext(t.Context(), `INSERT INTO request (id, holder, number, state, method, circuit, point, version, opened_at, changed_at, waits_until,
					collector, person_key, phone_key, document_key, link, link_until, phc, sealed)
				VALUES ('req-1', 'holder-1', '7KQ2-M9XA', 'rejected', 'point', '', '', 9, 0, 0, 0, '', '', '', '', 'link', 0, '', '')`)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		held := func() (list string) {
			t.Helper()
			holds, err := idpdb.NewStore(s.db, nil, nil).RetentionHolds(t.Context(), 10)
			if err != nil {
				t.Fatal(err)
			}
			for _, h := range holds {
				list += h.Number + " " + h.Case
			}
			return list
		}
		hold := func(named string) (errs string, status int) {
			_, errs, status = atrio(t, "evidence", "hold", named, "-c", s.config, "--case", "RG 12/2026", "--reason", "Ordine del giudice")
			return errs, status
		}
		for _, unknown := range []string{"7KQ2-M9XB", "nobody"} {
			if errs, status := hold(unknown); status != 1 || !strings.Contains(errs, "evidence_unknown") || held() != "" {
				t.Errorf("%s: %d, %s", unknown, status, errs)
			}
		}
		if errs, status := hold("7kq2 m9xa"); status != 0 || held() != "7KQ2-M9XA RG 12/2026" {
			t.Errorf("%d, %s%s", status, errs, held())
		}
		if _, errs, status := atrio(t, "evidence", "release", "7KQ2-M9XA", "-c", s.config, "--reason", "Caso chiuso"); status != 0 || held() != "" {
			t.Errorf("%d, %s%s", status, errs, held())
		}
	})
}

func TestAConfigurationOfEvidenceIsCheckedAndNeedsNoPrivateKey(t *testing.T) {
	eachSafe(t, func(t *testing.T, s *safe) {
		if _, errs, status := atrio(t, "check", "-c", s.config); status != 0 {
			t.Errorf("%s", errs)
		}
		private, err := os.ReadFile(s.path("1.key"))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(s.path("1.pub"), private, 0o600); err != nil {
			t.Fatal(err)
		}
		secret := strings.TrimSpace(strings.TrimPrefix(string(private), "# prova\n"))
		if _, errs, status := atrio(t, "check", "-c", s.config); status != 1 || !strings.Contains(errs, "belongs into a safe") || strings.Contains(errs, secret) {
			t.Errorf("%s", errs)
		}
	})
	without := configuration(t, replace("[portal]\n", "[idp.evidence]\ndirectory = \"recordings\"\n[portal]\n"))
	if _, errs, status := atrio(t, "check", "-c", without); status != 1 || !strings.Contains(errs, "idp.evidence.archive_keys") || !strings.Contains(errs, "idp.evidence.directory") {
		t.Errorf("%s", errs)
	}
	if _, errs, status := atrio(t, "evidence", "list", "x", "-c", configuration(t, nil)); status != 1 || !strings.Contains(errs, "[idp.evidence]") {
		t.Errorf("%s", errs)
	}
}

// A16, L13: where there is a roster, two of its operators open the archive, whose roles let
// them look; the lines name them by their references, and say who nobody is.
func TestOnlyOperatorsOfTheRosterOpenTheArchive(t *testing.T) {
	eachSafe(t, func(t *testing.T, s *safe) {
		item, err := s.vault.Put(t.Context(), evidence.New{Request: "req-1", Kind: evidence.Portrait, MediaType: "image/jpeg", Author: "a-1", Content: []byte("un volto")})
		if err != nil {
			t.Fatal(err)
		}
		if err := s.vault.Archive(t.Context(), "req-1", "op-anna"); err != nil {
			t.Fatal(err)
		}
		lines := func(query string, args ...any) (n int) {
			t.Helper()
			if err := s.db.Read().QueryRowContext(t.Context(), `SELECT count(*) FROM audit WHERE action = 'evidence.read' AND `+query, args...).Scan(&n); err != nil {
				t.Fatal(err)
			}
			return n
		}
		if _, errs, status := s.open(item.ID, "free", "--key", s.path("2.key")); status != 0 || !strings.Contains(errs, "no [[idp.operator]]") || lines(`detail LIKE '%"roster":"none"%'`) != 1 {
			t.Errorf("without a roster: %s", errs)
		}
		for _, text := range []string{"PRVDAA90E44F205X", "ada@example.org", "tel. +393330000001"} {
			if _, errs, status := s.open(item.ID, "free", "--key", s.path("2.key"), "--reason", text); status != 1 || !strings.Contains(errs, "evidence_tells") || lines(`detail LIKE '%' || $1 || '%'`, text) != 0 {
				t.Errorf("%q stays in the log: %s", text, errs)
			}
		}
		config, err := os.ReadFile(s.config)
		if err != nil {
			t.Fatal(err)
		}
		var roster strings.Builder
		for name, role := range map[string]string{"anna": "approver", "bruno": "supervisor", "carla": "helpdesk"} {
			fmt.Fprintf(&roster, "[[idp.operator]]\nname = \"%[1]s Prova\"\nemail = \"%[1]s@example.org\"\nroles = [\"%s\"]\n", name, role)
		}
		if err := os.WriteFile(s.config, []byte(strings.Replace(string(config), "[portal]\n", roster.String()+"[portal]\n", 1)), 0o600); err != nil {
			t.Fatal(err)
		}
		for name, c := range map[string]struct{ by, second, want string }{
			"nobody":             {"op-anna", "bruno@example.org", "evidence_stranger"},
			"nobody beside":      {"anna@example.org", "op-bruno", "evidence_stranger"},
			"the help desk":      {"anna@example.org", "carla@example.org", "evidence_stranger"},
			"one in two ways":    {"anna@example.org", "ANNA@example.org", "evidence_one_person"},
			"nobody who answers": {"x@example.org", "y@example.org", "evidence_"},
		} {
			if _, errs, status := s.open(item.ID, "no", "--key", s.path("2.key"), "--by", c.by, "--second", c.second); status != 1 || !strings.Contains(errs, c.want) {
				t.Errorf("%s: %s", name, errs)
			}
		}
		if _, errs, status := s.open(item.ID, "yes", "--key", s.path("2.key"), "--by", "anna@example.org", "--second", "bruno@example.org"); status != 0 {
			t.Error(errs)
		}
		if n := lines(`outcome = 'ok' AND actor LIKE 'operator:%' AND detail LIKE '%"second":"operator:%'`); n != 1 || lines(`actor LIKE '%@%' OR detail LIKE '%@%'`) != 0 {
			t.Errorf("%d lines name both by their references", n)
		}
	})
}
