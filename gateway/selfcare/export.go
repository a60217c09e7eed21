package selfcare

import (
	"context"
	"net/http"
	"time"

	"atrio/base/audit"
)

// exported bounds the lines of the history in an export.
const exported = 5000

// Everything known about a person, in words that stand for themselves. // GDPR art. 15, 20
type (
	exportFile struct {
		Made         string              `json:"made"`
		Account      exportAccount       `json:"account"`
		Attributes   []exportAttribute   `json:"attributes"`
		Identities   []exportIdentity    `json:"identities"`
		Affiliations []exportAffiliation `json:"affiliations,omitempty"`
		Parents      []exportParent      `json:"parental_authorisations,omitempty"`
		Declarations []exportDeclaration `json:"declarations,omitempty"`
		Sessions     []exportSession     `json:"sessions"`
		History      []exportEvent       `json:"history"`
		Older        bool                `json:"history_has_older_lines"`
	}
	exportAccount struct {
		Code       string `json:"codice_persona"`
		GivenName  string `json:"given_name"`
		FamilyName string `json:"family_name"`
		Email      string `json:"email"`
		FiscalCode string `json:"verified_fiscal_code,omitempty"`
		Language   string `json:"language"`
		Created    string `json:"created"`
	}
	exportAttribute struct {
		Name   string `json:"name"`
		Value  string `json:"value"`
		Source string `json:"source"`
		Issuer string `json:"issuer,omitempty"`
		At     string `json:"at"`
	}
	exportIdentity struct {
		Door     string `json:"door"`
		Issuer   string `json:"issuer"`
		Subject  string `json:"subject"`
		Linked   string `json:"linked"`
		LastUsed string `json:"last_used"`
	}
	exportAffiliation struct {
		Kind   string `json:"kind"`
		Unit   string `json:"unit,omitempty"`
		From   string `json:"from,omitempty"`
		Until  string `json:"until,omitempty"`
		Source string `json:"source"`
		At     string `json:"at"`
	}
	exportParent struct {
		By        string `json:"by"`
		Document  string `json:"document"`
		At        string `json:"at"`
		Until     string `json:"until"`
		Withdrawn string `json:"withdrawn,omitempty"`
	}
	exportDeclaration struct {
		Reason    string `json:"reason"`
		Words     string `json:"words,omitempty"`
		By        string `json:"by"`
		Made      string `json:"made"`
		Until     string `json:"until"`
		Withdrawn string `json:"withdrawn,omitempty"`
	}
	exportSession struct {
		Method  string `json:"method"`
		Created string `json:"created"`
		Seen    string `json:"seen"`
		Expires string `json:"expires"`
		Browser string `json:"browser"`
		Address string `json:"address"`
	}
	exportEvent struct {
		Action    string            `json:"action"`
		Outcome   string            `json:"outcome"`
		At        string            `json:"at"`
		Reference string            `json:"reference,omitempty"`
		Address   string            `json:"address,omitempty"`
		Detail    map[string]string `json:"detail,omitempty"`
	}
)

// export gives the person a file with all that is known about them. // G5.1
func (s *Selfcare) export(w http.ResponseWriter, r *http.Request) error {
	file, err := s.collect(r)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Disposition", `attachment; filename="account-`+file.Account.Code+`.json"`)
	return s.Site.JSON(w, http.StatusOK, file)
}

func (s *Selfcare) collect(r *http.Request) (file exportFile, err error) {
	ctx := r.Context()
	a, err := s.accountOf(r)
	if err != nil {
		return file, err
	}
	file = exportFile{Made: stamp(s.Site.Now()), Account: exportAccount{
		Code: string(a.Code), GivenName: a.GivenName, FamilyName: a.FamilyName, Email: a.Email,
		FiscalCode: string(a.FiscalCode), Language: a.Language, Created: stamp(a.CreatedAt),
	}}
	attributes, err := s.Accounts.Attributes(ctx, a.ID)
	if err != nil {
		return file, err
	}
	for _, one := range attributes {
		file.Attributes = append(file.Attributes, exportAttribute{one.Name, one.Value, string(one.Source), one.Issuer, stamp(one.At)})
	}
	identities, err := s.Accounts.Identities(ctx, a.ID)
	if err != nil {
		return file, err
	}
	for _, one := range identities {
		file.Identities = append(file.Identities, exportIdentity{string(one.Door), one.Issuer, one.Subject, stamp(one.LinkedAt), stamp(one.LastUsed)})
	}
	if err := s.exportTies(ctx, &file, a.ID); err != nil {
		return file, err
	}
	if file.Declarations, err = s.declarations(ctx, a.ID); err != nil {
		return file, err
	}
	sessions, err := s.Site.Sessions.List(ctx, a.ID)
	if err != nil {
		return file, err
	}
	for _, one := range sessions {
		file.Sessions = append(file.Sessions, exportSession{one.Method, stamp(one.CreatedAt), stamp(one.SeenAt), stamp(one.ExpiresAt), one.UserAgent, one.Address})
	}
	rows, err := s.History.EventsOf(ctx, a.ID, 0, exported+1)
	if err != nil {
		return file, err
	}
	file.Older = len(rows) > exported
	for _, row := range rows[:min(len(rows), exported)] {
		file.History = append(file.History, eventOf(row.Event))
	}
	return file, nil
}

// exportTies adds what offices and the desk said.
func (s *Selfcare) exportTies(ctx context.Context, file *exportFile, accountID string) error {
	list, err := s.Accounts.Affiliations(ctx, accountID)
	if err != nil {
		return err
	}
	for _, t := range list {
		file.Affiliations = append(file.Affiliations, exportAffiliation{t.Kind, t.Unit, orNothing(t.From), orNothing(t.Until), string(t.Source), stamp(t.At)})
	}
	parents, err := s.Accounts.Authorisations(ctx, accountID)
	for _, p := range parents {
		file.Parents = append(file.Parents, exportParent{string(p.By), string(p.Document), stamp(p.At), stamp(p.Until), orNothing(p.Withdrawn)})
	}
	return err
}

// orNothing is a moment, "" for none.
func orNothing(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return stamp(t)
}

// declarations are what the person declared, with the words as long as they are kept.
func (s *Selfcare) declarations(ctx context.Context, accountID string) (out []exportDeclaration, err error) {
	list, err := s.Accounts.Declarations(ctx, accountID)
	if err != nil {
		return nil, err
	}
	for _, d := range list {
		one := exportDeclaration{Reason: string(d.Reason), By: d.By, Made: stamp(d.Made), Until: stamp(d.Until)}
		if one.Words, err = s.Accounts.Words(ctx, d.ID, s.Site.Now()); err != nil {
			return nil, err
		}
		if !d.Withdrawn.IsZero() {
			one.Withdrawn = stamp(d.Withdrawn)
		}
		out = append(out, one)
	}
	return out, nil
}

// eventOf leaves out who acted: names of clerks are theirs.
func eventOf(e audit.Event) exportEvent {
	return exportEvent{Action: e.Action, Outcome: e.Outcome, At: stamp(e.At), Reference: e.Reference, Address: ownAddress(e), Detail: e.Detail}
}

// ownAddress leaves out where a clerk sat.
func ownAddress(e audit.Event) string {
	if !ownAct(e) {
		return ""
	}
	return e.Address
}

// ownAct tells that the holder did it, or somebody in their place.
func ownAct(e audit.Event) bool { return e.Actor == "" || e.Actor == e.Subject }
