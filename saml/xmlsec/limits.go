package xmlsec

// Policy bounds what Parse accepts. The zero value accepts nothing.
type Policy struct {
	// MaxBytes bounds the input. The canonical form may be twice as long
	// (escapes and repeated declarations), not more.
	MaxBytes int
	// MaxDepth bounds the nesting; the root has depth 1.
	MaxDepth int
	// MaxAttributes bounds the attributes of one element, namespace
	// declarations apart.
	MaxAttributes int
	// MaxNodes bounds elements plus attributes of the whole document.
	MaxNodes int
	// DropComments leaves out comments, processing instructions, a byte order mark
	// and a declaration of the prefix xml instead of refusing them. For metadata
	// files edited by people; never for messages. An element with an instruction
	// inside cannot be verified.
	DropComments bool
}

// Message is the policy for protocol messages.
var Message = Policy{MaxBytes: 256 << 10, MaxDepth: 32, MaxAttributes: 64, MaxNodes: 8192}

// Metadata is the policy for the metadata of one entity or a small federation.
var Metadata = Policy{MaxBytes: 4 << 20, MaxDepth: 48, MaxAttributes: 64, MaxNodes: 1 << 17, DropComments: true}

// maxBindings bounds the namespace declarations in scope at any point, so that
// resolving a prefix stays cheap whatever the input. Canonicalization never
// raises their number: it moves declarations down, it does not add any.
const maxBindings = 128

// maxPrefixList bounds InclusiveNamespaces; genuine lists have a handful.
const maxPrefixList = 16

// canonical is the policy under which the canonical form of a document read
// under p is read again: longer, and with nothing left to drop.
func (p Policy) canonical() Policy {
	p.MaxBytes *= 2
	p.DropComments = false
	return p
}
