package oidcop_test

import (
	"fmt"
	"net/http"
	"sync"
	"testing"
	"time"

	"atrio/db"
	"atrio/db/dbtest"
	"atrio/db/shareddb"
	"atrio/gateway/gatewaydb"
	"atrio/people/person"
)

// Fifty requests redeem one code at the same instant on two nodes.
func TestOneOfFiftyParallelRedemptionsOnTwoNodesSucceeds(t *testing.T) {
	const parallel, rounds = 50, 4
	dbtest.EachURL(t, func(t *testing.T, rawURL string) {
		d := dbtest.Open(t, rawURL)
		h := newHouseOn(t, d)
		nodes := []*house{h, h.secondNode(dbtest.Open(t, rawURL))}
		for round := range rounds {
			for _, client := range []string{"portale", "chiavi"} {
				before := commits(nodes...)
				winner := oneWins(t, nodes, client, h.codeFor(client), parallel)
				if n := commits(nodes...) - before; n != 1 {
					t.Errorf("round %d, %s: %d commits for one redemption and %d refusals", round, client, n, parallel-1)
				}
				for _, node := range nodes {
					if status, _ := node.userinfo(winner.AccessToken); status != http.StatusOK {
						t.Errorf("round %d, %s: the winner's token was revoked by a lost race: %d", round, client, status)
					}
				}
			}
		}
	}, shareddb.Module(), gatewaydb.Module())
}

func oneWins(t *testing.T, nodes []*house, client, code string, parallel int) (winner tokens) {
	t.Helper()
	results := make([]tokens, parallel)
	start := make(chan struct{})
	var wait sync.WaitGroup
	for i := range parallel {
		form := exchangeForm(client, code)
		if client == "chiavi" {
			form.Set("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer")
			form.Set("client_assertion", signAssertion(t, map[string]any{
				"iss": client, "sub": client, "aud": nodes[0].url, "exp": time.Now().Add(time.Minute).Unix(), "jti": fmt.Sprintf("%s-%d", code[:20], i),
			}, nil))
		}
		wait.Go(func() {
			<-start
			results[i] = nodes[i%len(nodes)].redeem(client, form)
		})
	}
	close(start)
	wait.Wait()
	won := 0
	for _, got := range results {
		switch {
		case got.Status == http.StatusOK && got.AccessToken != "" && got.IDToken != "":
			won++
			winner = got
		case got.Status != http.StatusBadRequest || got.Error != "invalid_grant" || got.AccessToken != "":
			t.Errorf("a loser got %+v", got)
		}
	}
	if won != 1 {
		t.Fatalf("%d of %d redemptions succeeded", won, parallel)
	}
	return winner
}

func commits(nodes ...*house) (n uint64) {
	for _, node := range nodes {
		n += node.store.DB.Commits()
	}
	return n
}

// Commits: authorize none, redemption one, userinfo none. DESIGN section 6
func TestCommitsOfALogin(t *testing.T) {
	dbtest.Each(t, []db.Module{shareddb.Module(), gatewaydb.Module()}, func(t *testing.T, d *db.DB) {
		h := newHouseOn(t, d)
		b := h.signedIn(person.Level2)
		before := d.Commits()
		code := answer(t, b.open(authorizeURL(ask("portale")))).Get("code")
		if n := d.Commits() - before; n != 0 {
			t.Errorf("authorize: %d commits", n)
		}
		got := h.redeem("portale", exchangeForm("portale", code))
		h.userinfo(got.AccessToken)
		if n := d.Commits() - before; n != 1 || got.Status != http.StatusOK {
			t.Errorf("redemption and userinfo: %d commits, %+v", n, got)
		}
		var lines int
		if err := d.Read().QueryRowContext(t.Context(), `SELECT count(*) FROM audit WHERE action = 'oidc.code_redeemed' AND subject = 'a1'`).Scan(&lines); err != nil || lines != 1 {
			t.Errorf("%d audit lines, %v", lines, err)
		}
	})
}

// Of abandoned authorizations nothing is left.
func TestAbandonedAuthorizationsLeaveNoRows(t *testing.T) {
	h := newHouse(t)
	b := &browser{h: h}
	for range 100 {
		b.open(authorizeURL(ask("portale")))
	}
	h.codeFor("portale") // a code that nobody redeems
	var rows int
	if err := h.store.DB.Read().QueryRowContext(t.Context(), `SELECT count(*) FROM oidc_grant`).Scan(&rows); err != nil || rows != 0 {
		t.Errorf("%d rows, %v", rows, err)
	}
}

func TestAFaultOfTheDatabaseIsNotBlamedOnTheService(t *testing.T) {
	h := newHouse(t)
	code := h.codeFor("portale")
	if err := h.store.DB.Tx(t.Context(), func(tx *db.Tx) error {
		_, err := tx.ExecContext(t.Context(), `ALTER TABLE oidc_grant RENAME TO away`)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	if got := h.redeem("portale", exchangeForm("portale", code)); got.Status != http.StatusInternalServerError || got.Error != "server_error" {
		t.Errorf("%+v", got)
	}
	if err := h.store.DB.Tx(t.Context(), func(tx *db.Tx) error {
		_, err := tx.ExecContext(t.Context(), `ALTER TABLE away RENAME TO oidc_grant`)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	if got := h.redeem("portale", exchangeForm("portale", code)); got.Status != http.StatusOK {
		t.Errorf("the code was not burnt by our own fault: %+v", got)
	}
}
