// Package registry keeps the descriptions of a world's partners fresh: the providers of
// SPID, CIE or eIDAS for the gateway, the services for an identity provider.
//
// Descriptions come from sources: a file that the operator put in place, or an address
// whose document must carry the signature of a pinned certificate; each holds one entity
// or an aggregate. A source is looked at again and again (Jobs). What cannot be fetched,
// verified or read changes nothing: the last good document goes on counting until its own
// end, its copy is kept in the database for nodes that start while the source is down,
// and the operator is told (State, and lines in the log).
//
// What the package promises:
//   - one entityID has one source: the first that describes it, in the order of the
//     configuration; an entity without the role that is looked for shadows nobody;
//   - readers see one consistent set, exchanged as a whole;
//   - a key that left the description stops counting with the next refresh, a
//     description past its validUntil at once;
//   - what an older document said is believed again only from a source that has become
//     unreadable, never because somebody sent the older document again.
//
// Reading a document is the matter of saml/metadata, what makes a provider of
// federation/spid/spidsaml; rows are kept by gateway/gatewaydb; pages and metrics are
// made by the roof from State.
package registry
