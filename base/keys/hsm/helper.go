package hsm

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"time"
)

// helper is a process that runs, and who waits for its replies.
type helper struct {
	process *exec.Cmd
	in      io.WriteCloser

	mu      sync.Mutex
	last    uint64
	waiting map[uint64]chan Reply
	ended   chan struct{} // closed when it gives no more replies
}

// Environment takes our own settings, secrets among them, out of an environment.
func Environment(environ []string) []string {
	var out []string
	for _, entry := range environ {
		if !strings.HasPrefix(entry, "ATRIO_") {
			out = append(out, entry)
		}
	}
	return out
}

// run starts a helper. It ends when its standard input does, so also with us.
func run(path string, environ []string) (*helper, error) {
	h := &helper{process: exec.Command(path), waiting: map[uint64]chan Reply{}, ended: make(chan struct{})}
	h.process.Env = append([]string{}, environ...)
	// A group of its own: Ctrl-C in a terminal is for us, who still have to sign.
	h.process.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	in, err := h.process.StdinPipe()
	if err != nil {
		return nil, fmt.Errorf("hsm: %w", err)
	}
	// Replies have a pipe of their own: what a library prints must not mix in.
	out, replies, err := os.Pipe()
	if err != nil {
		return nil, fmt.Errorf("hsm: %w", err)
	}
	h.process.ExtraFiles = []*os.File{replies}
	err = h.process.Start()
	replies.Close() // the helper's end is the helper's
	if err != nil {
		out.Close()
		return nil, fmt.Errorf("hsm: the helper does not start: %w", err)
	}
	h.in = in
	go h.listen(out)
	return h, nil
}

// listen hands replies to who waits for them until the helper ends.
func (h *helper) listen(out *os.File) {
	defer out.Close()
	lines := bufio.NewScanner(out)
	lines.Buffer(nil, MaxFrame)
	for lines.Scan() {
		var reply Reply
		if json.Unmarshal(lines.Bytes(), &reply) != nil {
			break
		}
		h.mu.Lock()
		waits := h.waiting[reply.ID]
		delete(h.waiting, reply.ID)
		h.mu.Unlock()
		if waits != nil {
			waits <- reply // has room for one
		}
	}
	close(h.ended)
	h.kill()
	_ = h.process.Wait() // how it ended does not matter: the next call starts another
}

func (h *helper) alive() bool {
	select {
	case <-h.ended:
		return false
	default:
		return true
	}
}

// kill ends the helper; it may have ended already.
func (h *helper) kill() { _ = h.process.Process.Kill() }

var (
	errEnded = errors.New("hsm: the helper ended")
	errSlow  = errors.New("hsm: the token did not answer in time")
)

// ask sends a request and waits for its reply. A helper that does not answer in
// time hangs in its library: it is ended.
func (h *helper) ask(q Request, limit time.Duration) (Reply, error) {
	answer := make(chan Reply, 1)
	h.mu.Lock()
	h.last++
	q.ID = h.last
	h.waiting[q.ID] = answer
	line, err := json.Marshal(q)
	h.mu.Unlock()
	if err != nil {
		return Reply{}, fmt.Errorf("hsm: %w", err)
	}
	timer := time.NewTimer(limit)
	defer timer.Stop()
	go h.send(append(line, '\n')) // a full pipe must not hold us longer than the limit
	select {
	case reply := <-answer:
		return reply, nil
	case <-h.ended:
		select {
		case reply := <-answer: // came with its last words
			return reply, nil
		default:
			return Reply{}, errEnded
		}
	case <-timer.C:
		h.kill()
		return Reply{}, errSlow
	}
}

// send writes a line whole: a pipe takes up to 4 KiB at once, and a pipe of
// os/exec locks its writers for more.
func (h *helper) send(line []byte) {
	if _, err := h.in.Write(line); err != nil {
		h.kill()
	}
}
