package doctext

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

// child is a process that reads documents.
type child struct {
	cmd       *exec.Cmd
	in        io.WriteCloser
	wire      *wire
	complaint *tail
	exited    chan struct{}
	documents int
}

// handed are the settings of the environment that a child is given; secrets are not among them.
var handed = []string{"PATH", "HOME", "TMPDIR", "XDG_CACHE_HOME", "TESSDATA_PREFIX", "GOMAXPROCS", "GODEBUG", "GORACE", "GOTRACEBACK", "GOCOVERDIR"}

func childEnvironment() []string {
	return slices.DeleteFunc(os.Environ(), func(s string) bool {
		name, _, _ := strings.Cut(s, "=")
		return !slices.Contains(handed, name)
	})
}

// startChild starts a child and waits until it is ready to read.
func startChild(ctx context.Context, command []string, s setup) (*child, error) {
	cmd := exec.Command(command[0], command[1:]...)
	cmd.Env = childEnvironment()
	// A group of its own: it is killed with all that it has started, and a terminal's Ctrl-C is not for it.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	c := &child{cmd: cmd, complaint: &tail{}, exited: make(chan struct{})}
	cmd.Stderr = c.complaint
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	// Not cmd.StdoutPipe: Wait would close it under the reader's hands.
	out, said, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	cmd.Stdout = said
	started := make(chan error)
	go func() {
		// The kernel sends the death signal when the thread that started the child ends, not the
		// process: this thread is kept until the child is gone.
		runtime.LockOSThread()
		err := cmd.Start()
		said.Close()
		started <- err
		if err == nil {
			_ = cmd.Wait()
			close(c.exited)
			out.Close()
		}
	}()
	if err := <-started; err != nil {
		out.Close()
		return nil, err
	}
	c.in, c.wire = in, newWire(out, in)
	var r reply
	stop := c.watch(ctx, limits{memory: 2 * childMemory}, newStopwatch(startup)) // compiling takes half a gigabyte
	err = c.wire.say(s)
	if err == nil {
		err = c.wire.hear(&r)
	}
	if end := stop(); end != "" || err != nil || r.Step != stepReady {
		c.kill()
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		return nil, fmt.Errorf("%w: %s %s: %w", errChildGone, end, c.said(), errors.Join(err, errUnready))
	}
	return c, nil
}

var errUnready = errors.New("it was not ready")

// ask gives the child a document and takes its answers. Unless it has answered the child is of no more use.
// The error is trouble of ours.
func (c *child) ask(ctx context.Context, q request, data []byte, l limits, timer *stopwatch, take func(reply)) (ending, error) {
	c.documents++
	stop := c.watch(ctx, l, timer)
	end, err := c.converse(q, data, take)
	if why := stop(); why != "" {
		end, err = why, nil
	}
	if end == given {
		return end, context.Cause(ctx)
	}
	return end, err
}

func (c *child) converse(q request, data []byte, take func(reply)) (ending, error) {
	c.wire.allow(2*q.Room + maxPicture + 1<<20)
	if err := c.wire.say(q); err != nil {
		return crashed, nil
	}
	if _, err := c.in.Write(data); err != nil {
		return crashed, nil
	}
	for {
		var r reply
		if err := c.wire.hear(&r); errors.Is(err, errTooMuch) {
			return wordy, nil
		} else if err != nil {
			return crashed, nil
		}
		switch r.Step {
		case stepRead:
			return answered, nil
		case stepFailed:
			return answered, errors.New(r.Err)
		case stepPicture:
			if r.Size < 0 || r.Size > maxPicture {
				return wordy, nil
			}
			picture, err := c.wire.bytes(r.Size)
			if err != nil {
				return crashed, nil
			}
			r.picture = picture
			take(r)
			return answered, nil
		}
		take(r)
	}
}

// watch kills the child when its time is over or it grows beyond its memory. The function that it returns
// ends that, and tells why the child was killed.
func (c *child) watch(ctx context.Context, l limits, timer *stopwatch) (stop func() ending) {
	quit, why := make(chan struct{}), make(chan ending, 1)
	begun := c.worked()
	go func() {
		tick := time.NewTicker(10 * time.Millisecond)
		defer tick.Stop()
		end := ending("")
		for end == "" {
			select {
			case <-quit:
				why <- ""
				return
			case <-ctx.Done():
				end = given
			case <-tick.C:
				if timer.overdue() || timer.over() && c.worked()-begun >= l.work {
					end = late
				} else if c.resident() > l.memory {
					end = big
				}
			}
		}
		c.signal()
		why <- end
	}()
	return func() ending {
		close(quit)
		return <-why
	}
}

// resident is how much memory the child has; 0 when that is not known.
func (c *child) resident() int64 { return residentMemory(c.cmd.Process.Pid) }

func residentMemory(pid int) int64 {
	stat, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/statm")
	if err != nil {
		return 0
	}
	f := strings.Fields(string(stat))
	if len(f) < 2 {
		return 0
	}
	pages, _ := strconv.ParseInt(f[1], 10, 64)
	return pages * int64(os.Getpagesize())
}

// worked is how much of the processor the child has had.
func (c *child) worked() time.Duration {
	stat, err := os.ReadFile("/proc/" + strconv.Itoa(c.cmd.Process.Pid) + "/stat")
	if err != nil {
		return 0
	}
	_, rest, _ := strings.Cut(string(stat), ") ") // behind the program's name
	f := strings.Fields(rest)
	if len(f) < 13 {
		return 0
	}
	user, _ := strconv.ParseInt(f[11], 10, 64)
	system, _ := strconv.ParseInt(f[12], 10, 64)
	return time.Duration(user+system) * (time.Second / 100) // USER_HZ
}

// signal kills the child and all that it has started. The number cannot be another's: nobody has waited for
// the child before it exited, and then it is left alone.
func (c *child) signal() {
	select {
	case <-c.exited:
	default:
		_ = syscall.Kill(-c.cmd.Process.Pid, syscall.SIGKILL)
	}
}

// kill kills the child and waits for its end.
func (c *child) kill() {
	c.signal()
	c.in.Close()
	<-c.exited
}

// end lets the child go in order.
func (c *child) end() {
	c.in.Close()
	select {
	case <-c.exited:
	case <-time.After(5 * time.Second):
		c.kill()
	}
}

// said is what the child wrote to its standard error since it was last asked: its first line.
func (c *child) said() string { return firstLine(c.complaint.take()) }

// tail keeps the beginning of what is written to it.
type tail struct {
	mu   sync.Mutex
	kept bytes.Buffer
}

func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.kept.Write(p[:min(len(p), 4096-min(t.kept.Len(), 4096))])
	return len(p), nil
}

func (t *tail) take() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	defer t.kept.Reset()
	return t.kept.String()
}
