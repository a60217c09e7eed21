package rao_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"atrio/base/audit"
	"atrio/db"
	"atrio/idp/enrolment"
	"atrio/idp/enrolment/sign"
	"atrio/idp/enrolment/way"
	"atrio/idp/evidence"
	"atrio/idp/proofing/rao"
	"atrio/idp/proofing/rao/sealed"
)

// L11, A26: the whole of it.
func TestL11ATokenWithBothHalvesIdentifiesItsPerson(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB) {
		k := open(t, d)
		page := k.give(k.token(k.claims()))
		page.Expect(http.StatusOK, "Comune di Prova")
		if got := k.request(); got.State != enrolment.RAOPending || len(got.Data.Verdict.Evidence) != 1 || !got.Data.Identified.IsZero() {
			t.Fatalf("with a token alone: %s, %+v", got.State, got.Data.Verdict)
		}
		k.code(" "+halves.First, "Xyz 789").Expect(http.StatusOK)
		got := k.request()
		if got.State != enrolment.OperatorCheck || got.Data.Identified.IsZero() || len(got.Data.Verdict.Doubts) != 0 || got.Collector != "" {
			t.Fatalf("%s, identified %v, %+v", got.State, got.Data.Identified, got.Data.Verdict)
		}
		var names []string
		for _, fact := range got.Data.Verdict.Facts {
			names = append(names, fact.Name)
		}
		want := []string{"rao_office", "rao_operator", "rao_validity", "rao_seal", "rao_revocation", "rao_person", "rao_document", "rao_health_card", "rao_contacts"}
		if !slices.Equal(names, want) {
			t.Errorf("the operator reads %v", names)
		}
		// A26: who asks which request used a token finds it.
		var n int
		err := d.Read().QueryRowContext(t.Context(), `SELECT count(*) FROM audit WHERE action = 'enrolment.token' AND outcome = 'ok' AND subject = $1 AND detail LIKE '%' || $2 || '%'`, k.holder, string(got.Number)).Scan(&n)
		if err != nil || n != 1 {
			t.Errorf("%d lines say that the token was used, %v", n, err)
		}
		kept := k.kept()
		for _, kind := range []evidence.Kind{evidence.SealedToken, evidence.TokenVerdict, sign.Kind} {
			if len(kept[kind]) != 1 || !slices.Contains(got.Data.Verdict.Evidence, kept[kind][0].ID) {
				t.Errorf("evidence %s: %v of %v", kind, kept[kind], got.Data.Verdict.Evidence)
			}
		}
		proof, err := k.vault.Open(t.Context(), kept[evidence.TokenVerdict][0].ID, evidence.Access{By: "test", Purpose: "test"})
		var said struct {
			Inside       sealed.Data `json:"inside"`
			Certificates [][]byte    `json:"certificates"`
			Revocation   []any       `json:"revocation"`
		}
		if err != nil || json.Unmarshal(proof.Content, &said) != nil || said.Inside.Attributes.Mandatory.FamilyName != "PROVA" || len(said.Certificates) != 2 || len(said.Revocation) != 1 {
			t.Errorf("the proof is %s, %v", proof.Content, err)
		}
		if text := string(proof.Content); strings.Contains(text, halves.First) || strings.Contains(text, halves.Second) {
			t.Error("the proof has the code")
		}
		mails := k.mails()
		if len(mails) != 1 || mails[0].To != "amira@example.org" || !strings.Contains(mails[0].Text, "Comune di Prova") {
			t.Errorf("the mailbox that the office wrote down reads %+v", mails)
		}
		if got := k.refusals(); got != "" {
			t.Errorf("refused: %s", got)
		}
	})
}

// A26: a token that was used identifies nobody again, also where the request was withdrawn,
// also in another request.
func TestA26AUsedTokenIsWorthNothing(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB) {
		k := open(t, d)
		token := k.token(k.claims())
		k.give(token)
		k.code(halves.First, halves.Second).Expect(http.StatusOK)
		k.take("request", enrolment.Withdraw, nil)
		k.begin("again", "amira2")
		page := k.give(token)
		page.Expect(http.StatusUnprocessableEntity, "già stato usato")
		if got := page.FormWith("token").Values.Get("token"); got != token {
			t.Errorf("what was pasted became %q", got)
		}
		if got := k.refusals(); got != "rao_used" {
			t.Errorf("refused by %s", got)
		}
		if got := k.request(); got.State != enrolment.ContractReady {
			t.Errorf("the other request stands at %s", got.State)
		}
	})
}

// A26: two requests of one codice fiscale bring the same token; both hold it before one of
// them uses it.
func TestA26OfTwoRequestsOneHasTheToken(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB) {
		k := open(t, d)
		token := k.token(k.claims())
		k.give(token)
		k.begin("again", "amira2")
		k.give(token).Expect(http.StatusOK)
		k.code(halves.First, halves.Second).Expect(http.StatusOK)
		k.Get(k.base + "/test/in/amira")
		k.id = "request"
		k.code(halves.First, halves.Second).Expect(http.StatusUnprocessableEntity, "già stato usato")
		if got := k.request(); got.State != enrolment.ContractReady || !got.Data.SignedNow() {
			t.Errorf("the slower one stands at %s, signed %v", got.State, got.Data.SignedNow())
		}
		if got := k.refusals(); got != "rao_used" {
			t.Errorf("refused by %s", got)
		}
	})
}

// L11, A26: wrong halves are bounded, whoever types them, and nothing typed is lost.
func TestA26WrongHalvesEndTheToken(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB) {
		k := open(t, d)
		token := k.token(k.claims())
		k.give(token)
		k.code("short", halves.Second).Expect(http.StatusUnprocessableEntity, "sei caratteri") // costs no try
		for try, left := range []string{"4", "3", "2", "1"} {
			first, second := halves.First, "Wrong9"
			if try%2 == 1 {
				first, second = strings.ToUpper(halves.First), halves.Second
			}
			page := k.code(first, second).Expect(http.StatusUnprocessableEntity, "Puoi provare ancora: "+left)
			if got := page.FormWith("first").Values; got.Get("first") != first || got.Get("second") != second {
				t.Errorf("what was typed became %v", got)
			}
		}
		if mails := k.mails(); len(mails) != 0 {
			t.Errorf("mails before the end: %+v", mails)
		}
		k.code("Wrong1", "Wrong2").Expect(http.StatusUnprocessableEntity, "sbagliato cinque volte")
		if got := k.request(); got.State != enrolment.ContractReady || !got.Data.SignedNow() || got.Data.Verdict != nil {
			t.Errorf("after five: %s, %+v", got.State, got.Data)
		}
		if mails := k.mails(); len(mails) != 1 || !strings.Contains(mails[0].Text, "cinque volte") {
			t.Errorf("nobody is told: %+v", mails)
		}
		k.give(token).Expect(http.StatusUnprocessableEntity, "cinque volte") // the right code would not help either
		if got := k.refusals(); got != "rao_code rao_code rao_code rao_code rao_code rao_dead" {
			t.Errorf("refused by %s", got)
		}
		other := k.claims(func(c *sealed.Claims) { c.ID = "another" })
		k.give(k.token(other)).Expect(http.StatusOK)
		k.code(halves.First, halves.Second).Expect(http.StatusOK)
		if got := k.request(); got.State != enrolment.OperatorCheck {
			t.Errorf("with another token: %s", got.State)
		}
	})
}

// A26: fifty tries at once are five, and of fifty that use a token one does.
func TestA26OfFiftyTriesAtOnceFiveCount(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB) {
		k := open(t, d)
		k.give(k.token(k.claims()))
		request := k.request()
		token := []byte("a token")
		var mu sync.Mutex
		lefts, dead, used, taken := map[int]int{}, 0, 0, 0
		together := func(do func() error) {
			var all sync.WaitGroup
			for range 50 {
				all.Go(func() {
					if err := do(); err != nil {
						t.Error(err)
					}
				})
			}
			all.Wait()
		}
		together(func() error {
			left, err := k.store.TryToken(t.Context(), token, start.AddDate(0, 0, 30))
			mu.Lock()
			defer mu.Unlock()
			if errors.Is(err, rao.ErrDead) {
				dead++
				return nil
			}
			lefts[left]++
			return err
		})
		if dead != 45 || len(lefts) != 5 || lefts[0] != 1 || lefts[4] != 1 {
			t.Errorf("%d refused, left %v", dead, lefts)
		}
		after, event, err := request.Do(enrolment.Change{
			Act: enrolment.Identify, By: enrolment.Author{Role: enrolment.Applicant, ID: request.Holder}, At: k.clock(), Edit: func(*enrolment.Request) {},
		})
		if err != nil {
			t.Fatal(err)
		}
		together(func() error {
			err := k.store.UseToken(t.Context(), token, enrolment.Step{After: after, Event: event, Audit: audit.Event{At: k.clock(), Role: "idp"}}, audit.Event{At: k.clock(), Role: "idp"})
			mu.Lock()
			defer mu.Unlock()
			switch {
			case err == nil:
				taken++
			case errors.Is(err, rao.ErrUsed):
				used++
			default:
				return err
			}
			return nil
		})
		if taken != 1 || used != 49 {
			t.Errorf("%d used it, %d came late", taken, used)
		}
		if err := k.store.TokenUsable(t.Context(), token); !errors.Is(err, rao.ErrUsed) {
			t.Errorf("afterwards: %v", err)
		}
		// What has ended is forgotten, a day later. A token is refused by its own end then.
		for _, c := range []struct {
			days int
			want bool
		}{{30, true}, {32, false}} {
			if err := k.store.Purge(t.Context(), start.AddDate(0, 0, c.days)); err != nil {
				t.Fatal(err)
			}
			if known := k.store.TokenUsable(t.Context(), token) != nil; known != c.want {
				t.Errorf("after %d days it is known: %v", c.days, known)
			}
		}
	})
}

// A16: who identified at a desk of ours decides nothing about the request.
func TestA16WhoSealedHereDoesNotDecide(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB) {
		k := open(t, d)
		k.own = true
		k.give(k.token(k.claims(func(c *sealed.Claims) { c.Operator = "operator:one" })))
		k.code(halves.First, halves.Second).Expect(http.StatusOK)
		if got := k.request(); got.Collector != "operator:one" || got.May(enrolment.Approve, enrolment.Approver) != true {
			t.Errorf("identified by %q", got.Collector)
		}
		_, _, err := k.request().Do(enrolment.Change{Act: enrolment.Approve, By: enrolment.Author{Role: enrolment.Approver, ID: "operator:one"}, At: k.clock()})
		if err == nil {
			t.Error("who identified approves")
		}
	})
}

// I14, A26: what the applicant corrected is compared with the token that was accepted; one
// that is about somebody else identifies nobody any more.
func TestWhatIsCorrectedIsComparedWithTheToken(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB) {
		k := open(t, d)
		k.give(k.token(k.claims()))
		k.code(halves.First, halves.Second).Expect(http.StatusOK)
		q := k.request()
		q.Data.Verdict.Stale = true
		tokens := &rao.Tokens{Keeper: k.vault}
		for name, c := range map[string]struct {
			edit   func(*enrolment.Data)
			other  bool
			doubts []string
		}{
			"the same":       {func(*enrolment.Data) {}, false, nil},
			"another street": {func(d *enrolment.Data) { d.Person.Residence.Street = "Via Nuova 2" }, false, nil},
			"another name":   {func(d *enrolment.Data) { d.Person.GivenName = "Amina" }, false, []string{"rao_names"}},
			"another paper":  {func(d *enrolment.Data) { d.Document.Number = "CA00002AA" }, false, []string{"rao_document"}},
			"another code":   {func(d *enrolment.Data) { d.Person.FiscalCode = others }, true, nil},
			"another day":    {func(d *enrolment.Data) { d.Person.BirthDate = d.Person.BirthDate.AddDate(0, 0, 1) }, true, nil},
		} {
			now := q
			c.edit(&now.Data)
			change, err := tokens.Again(t.Context(), now)
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			change.Edit(&now)
			switch v := now.Data.Verdict; {
			case c.other != (v == nil):
				t.Errorf("%s: %+v", name, v)
			case v != nil && (v.Stale || !slices.Equal(v.Doubts, c.doubts) || len(v.Evidence) != len(q.Data.Verdict.Evidence)+1 || len(change.Evidence) != 1):
				t.Errorf("%s: %+v", name, v)
			}
		}
	})
}

// I14: whoever has the wrong token takes another, or another way; the contract stays signed.
func TestAnotherTokenAndAnotherWay(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB) {
		k := open(t, d)
		k.give(k.token(k.claims()))
		page := k.Get(k.base + way.RAO)
		k.Submit(page.Form("form[action=\"/enrol/rao/other\"]")).Expect(http.StatusOK)
		if got := k.request(); got.State != enrolment.ContractReady || !got.Data.SignedNow() {
			t.Fatalf("after giving it up: %s", got.State)
		}
		k.give(k.token(k.claims())).Expect(http.StatusOK)
		k.take("request", enrolment.ChangeMethod, func(q *enrolment.Request) { q.Method = enrolment.CNS })
		if got := k.request(); got.State != enrolment.Documents || got.Data.Verdict != nil {
			t.Errorf("on another way: %s, %+v", got.State, got.Data.Verdict)
		}
	})
}
