package spid

// Indexes of sets of attributes that the federation reserves.
const (
	// SetSignature is for the electronic signature of art. 20 CAD.
	SetSignature = 77
	// SetEIDASMinimum and SetEIDASFull are for the eIDAS node. // Avviso eIDAS 01-2018
	SetEIDASMinimum = 99
	SetEIDASFull    = 100
)

// ReservedForEIDAS reports whether a set may be asked of the eIDAS node, and of it
// alone.
func ReservedForEIDAS(index int) bool {
	return index == SetEIDASMinimum || index == SetEIDASFull
}
