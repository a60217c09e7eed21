package evidence

// CrashAt lets a test end a process, or fail, at a point of the way.
func (v *Vault) CrashAt(fn func(point string) error) { v.crash = fn }
