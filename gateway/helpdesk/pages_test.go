package helpdesk

import (
	"slices"
	"testing"
	"time"

	"atrio/gateway/access"
	"atrio/gateway/account"
	"atrio/gateway/registration"
	"atrio/gateway/selfcare"
	"atrio/web/ui"
	"atrio/web/webtest"
)

func TestEveryPageIsSoundInBothLanguages(t *testing.T) {
	at := time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)
	var requests []requestView
	for _, proof := range []string{byMail, bySMS, byPaper} {
		ticket := &Ticket{Number: "ABCD-1234", Said: Said{Name: "<b>", Address: "a@example.org"}}
		requests = append(requests, requestView{ID: "r", Deed: string(ChangeMailbox), Code: "123456789", At: at, State: string(Waiting), Proof: proof, Mailbox: ticket, May: true})
	}
	var deeds []deedView
	for deed, rule := range rules {
		for _, state := range []RequestState{Waiting, Done, Refused} {
			requests = append(requests, requestView{ID: "r", Deed: string(deed), Code: "123456789", OtherCode: "987654321", Reason: "Prova <b>", Ticket: "T1", At: at, Due: at, State: string(state), Mine: state == Waiting, May: true, Undo: true})
		}
		if !slices.Contains([]Deed{Merge, Unmerge, Unlink, Assign, Release, ConfirmLogin, ChangeMailbox}, deed) {
			deeds = append(deeds, deedView{string(deed), rule.Second, 72, int(rule.Proof)})
		}
	}
	lines := []lineView{{Key: "selfcare.event.login.succeeded", Action: "login.succeeded", At: at, Issuer: "Uno", Service: "Corsi", Reason: "wrong_code", ReasonKey: "helpdesk.reason.wrong_code", Reference: "K3QT", Refused: true, Own: true}, {Action: "saml.response_refused", Reason: "x", Desk: true}}
	for deed := range rules {
		lines = append(lines, lineView{Key: "helpdesk.event.desk.done", Deed: string(deed)})
	}
	var known []knownView
	for _, name := range account.Names() {
		known = append(known, knownView{name, string(account.Declared), at})
	}
	road := []identityView{{"i", "spid", "Uno", at, at}}
	home := homeView{Errors: ui.Errors{{Field: "key", Key: "helpdesk.key.unknown"}}, Key: "x", Reason: "y", Ticket: "z", Searched: true, Lines: lines, Waiting: requests}
	for _, s := range []account.State{account.Active, account.Frozen, account.Closed, account.Merged, account.Erased} {
		home.Found = append(home.Found, foundView{"Ada", "123456789", "a…@example.it", string(s), "/helpdesk/person?pass=x"})
	}
	made := webtest.Pages(t, Pages(), map[string][]any{
		"home":    {homeView{}, homeView{Searched: true}, home},
		"answers": {answersView{}, answersView{answerKeys, "https://a.example", "https://b.example", "https://c.example"}},
		"person": {personView{State: "active"}, personView{Errors: ui.Errors{{Field: "code", Key: "helpdesk.caller.wrong"}}, Pass: "p", Name: "Ada", Code: "1", State: "frozen", Mail: "a…@x", Since: at,
			Known: known, Identities: road, Sessions: 2, Requests: requests, Lines: lines, Deeds: deeds, Caller: []string{"mail", "paper", "sms"}, Phone: true, Tickets: []unitView{{"x", "ABCD-1234 · a@example.org"}}, Factors: []string{"passkey", "totp", "sms", "desk", "federated", "recovery"}, Suspended: at, MayMerge: true, MayAssign: true, Units: []string{"Corsi", "Tasse"}, Choices: []unitView{{"Corsi", "Corsi"}}}},
		"access": accessViews(at),
		"merge":  {mergeView{}, mergeView{Pass: "p", Other: "1", Reason: "x", Ticket: "t", Identities: road, Kept: []string{"email"}, Added: []string{"birth_date"}}, mergeView{Conflict: true}},
	}, registration.Pages(), selfcare.Pages())
	webtest.Noted(t, made, "reason", map[string]string{"it": "dati di salute", "en": "health data"}) // it stays in the log
}

// accessViews are every outcome, way and effect in words.
func accessViews(at time.Time) []any {
	v := accessView{Pass: "p", Code: "1", Service: "b", Services: []serviceView{{"a", "Corsi"}, {"b", "Tasse"}}}
	for _, d := range access.Doors() {
		v.Rows = append(v.Rows, accessRow{Door: string(d), Outcome: "enter", Why: "perché", Level: 2, Until: at})
	}
	for i, k := range access.Kinds() {
		row := accessRow{Door: "local", Outcome: string(k), Factors: 1 + i%2}
		for _, w := range []access.Way{access.WaySPID, access.WayCIE, access.WayEIDAS, access.WayFactor, access.WayEnrol, access.WayAnswer, access.WayCitizenship, access.WayDeclare, access.WayAccount, access.WayLogin, access.WayHelp} {
			row.Ways = append(row.Ways, string(w))
		}
		for _, e := range []access.Effect{access.Silent, access.Lifting, access.Deciding, access.LiftedBefore, access.NotInForce} {
			row.Trail = append(row.Trail, accessStep{"duty", string(e), "Titolo <b>", "perché"})
		}
		v.Rows = append(v.Rows, row)
	}
	return []any{accessView{}, v}
}

func TestOnlyExactKeysAreUnderstood(t *testing.T) { // G5.4
	for text, want := range map[string]string{
		"123 456 78": "", "Ada Bianchi": "", "": "", "@example.it": "", "ada@": "", "ada@example.it": "email", "K3QT-7MZP-WX2A": "reference", "k3qt-7mzp-wx2a": "reference",
		"FNTPRV80A41H501Y": "fiscal_code", "fntprv80a41h501y": "fiscal_code", "FNTPRV80A41H501X": "", "%": "", "5724": "",
	} {
		if _, kind := readKey(text, account.ParseCode); kind != want {
			t.Errorf("%q is %q, want %q", text, kind, want)
		}
	}
	if _, kind := readKey("123 456 78", account.ReadCode); kind != "code" {
		t.Error("a code without a check digit is none where people have such codes")
	}
	code, err := account.NewCode(9)
	if err != nil {
		t.Fatal(err)
	}
	if _, kind := readKey(string(code), account.ParseCode); kind != "code" {
		t.Errorf("%s is %q", code, kind)
	}
}

func TestAMailboxIsShownAsLittleAsPossible(t *testing.T) {
	for address, want := range map[string]string{"ada@example.it": "a…@example.it", "è@example.it": "è…@example.it", "": "", "x": "", "@x": ""} {
		if got := masked(address); got != want {
			t.Errorf("%q: %q", address, got)
		}
	}
}

func TestEveryDeedHasARuleAndWhatOpensNeedsCare(t *testing.T) { // G5.4
	for _, deed := range []Deed{SignOut, Freeze, Unfreeze, Reopen, Unlink, Merge, Unmerge, Assign, Release, SuspendFactors, ResetFactors, ConfirmLogin, AllowCodes, ChangeMailbox} {
		rule, ok := RuleOf(deed)
		protects := slices.Contains([]Deed{SignOut, Freeze, Assign, Release}, deed)
		if rule.Proof == StrongProof && deed != ChangeMailbox && deed != ResetFactors {
			protects = true // the caller was seen, or has the telephone of the account
		}
		if !ok || rule.Second == protects || rule.Delay > 0 && rule.Delay < 72*time.Hour || !rule.Second && rule.Delay > 0 {
			t.Errorf("%s: %+v", deed, rule)
		}
	}
	if !Supervisor.covers(Clerk) || Clerk.covers(Supervisor) || Role("").covers(Clerk) {
		t.Error("roles")
	}
}
