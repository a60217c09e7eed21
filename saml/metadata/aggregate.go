package metadata

import (
	"crypto"
	"iter"
	"strings"
	"time"

	"atrio/saml/xmlsec"
)

// Limits of a document with many entities: a federation of some dozens, not of
// thousands. Beyond them it is refused as a whole.
const (
	maxEntities = 512
	maxNesting  = 4
)

// Aggregate is a document that describes many entities (EntitiesDescriptor,
// SAML-metadata 2.3.1), or one. Entities come out one at a time, so that a reader that
// keeps them outside memory, for federations of thousands, can take the place of this
// one without a change for those who use it.
type Aggregate struct {
	// Name is what the federation calls the group; may be empty.
	Name string
	// ValidUntil is the end of the document's life; zero when it has none.
	ValidUntil time.Time
	// Created is when the document was published (mdrpi:PublicationInfo); zero when it
	// does not say.
	Created time.Time
	// CacheDuration is how long it may be used without looking for a newer one; zero
	// when it does not say.
	CacheDuration time.Duration

	entries []Entry
}

// Entry is one entity of an aggregate: what it says, or why it cannot be believed.
type Entry struct {
	// EntityID is the name; empty when even that cannot be read.
	EntityID string
	// Entity is nil when Err is not.
	Entity *Entity
	Err    error
}

// Len is the number of entities, refused ones included.
func (a *Aggregate) Len() int { return len(a.entries) }

// Entries gives the entities in the order of the document. One that is broken does not
// spoil the others: it has Err instead of Entity.
func (a *Aggregate) Entries() iter.Seq[Entry] {
	return func(yield func(Entry) bool) {
		for _, e := range a.entries {
			if !yield(e) {
				return
			}
		}
	}
}

// ReadSignedAggregate reads a document with one or many entities whose signature, over
// all of it, verifies with one of the keys, and only from the bytes that were verified.
// Signatures of single entities inside are not looked at: that of the whole covers them.
func ReadSignedAggregate(document []byte, keys []crypto.PublicKey, now time.Time) (*Aggregate, error) {
	root, err := xmlsec.Parse(document, xmlsec.Metadata)
	if err != nil {
		return nil, err
	}
	signed, err := xmlsec.Verify(root, keys)
	if err != nil {
		return nil, err
	}
	return readAggregate(signed.Root(), now)
}

// ReadTrustedAggregate reads a document with one or many entities that the operator put
// in place: the file is the anchor of trust, a signature in it is not looked at.
func ReadTrustedAggregate(document []byte, now time.Time) (*Aggregate, error) {
	root, err := xmlsec.Parse(document, xmlsec.Metadata)
	if err != nil {
		return nil, err
	}
	return readAggregate(root, now)
}

func readAggregate(root *xmlsec.Element, now time.Time) (*Aggregate, error) {
	if root.Name != name("EntitiesDescriptor") && root.Name != name("EntityDescriptor") {
		return nil, fail("metadata_root", "an EntitiesDescriptor or EntityDescriptor is expected, found %s", root.Name.Local)
	}
	whole, err := lifeOf(root, life{})
	if err != nil {
		return nil, err
	}
	if whole.over(now) { // SAML-metadata 2.3.1
		return nil, fail("metadata_expired", "the document was valid until %s", whole.until.Format(time.RFC3339))
	}
	a := &Aggregate{Name: attribute(root, "Name"), ValidUntil: whole.until, CacheDuration: whole.cache, Created: created(root)}
	if root.Name == name("EntityDescriptor") {
		e, err := read(root, now)
		if err != nil {
			return nil, err
		}
		a.entries = []Entry{{EntityID: e.EntityID, Entity: e}}
		return a, nil
	}
	if err := a.group(root, whole, now, 1); err != nil {
		return nil, err
	}
	a.refuseDoubles()
	return a, nil
}

// group reads the entities of one EntitiesDescriptor and of those inside it.
func (a *Aggregate) group(group *xmlsec.Element, around life, now time.Time, depth int) error {
	if depth > maxNesting {
		return fail("metadata_nesting", "groups are nested deeper than %d", maxNesting)
	}
	for _, child := range group.Elements() {
		switch child.Name {
		case name("EntityDescriptor"):
			if len(a.entries) == maxEntities {
				return fail("metadata_entities", "more than %d entities", maxEntities)
			}
			a.entries = append(a.entries, entry(child, around, now))
		case name("EntitiesDescriptor"):
			inner, err := lifeOf(child, around)
			if err != nil {
				return err
			}
			if err := a.group(child, inner, now, depth+1); err != nil {
				return err
			}
		}
	}
	return nil
}

// entry reads one entity within the life of the groups around it.
func entry(e *xmlsec.Element, around life, now time.Time) Entry {
	out := Entry{EntityID: cut(strings.TrimSpace(attribute(e, "entityID")))}
	if around.over(now) {
		out.Err = fail("metadata_expired", "its group was valid until %s", around.until.Format(time.RFC3339))
		return out
	}
	entity, err := read(e, now)
	if err != nil {
		out.Err = err
		return out
	}
	entity.ValidUntil = earlier(entity.ValidUntil, around.until)
	entity.CacheDuration = shorter(entity.CacheDuration, around.cache)
	out.Entity = entity
	return out
}

// cut bounds a name that is only reported.
func cut(entityID string) string {
	if len(entityID) > maxEntityID {
		return entityID[:maxEntityID]
	}
	return entityID
}

// refuseDoubles refuses all entities of a name that stands there more than once: which
// one is meant cannot be known, and the second may be there to push the first aside.
func (a *Aggregate) refuseDoubles() {
	times := map[string]int{}
	for _, e := range a.entries {
		times[e.EntityID]++
	}
	for i, e := range a.entries {
		if n := times[e.EntityID]; n > 1 && e.EntityID != "" {
			a.entries[i] = Entry{EntityID: e.EntityID, Err: fail("metadata_double", "%s stands there %d times", e.EntityID, n)}
		}
	}
}

// life is how long something counts and how long it may be cached.
type life struct {
	until time.Time
	cache time.Duration
}

func (l life) over(now time.Time) bool { return !l.until.IsZero() && !now.Before(l.until) }

// lifeOf is the life of a group: its own or that of what is around it, whichever ends
// first (SAML-metadata 2.3.1).
func lifeOf(e *xmlsec.Element, around life) (life, error) {
	until, err := expiry(e)
	if err != nil {
		return life{}, err
	}
	text, present := e.Attr("cacheDuration")
	cache, err := cacheDuration(present, text)
	if err != nil {
		return life{}, err
	}
	return life{earlier(until, around.until), shorter(cache, around.cache)}, nil
}

// earlier is the first of two ends; zero is none.
func earlier(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}

// shorter is the lesser of two durations; zero is none.
func shorter(a, b time.Duration) time.Duration {
	if a == 0 || b != 0 && b < a {
		return b
	}
	return a
}

// publicationInfo is the namespace of mdrpi:PublicationInfo, which says when a document
// was published (OASIS, extensions for registration and publication information 1.0).
const publicationInfo = "urn:oasis:names:tc:SAML:metadata:rpi"

// created is when the document says it was made; what cannot be read counts as absent.
func created(root *xmlsec.Element) time.Time {
	info := root.Child(name("Extensions")).Child(xmlsec.Name{Space: publicationInfo, Local: "PublicationInfo"})
	text, present := info.Attr("creationInstant")
	if !present {
		return time.Time{}
	}
	at, err := instant(text)
	if err != nil {
		return time.Time{}
	}
	return at
}
