package enrolment_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"atrio/idp/enrolment"
)

var present = time.Date(2026, time.March, 10, 9, 30, 0, 0, time.UTC)

var (
	applicant = enrolment.Author{Role: enrolment.Applicant, ID: "amira"}
	collector = enrolment.Author{Role: enrolment.Collector, ID: "carla"}
	approver  = enrolment.Author{Role: enrolment.Approver, ID: "remo"}
	fraud     = enrolment.Author{Role: enrolment.Fraud, ID: "fosca"}
	system    = enrolment.Author{Role: enrolment.System}
)

func begin() enrolment.Request {
	return enrolment.Request{ID: "r", Holder: "amira", State: enrolment.MailPending, Method: enrolment.Point, Version: 1, Opened: present, Changed: present}
}

// frozen is the edit of FreezeContract.
func frozen(r *enrolment.Request) {
	r.Data.Contract = &enrolment.Contract{Evidence: "e", SHA256: "h", Version: "1"}
}

// signed is the edit of Identify at a Point, found the one of every other way.
func signed(r *enrolment.Request) {
	if r.Data.Contract != nil {
		r.Data.Signed = &enrolment.Signing{Contract: r.Data.Contract.SHA256}
	}
}

func found(r *enrolment.Request) { signed(r); r.Data.Verdict = &enrolment.Verdict{At: present} }

func want(items ...enrolment.What) func(*enrolment.Request) {
	return func(r *enrolment.Request) {
		for _, what := range items {
			r.Data.Wanted = append(r.Data.Wanted, enrolment.Item{What: what, Why: "not legible"})
		}
	}
}

func done(r *enrolment.Request) {
	for n := range r.Data.Wanted {
		r.Data.Wanted[n].Done = true
	}
}

// corrected and replaced change what the contract says.
func corrected(r *enrolment.Request) { done(r); r.Data.Person.GivenName += "a" }

func replaced(r *enrolment.Request) { done(r); r.Data.Document.Number += "1" }

// step is an act with its author and edit.
type step struct {
	act  enrolment.Act
	by   enrolment.Author
	edit func(*enrolment.Request)
	to   enrolment.State
}

func walk(t *testing.T, r enrolment.Request, steps ...step) enrolment.Request {
	t.Helper()
	for n, s := range steps {
		after, e, err := r.Do(enrolment.Change{Act: s.act, By: s.by, At: present.Add(time.Duration(n) * time.Minute), Reason: "a reason", Edit: s.edit})
		if err != nil {
			t.Fatalf("step %d, %s in %s: %v", n, s.act, r.State, err)
		}
		if after.State != s.to || e.From != r.State || e.To != s.to || e.N != r.Version+1 || after.Version != e.N {
			t.Fatalf("step %d, %s: %+v leads to %s, want %s", n, s.act, e, after.State, s.to)
		}
		r = after
	}
	return r
}

var toContract = []step{
	{enrolment.ConfirmMail, applicant, nil, enrolment.MailConfirmed},
	{enrolment.SetSecurity, applicant, nil, enrolment.PhonePending},
	{enrolment.SetSecurity, applicant, nil, enrolment.PhonePending}, // another number
	{enrolment.ConfirmPhone, applicant, nil, enrolment.PhoneConfirmed},
	{enrolment.SavePerson, applicant, nil, enrolment.PersonalData},
	{enrolment.SaveDocuments, applicant, nil, enrolment.Documents},
	{enrolment.FreezeContract, applicant, frozen, enrolment.ContractReady},
}

// I8, I11, I14
func TestAnApplicantIsIdentifiedAtAPointAndASecondPersonActivates(t *testing.T) {
	r := walk(t, begin(), toContract...)
	r = walk(t, r,
		step{enrolment.Book, applicant, func(r *enrolment.Request) { r.Point, r.Data.Booking = "centro", &enrolment.Booking{At: present} }, enrolment.PointBooked},
		step{enrolment.Identify, collector, signed, enrolment.OperatorCheck},
	)
	if r.Collector != "carla" || r.Data.Identified.IsZero() {
		t.Errorf("who identified, and when, is not kept: %+v", r)
	}
	self := approver
	self.ID = "carla"
	if _, _, err := r.Do(enrolment.Change{Act: enrolment.Approve, By: self, At: present}); !errors.Is(err, enrolment.ErrOwnCheck) {
		t.Errorf("who identified decides: %v", err) // A16
	}
	r = walk(t, r, step{enrolment.Approve, approver, nil, enrolment.Activated})
	if !r.State.Final() {
		t.Error("activated is not the end")
	}
}

// E06: until the identification all ways are one.
func TestTheStepsUntilTheContractAreThoseOfEveryMethod(t *testing.T) {
	for _, m := range enrolment.Methods() {
		r := begin()
		r.Method = m
		walk(t, r, toContract...)
	}
}

func TestWhatIsAskedForAgainLeadsBackAsFarAsItMust(t *testing.T) {
	checked := append(append([]step(nil), toContract...), step{enrolment.Identify, collector, signed, enrolment.OperatorCheck})
	for name, c := range map[string]struct {
		wanted []enrolment.What
		steps  []step
		to     enrolment.State
	}{
		"pictures":       {[]enrolment.What{enrolment.WantedPictures}, []step{{enrolment.SaveDocuments, applicant, done, enrolment.Resubmission}}, enrolment.OperatorCheck},
		"person":         {[]enrolment.What{enrolment.WantedPerson}, []step{{enrolment.SavePerson, applicant, corrected, enrolment.Resubmission}, {enrolment.FreezeContract, applicant, frozen, enrolment.Resubmission}}, enrolment.ContractReady},
		"another paper":  {[]enrolment.What{enrolment.WantedPictures}, []step{{enrolment.SaveDocuments, applicant, replaced, enrolment.Resubmission}, {enrolment.FreezeContract, applicant, frozen, enrolment.Resubmission}}, enrolment.ContractReady},
		"frozen anew":    {[]enrolment.What{enrolment.WantedPictures}, []step{{enrolment.SaveDocuments, applicant, done, enrolment.Resubmission}, {enrolment.FreezeContract, applicant, frozen, enrolment.Resubmission}}, enrolment.ContractReady},
		"identification": {[]enrolment.What{enrolment.WantedIdentification}, nil, enrolment.ContractReady},
	} {
		t.Run(name, func(t *testing.T) {
			r := walk(t, begin(), checked...)
			r = walk(t, r, step{enrolment.AskAgain, approver, want(c.wanted...), enrolment.Resubmission})
			pictures := c.wanted[0] == enrolment.WantedPictures
			if _, _, err := r.Do(enrolment.Change{Act: enrolment.AddPictures, By: applicant, At: present}); (err == nil) != pictures {
				t.Errorf("pictures that nobody asked for are exchanged after the identification, or those asked for are not taken: %v", err)
			}
			if len(c.steps) > 0 {
				if _, _, err := r.Do(enrolment.Change{Act: enrolment.Resubmit, By: applicant, At: present}); !errors.Is(err, enrolment.ErrMissing) {
					t.Errorf("sent without what was asked for: %v", err)
				}
			}
			r = walk(t, r, append(c.steps, step{enrolment.Resubmit, applicant, nil, c.to})...)
			if len(r.Data.Wanted) != 0 {
				t.Errorf("still wanted: %v", r.Data.Wanted)
			}
			if back := c.to == enrolment.ContractReady; r.Data.Identified.IsZero() != back || (r.Collector == "") != back {
				t.Errorf("identified %v by %q in %s", r.Data.Identified, r.Collector, r.State)
			}
		})
	}
}

// I14: a token is another's paper, which counts once: what else is asked for again leaves it
// as it was accepted, for who signed what was corrected and had it compared.
func TestATokenStaysGoodForWhatIsSignedAnew(t *testing.T) {
	compared := func(r *enrolment.Request) { r.Data.Verdict.Stale = false }
	other := func(r *enrolment.Request) { r.Data.Verdict = nil }
	freeze, sign := step{enrolment.FreezeContract, applicant, frozen, enrolment.Resubmission}, step{enrolment.Sign, applicant, signed, enrolment.Resubmission}
	for name, c := range map[string]struct {
		wanted []enrolment.What
		steps  []step
		refuse func(*enrolment.Request) // an edit of a resubmission that is refused before the last
		edit   func(*enrolment.Request)
		to     enrolment.State
	}{
		"pictures":       {[]enrolment.What{enrolment.WantedPictures}, []step{{enrolment.SaveDocuments, applicant, done, enrolment.Resubmission}}, nil, nil, enrolment.OperatorCheck},
		"person":         {[]enrolment.What{enrolment.WantedPerson}, []step{{enrolment.SavePerson, applicant, corrected, enrolment.Resubmission}, freeze, sign}, signed, compared, enrolment.OperatorCheck},
		"unsigned":       {[]enrolment.What{enrolment.WantedDocument}, []step{{enrolment.SaveDocuments, applicant, replaced, enrolment.Resubmission}, freeze}, compared, other, enrolment.ContractReady},
		"another person": {[]enrolment.What{enrolment.WantedPerson}, []step{{enrolment.SavePerson, applicant, corrected, enrolment.Resubmission}, freeze, sign}, signed, other, enrolment.ContractReady},
		"identification": {[]enrolment.What{enrolment.WantedPerson, enrolment.WantedIdentification}, []step{{enrolment.SavePerson, applicant, corrected, enrolment.Resubmission}, freeze}, nil, nil, enrolment.ContractReady},
	} {
		t.Run(name, func(t *testing.T) {
			r := begin()
			r.Method = enrolment.RAO
			r = walk(t, r, append(slices.Clone(toContract), step{enrolment.Sign, applicant, signed, enrolment.ContractReady}, step{enrolment.Deposit, applicant, found, enrolment.RAOPending},
				step{enrolment.Identify, applicant, func(r *enrolment.Request) { found(r); r.Collector = "desk" }, enrolment.OperatorCheck},
				step{enrolment.AskAgain, approver, want(c.wanted...), enrolment.Resubmission})...)
			if r.May(enrolment.Sign, enrolment.Applicant) && r.Data.Contract == nil {
				t.Error("nothing is there to be signed")
			}
			r = walk(t, r, c.steps...)
			if c.refuse != nil {
				if _, _, err := r.Do(enrolment.Change{Act: enrolment.Resubmit, By: applicant, At: present, Edit: c.refuse}); !errors.Is(err, enrolment.ErrMissing) {
					t.Errorf("sent before it was signed and compared: %v", err)
				}
			}
			r = walk(t, r, step{enrolment.Resubmit, applicant, c.edit, c.to})
			stays := c.to == enrolment.OperatorCheck
			if !r.Data.Identified.IsZero() != stays || (r.Data.Verdict != nil) != stays || (r.Collector == "desk") != stays {
				t.Errorf("%s, identified %v by %q, %+v", r.State, r.Data.Identified, r.Collector, r.Data.Verdict)
			}
		})
	}
}

// A06: nobody reaches a decision without an identification, by whatever detour.
func TestNoDetourLeadsPastTheIdentification(t *testing.T) {
	r := walk(t, begin(), toContract...)
	r = walk(t, r, step{enrolment.ComeBack, collector, want(enrolment.WantedPictures), enrolment.Resubmission},
		step{enrolment.SaveDocuments, applicant, done, enrolment.Resubmission},
		step{enrolment.FreezeContract, applicant, frozen, enrolment.Resubmission},
		step{enrolment.Resubmit, applicant, nil, enrolment.ContractReady},
		step{enrolment.Suspect, collector, nil, enrolment.FraudReview},
		step{enrolment.Clear, fraud, nil, enrolment.ContractReady})
	walk(t, r, step{enrolment.Identify, collector, signed, enrolment.OperatorCheck}, step{enrolment.Approve, approver, nil, enrolment.Activated})

	// Every walk that ends in an identity passed an identification of the contract as it stands.
	for _, way := range enrolment.Methods() {
		explore(t, way)
	}
}

func explore(t *testing.T, way enrolment.Method) {
	type key struct {
		state                               enrolment.State
		identified, contract, sign, verdict bool
		wanted, done                        int
	}
	seen := map[key]bool{}
	var visit func(r enrolment.Request, depth int)
	visit = func(r enrolment.Request, depth int) {
		k := key{r.State, !r.Data.Identified.IsZero(), r.Data.Contract != nil, r.Data.SignedNow(), r.Data.Verdict != nil, len(r.Data.Wanted), len(r.Data.Missing())}
		if seen[k] || depth == 0 {
			return
		}
		seen[k] = true
		for _, act := range enrolment.Acts() {
			for _, by := range []enrolment.Author{applicant, collector, approver, fraud, system} {
				for _, edit := range []func(*enrolment.Request){nil, frozen, done, signed, found, want(enrolment.WantedPictures)} {
					after, _, err := r.Do(enrolment.Change{Act: act, By: by, At: present, Reason: "a reason", Edit: edit})
					if err != nil {
						continue
					}
					if after.State == enrolment.OperatorCheck || after.State == enrolment.Activated {
						if after.Data.Identified.IsZero() || !after.Data.SignedNow() {
							t.Fatalf("%s: %s by %s in %s: %s without identification or signed contract", way, act, by.Role, r.State, after.State)
						}
						seesNobody := way != enrolment.Point && way != enrolment.Video
						if seesNobody && (after.Data.Verdict == nil || after.Data.Verdict.Stale) {
							t.Fatalf("%s: %s by %s in %s: nobody saw the person and there is no verdict about the contract", way, act, by.Role, r.State)
						}
					}
					visit(after, depth-1)
				}
			}
		}
	}
	r := begin()
	r.Method = way
	visit(r, 40)
	if len(seen) < 20 {
		t.Errorf("only %d situations were reached", len(seen))
	}
}

// I14: no state without an exit, and no way out of an end.
func TestEveryStateHasAnExitAndEveryEndIsOne(t *testing.T) {
	for _, s := range enrolment.States() {
		r := begin()
		r.State = s
		for _, by := range []enrolment.Author{applicant, system} {
			act, to := enrolment.Withdraw, enrolment.Withdrawn
			if by == system {
				act, to = enrolment.Lapse, enrolment.Expired
			}
			after, _, err := r.Do(enrolment.Change{Act: act, By: by, At: present})
			if s.Final() != (err != nil) || !s.Final() && after.State != to {
				t.Errorf("%s in %s: %s, %v", act, s, after.State, err)
			}
		}
		if !s.Final() {
			continue
		}
		for _, act := range enrolment.Acts() {
			for _, by := range []enrolment.Author{applicant, collector, approver, fraud, system} {
				if _, _, err := r.Do(enrolment.Change{Act: act, By: by, At: present, Reason: "a reason", Edit: frozen}); err == nil {
					t.Errorf("%s by %s goes on after %s", act, by.Role, s)
				}
			}
		}
	}
}

func TestARequestIsItsApplicantsAloneAndRefusalsHaveReasons(t *testing.T) {
	r := walk(t, begin(), append(toContract, step{enrolment.Identify, collector, signed, enrolment.OperatorCheck})...)
	for name, c := range map[string]struct {
		change enrolment.Change
		want   error
	}{
		"somebody else":        {enrolment.Change{Act: enrolment.Withdraw, By: enrolment.Author{Role: enrolment.Applicant, ID: "eve"}}, enrolment.ErrState},
		"nobody":               {enrolment.Change{Act: enrolment.Approve, By: enrolment.Author{Role: enrolment.Approver}}, enrolment.ErrState},
		"a blank reason":       {enrolment.Change{Act: enrolment.Reject, By: approver, Reason: " \n"}, enrolment.ErrReason},
		"the collector again":  {enrolment.Change{Act: enrolment.Reject, By: enrolment.Author{Role: enrolment.Fraud, ID: "carla"}, Reason: "x"}, enrolment.ErrOwnCheck},
		"an applicant decides": {enrolment.Change{Act: enrolment.Approve, By: applicant}, enrolment.ErrState},
	} {
		if _, _, err := r.Do(c.change); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
}

func TestAStepChangesNothingOfTheRequestBeforeIt(t *testing.T) {
	r := walk(t, begin(), toContract...)
	r.Data.Pictures = map[enrolment.Picture]string{enrolment.DocumentFront: "one"}
	before := fmt.Sprintf("%+v %+v", r, *r.Data.Contract)
	after, _, err := r.Do(enrolment.Change{Act: enrolment.FreezeContract, By: applicant, At: present, Edit: func(r *enrolment.Request) {
		r.Data.Pictures[enrolment.DocumentFront], r.Data.Contract.SHA256 = "two", "other"
		r.ID, r.Holder, r.State = "x", "eve", enrolment.Activated
	}})
	if err != nil || after.ID != "r" || after.Holder != "amira" || after.State != enrolment.ContractReady {
		t.Errorf("an edit changed whose request it is: %+v, %v", after, err)
	}
	if got := fmt.Sprintf("%+v %+v", r, *r.Data.Contract); got != before {
		t.Errorf("the request before the step changed: %s", got)
	}
}

func TestARequestLapsesAfterItsTime(t *testing.T) {
	r := begin()
	if got := r.Waits().Sub(present); got != 24*time.Hour {
		t.Errorf("a mailbox waits %v", got)
	}
	r.State = enrolment.Documents
	if got := r.Waits().Sub(present); got != 30*24*time.Hour {
		t.Errorf("a form waits %v", got)
	}
	r.State, r.Data.Booking = enrolment.PointBooked, &enrolment.Booking{At: present.AddDate(0, 3, 0)}
	if !r.Waits().After(present.AddDate(0, 3, 0)) {
		t.Error("a request lapses before its appointment")
	}
	r.State, r.Data.Booking = enrolment.OperatorCheck, nil
	if !r.Waits().IsZero() {
		t.Error("the applicant pays for slow operators")
	}
}

func TestANumberIsReadAsPeopleTypeIt(t *testing.T) {
	n := enrolment.NewNumber()
	if got, ok := enrolment.ParseNumber(string(n)); !ok || got != n {
		t.Errorf("%s is read as %s, %v", n, got, ok)
	}
	for typed, want := range map[string]enrolment.Number{"ab1o-2i3l": "AB10-2131", " AB10 2131 ": "AB10-2131", "ab10213": "", "AB10-21311": "", "AB1!-2131": "", "": ""} {
		if got, ok := enrolment.ParseNumber(typed); ok != (want != "") || ok && got != want {
			t.Errorf("%q is read as %s, %v", typed, got, ok)
		}
	}
}
