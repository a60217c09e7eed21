package doors

// NotYet is a door or a help that the login page shows and this version does not
// have yet. Its address is the final one. The page says what is missing, what to
// use instead, and leads back; docs list the table.
type NotYet struct {
	// Name is the key of the texts "doors.notyet.<Name>.title", ".what" and
	// ".instead".
	Name string
	// Path is where the door will be.
	Path string
	// Ways lead on, best first.
	Ways []Way
}

// NotYets is the table of all of them.
func NotYets() []NotYet {
	return []NotYet{
		{"cie", "/cie/login", []Way{waySPID()}},
		{"eidas", "/eidas/login", []Way{waySPID(), wayHelp()}},
		{"edugain", "/edugain/login", []Way{waySPID(), wayHelp()}},
	}
}

func wayHelp() Way { return Way{"doors.way.help", "/help"} }
