package idp

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"time"

	"atrio/authn/password"
	"atrio/authn/proofofwork"
	"atrio/base/fault"
	"atrio/base/jobs"
	"atrio/base/ratelimit"
	"atrio/idp/cardlogin"
	"atrio/idp/enrolment"
	"atrio/idp/enrolment/apply"
	"atrio/idp/enrolment/contract"
	"atrio/idp/enrolment/form"
	"atrio/idp/enrolment/handoff"
	"atrio/idp/enrolment/pictures"
	"atrio/idp/enrolment/shop"
	"atrio/idp/enrolment/sign"
	"atrio/idp/enrolment/slip"
	"atrio/idp/enrolment/way"
	"atrio/idp/evidence"
	"atrio/idp/help"
	"atrio/idp/proofing/chip"
	"atrio/idp/proofing/chip/live"
	"atrio/idp/proofing/cns"
	"atrio/idp/proofing/point"
	"atrio/idp/proofing/rao"
	"atrio/idp/proofing/rao/office"
	"atrio/idp/proofing/signing"
	"atrio/idp/proofing/video"
	"atrio/idp/proofing/video/booking"
	"atrio/idp/proofing/video/call"
	"atrio/idp/proofing/video/studio"
	"atrio/idp/retention"
	"atrio/idp/useful"
	"atrio/web"
	"atrio/web/ui"
)

// Enrolment is what requests for an identity need of the program around the provider.
type Enrolment struct {
	// Vault keeps what proves how identities were requested.
	Vault *evidence.Vault
	// Pictures takes pictures of documents in, Press makes contracts, Places are the lists
	// behind the fields.
	Pictures pictures.Intake
	Press    *contract.Press
	Places   form.Places
	// Signatures judges digital signatures; nil where the way is not offered.
	Signatures signing.Verifier
	// Cards judges cards; nil where the way is not offered.
	Cards *cns.Judge
	// Chips are the countries whose electronic documents are believed; nil where that way is
	// not offered.
	Chips *chip.Trust
	// Offices judges tokens of public offices; nil where the way is not offered. Seals are
	// those of public bodies whose desks are here, by circuit.
	Offices *rao.Judge
	Seals   map[string]office.Body
	// Media are the streams of video sessions; nil where there are none.
	Media video.Media
}

// closed are the ways of identification that are not served.
func (e *Enrolment) closed() (list []enrolment.Method) {
	for _, one := range []struct {
		method enrolment.Method
		served bool
	}{{enrolment.Signature, e.Signatures != nil}, {enrolment.CNS, e.Cards != nil}, {enrolment.Chip, e.Chips != nil}, {enrolment.Video, e.Media != nil}, {enrolment.RAO, e.Offices != nil}} {
		if !one.served {
			list = append(list, one.method)
		}
	}
	return list
}

// enrolling are the pages by which an identity is requested.
type enrolling struct {
	mounts []web.Mounter
	jobs   []jobs.Job
	cards  http.Handler
}

// enrolmentPages are the pages and texts of requests.
func enrolmentPages() []ui.Pages {
	return append([]ui.Pages{
		way.Pages(), apply.Pages(), shop.Pages(), useful.Pages(), help.Pages(),
		form.Pages(), handoff.Pages(), contract.Pages(), slip.Pages(), sign.Pages(),
		point.Pages(), cns.Pages(), chip.Pages(), rao.Pages(),
		video.Pages(), studio.Pages(), booking.Pages(), call.Pages(),
	}, signing.Pages()...)
}

// openBreached opens the list of stolen passwords; nil where none is configured.
func openBreached(file string) (password.Breached, error) {
	if file == "" {
		return nil, nil
	}
	list, err := password.OpenBreached(file)
	if err != nil {
		return nil, fmt.Errorf("idp.enrolment.breached: %w", err)
	}
	return list, nil
}

// openEnrolment builds what applicants see. Without a place for evidence there are no
// requests, and the page says so.
func (p *IdP) openEnrolment(c Config, d Deps, node *ratelimit.Limiter) error {
	if d.Enrolment == nil {
		p.enrol.mounts = []web.Mounter{closed{}}
		return nil
	}
	if c.OffersChip() && d.Enrolment.Chips == nil {
		return errors.New("idp: the way of electronic documents is offered, and no country is believed")
	}
	e := c.Enrolment.WithDefaults()
	breached, err := openBreached(e.Breached)
	if err != nil {
		return err
	}
	p.passwords.Breached = breached
	steps := &way.Way{Site: d.Site, Store: d.Store, Closed: d.Enrolment.closed(), Now: d.Now}
	directory := point.NewDirectory(c.Circuits, c.Points)
	posts, uploads := web.PerAddress(node, c.passwordLimit()), web.PerAddress(node, perUpload())
	asking := apply.Asking()
	maps.Copy(asking, help.Asking())
	counter := &useful.Counter{
		Site: d.Site, Votes: d.Store, Pages: asking, Limiter: d.Limiter, Limit: posts, Support: e.SupportMail, Now: d.Now,
	}
	p.stop.Useful = counter
	guide := &help.Help{Site: d.Site, Useful: counter, Offered: e.Offered(), Support: e.SupportMail}
	applying := &apply.Handler{
		Site: d.Site, Way: steps, Config: e, Kept: c.Retention, Circuits: circuits(directory),
		People: d.Store, Store: d.Store, Codes: d.Store, Useful: counter, Hasher: d.Hasher, Breached: breached,
		Work: &proofofwork.Maker{Keyring: d.Keyring, Now: d.Now}, Limiter: d.Limiter, Limits: c.enrolmentLimits(),
		Limit: posts, Provider: c.DisplayName, SMSSender: c.SMSSender, Now: d.Now,
	}
	forms := &form.Forms{
		Site: d.Site, Way: steps, Places: d.Enrolment.Places, Keeper: d.Enrolment.Vault, Pictures: d.Enrolment.Pictures, Press: d.Enrolment.Press,
		Provider: c.party(), Terms: c.Contract.Terms, Notice: c.Contract.notice(), Offers: e.Offered(), Circuits: partners(directory), CircuitName: directory.CircuitName, OperatorUploads: directory.OperatorUploads,
		Limit: posts, UploadLimit: uploads, Now: d.Now,
	}
	booking := &point.Booking{
		Site: d.Site, Way: steps, Store: d.Store, Directory: directory, Provider: c.DisplayName, SupportMail: c.Contract.Mail, Limit: posts, Now: d.Now,
	}
	byCode := &sign.Handler{
		Site: d.Site, Way: steps, Codes: d.Store, Limiter: d.Limiter, Limits: c.enrolmentLimits(), SMSSender: c.SMSSender, Limit: posts, Now: d.Now,
	}
	p.enrol.mounts = []web.Mounter{guide, applying, counter, forms, handedOff(d, steps, posts, uploads), byCode, booking, steps}
	p.recovery.Circuits = forms.Circuits
	p.recovery.Offers = slices.DeleteFunc(e.Offered(), func(m enrolment.Method) bool { return slices.Contains(steps.Closed, m) })
	p.enrol.jobs = slices.Concat(counter.Jobs(), booking.Jobs(), steps.Jobs(), d.Enrolment.Vault.Jobs())
	p.openCards(c, d, steps, posts)
	p.openSigning(c, d, steps, posts, uploads)
	p.openOffices(c, d, steps, forms, posts, uploads)
	keeper := &retention.Keeper{Config: c.Retention, Store: d.Store, Vault: d.Enrolment.Vault, Role: d.Site.Role}
	p.enrol.jobs = append(p.enrol.jobs, keeper.Jobs()...)
	p.openChips(c, d, steps, node, posts, uploads)
	p.openVideo(c, d, steps, posts)
	p.joinShop(c, d, applying)
	return nil
}

// joinShop lets customers of the issuer's shop bring their account and their password; it
// does nothing where no shop is configured.
func (p *IdP) joinShop(c Config, d Deps, applying *apply.Handler) {
	e := applying.Config
	if e.Shop.URL == "" {
		return
	}
	client := &shop.Client{URL: e.Shop.URL, Secret: e.Shop.Secret}
	applying.Shop, p.passwords.Shop = client, client
	p.enrol.mounts = append(p.enrol.mounts, &shop.Handler{
		Site: d.Site, Store: d.Store, Hasher: d.Hasher, Secret: e.Shop.Secret, Breached: applying.Breached, Limiter: d.Limiter,
		Name: e.Shop.Name, Provider: c.DisplayName, Now: d.Now,
	})
}

// handedOff lets a telephone beside the computer add pictures.
func handedOff(d Deps, steps *way.Way, posts, uploads web.Guard) *handoff.Handler {
	return &handoff.Handler{
		Site: d.Site, Way: steps, Store: d.Store, Pictures: d.Enrolment.Pictures, Keeper: d.Enrolment.Vault, Limit: posts, UploadLimit: uploads, Now: d.Now,
	}
}

// openSigning builds the way by a digital signature. Where signatures cannot be judged there
// are no pages, and what waits from before is given back.
func (p *IdP) openSigning(c Config, d Deps, steps *way.Way, posts, uploads web.Guard) {
	s := &signing.Signing{
		Site: d.Site, Way: steps, Store: d.Store, Keeper: d.Enrolment.Vault, Verifier: d.Enrolment.Signatures, Limiter: d.Limiter,
		Provider: c.DisplayName, Patience: c.Signature.WithDefaults().Patience.Std(), Limit: posts, UploadLimit: uploads, Now: d.Now,
	}
	p.enrol.jobs = append(p.enrol.jobs, s.Jobs()...)
	if d.Enrolment.Signatures != nil {
		p.enrol.mounts = append(p.enrol.mounts, s)
	}
}

// openOffices builds the way by the token of a public office, where its seals can be judged.
// A token that was accepted stays so where they are not any more.
func (p *IdP) openOffices(c Config, d Deps, steps *way.Way, forms *form.Forms, posts, uploads web.Guard) {
	own := map[string]bool{}
	for _, body := range d.Enrolment.Seals {
		own[body.Code] = true
	}
	tokens := &rao.Tokens{
		Site: d.Site, Way: steps, Store: d.Store, Keeper: d.Enrolment.Vault, Limiter: d.Limiter, Judge: d.Enrolment.Offices,
		Own: func(issuer string) bool { return own[issuer] }, Provider: c.DisplayName, Limit: posts, UploadLimit: uploads, Now: d.Now,
	}
	forms.Again = tokens.Again
	if d.Enrolment.Offices != nil {
		p.enrol.mounts = append(p.enrol.mounts, tokens)
	}
}

// openChips builds the way by an electronic document, where a country is believed.
func (p *IdP) openChips(c Config, d Deps, steps *way.Way, node *ratelimit.Limiter, posts, uploads web.Guard) {
	if d.Enrolment.Chips == nil {
		return
	}
	reader := &chip.Chip{
		Site: d.Site, Way: steps, Store: d.Store, Keeper: d.Enrolment.Vault, Keyring: d.Keyring, Trust: d.Enrolment.Chips, Clients: c.Chip.Clients,
		Limit: posts, RelayLimit: web.PerAddress(node, chip.PerRelay()), UploadLimit: uploads, FilmLimit: web.PerAddress(node, chip.PerPress()),
		Upload: c.Chip.Uploads(), Now: d.Now,
	}
	if d.Enrolment.Media != nil {
		reader.Live = &live.Director{Media: d.Enrolment.Media, AtOnce: c.Video.Films(), Now: d.Now}
		reader.Servers = c.Video.ForBrowser
	}
	p.enrol.mounts, p.enrol.jobs = append(p.enrol.mounts, reader), append(p.enrol.jobs, d.Enrolment.Chips.Jobs()...)
}

// openCards builds the way by a CNS, where cards can be judged.
func (p *IdP) openCards(c Config, d Deps, steps *way.Way, posts web.Guard) {
	if d.Enrolment.Cards == nil {
		return
	}
	cards := &cns.Cards{
		Site: d.Site, Way: steps, Store: d.Store, Keeper: d.Enrolment.Vault, Limiter: d.Limiter, Judge: d.Enrolment.Cards,
		BaseURL: c.CNS.BaseURL, Limit: posts, Now: d.Now,
	}
	d.Site.FormTargets = append(d.Site.FormTargets, c.CNS.BaseURL) // the form leads to the listener
	p.enrol.mounts = append(p.enrol.mounts, cards)
	ceremonies := map[string]cns.Present{cns.CeremonyPath: cards.Present}
	if p.cards != nil {
		ceremonies[cardlogin.CeremonyPath] = p.cards.Present
	}
	p.enrol.cards = cns.Listener(d.Site, d.Now, ceremonies)
}

// openVideo builds what applicants see of a video session. Where there are no streams there
// are no pages, and a session from before is ended.
func (p *IdP) openVideo(c Config, d Deps, steps *way.Way, posts web.Guard) {
	calls := &call.Call{
		Room: p.room, Way: steps, Keyring: d.Keyring, Provider: c.DisplayName, Limit: posts,
		OperatorName: p.operators.Roster.Name,
	}
	p.enrol.jobs = append(p.enrol.jobs, calls.Jobs()...)
	if d.Enrolment.Media == nil {
		return
	}
	booked := &booking.Booking{
		Site: d.Site, Way: steps, Store: d.Store, Config: c.Video, Provider: c.DisplayName, SupportMail: c.Contract.Mail, Limit: posts, Now: d.Now,
	}
	p.enrol.mounts = append(p.enrol.mounts, booked, calls)
	p.enrol.jobs = append(p.enrol.jobs, booked.Jobs()...)
}

// circuits are the partners as applicants choose among them.
func circuits(d *point.Directory) (list []apply.Circuit) {
	for _, c := range d.Partners() {
		list = append(list, apply.Circuit{ID: c.ID, Name: c.Name, Note: ui.Text{IT: c.Note.IT, EN: c.Note.EN}, DocumentsFirst: c.DocumentsFirst()})
	}
	return list
}

// partners are the same for who changes the way of identification.
func partners(d *point.Directory) (list []form.Circuit) {
	for _, c := range d.Partners() {
		list = append(list, form.Circuit{ID: c.ID, Name: c.Name, DocumentsFirst: c.DocumentsFirst()})
	}
	return list
}

// perUpload bounds forms with pictures, whose intake costs memory and time.
func perUpload() ratelimit.Limit {
	return ratelimit.Limit{Name: "enrol.upload", Burst: 60, Per: 10 * time.Minute}
}

// enrolmentLimits applies the configuration to the defaults: what bounds the SMS of a
// login bounds those of a request.
func (c Config) enrolmentLimits() apply.Limits {
	l, of := apply.DefaultLimits(), c.limits()
	l.Number.Burst, l.Network.Burst, l.Pause = of.SMSNumber.Burst, of.SMSAddress.Burst, of.SMSPause
	return l
}

// closed says that this provider takes no requests.
type closed struct{}

// Mount gives the page its address.
func (closed) Mount(m *web.Mux) {
	m.Get(way.Start, func(http.ResponseWriter, *http.Request) error {
		return fault.New(fault.NotFound, "error.enrolment.closed").For("enrolment_closed").Offer("idp.start.title", "/")
	})
}
