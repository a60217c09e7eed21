package command

import (
	"os"
	"os/user"
	"strconv"
)

// WhoAsks is the user of the operating system, and behind sudo who became it: the audit
// log is told who looked at people's data.
func WhoAsks() map[string]string {
	who := map[string]string{"uid": strconv.Itoa(os.Getuid())}
	if u, err := user.Current(); err == nil {
		who["user"] = u.Username
	}
	if name := os.Getenv("SUDO_USER"); name != "" {
		who["sudo_user"] = name
	}
	return who
}
