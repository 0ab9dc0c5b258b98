package doctext

import (
	"os/exec"
	"runtime"
	"syscall"

	"golang.org/x/sys/unix"
)

// What a program may use that is run over a document: bytes of data, seconds of a processor.
const (
	helperMemory  = 2 << 30
	helperSeconds = 60
)

// runTied runs a program to its end, within its memory and processor time; it does not outlive this process.
func runTied(cmd *exec.Cmd) error {
	// The kernel sends the death signal when the thread that started the program ends, not the process.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := cmd.Start(); err != nil {
		return err
	}
	// Should it be gone already, Wait says so.
	_ = unix.Prlimit(cmd.Process.Pid, unix.RLIMIT_DATA, &unix.Rlimit{Cur: helperMemory, Max: helperMemory}, nil)
	_ = unix.Prlimit(cmd.Process.Pid, unix.RLIMIT_CPU, &unix.Rlimit{Cur: helperSeconds, Max: helperSeconds}, nil)
	return cmd.Wait()
}
