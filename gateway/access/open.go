package access

// Open is the rule that ends every list: nothing stands against it.
const Open ID = "open"

func open() Rule {
	return Rule{
		ID: Open, Basis: Law, Clause: "CAD art. 3",
		Title: Text{"Se nessuna regola lo impedisce, il servizio si apre", "If no rule stands against it, the service opens"},
		say: func(*question) finding {
			return decides(Enter, Text{"nessuna regola lo impedisce", "no rule stands against it"})
		},
	}
}
