// Package video measures what a recorded video session costs the provider: both sides
// send 1280×720 at 25 pictures a second, each is handed to the other, and both are kept as
// evidence.
//
// It holds a benchmark only. The browsers are a process of their own, outside what is
// measured.
package video
