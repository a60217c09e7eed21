package manifest

import "strings"

// Author is who writes manifests: part of the program.
const Author = "system:studio"

// MaxSession is how long the id of a session may be, so that it fits into an author.
const MaxSession = 38

// AuthorOf names the part of the program that records a side of a session. It is bound to
// every segment from the first on, before there is a manifest: after a crash it alone says
// whose a recording is.
func AuthorOf(session string, side Side) string {
	return Author + ":" + session + ":" + string(side)
}

// Recorded tells of which side of which session a recording is.
func Recorded(author string) (session string, side Side, ok bool) {
	rest, ours := strings.CutPrefix(author, Author+":")
	i := strings.LastIndexByte(rest, ':')
	if !ours || i < 1 {
		return "", "", false
	}
	side = Side(rest[i+1:])
	return rest[:i], side, side == Applicant || side == Operator
}
