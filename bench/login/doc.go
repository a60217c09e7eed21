// Package login measures logins at the gateway, all of its layers in one process:
// the handler, the checks of the answer, the order of steps, the commit.
//
// It holds benchmarks only. The provider and the browser are played by this
// package outside the measured time. What a login costs in the real program is
// measured by bench/table, which also makes the table of all figures.
package login
