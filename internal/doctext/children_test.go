package doctext

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestMain is a test process, or the child of one.
func TestMain(m *testing.M) {
	if IsChild() {
		os.Exit(ServeChild())
	}
	if os.Getenv("KUALIK_TEST_PARENT") != "" {
		parentOfAnEndlessDocument()
	}
	os.Exit(m.Run())
}

// endlessPDF is a form that draws a form ten times that draws a form ten times …: a page that would take hours.
func endlessPDF() []byte {
	objects := []string{"<< /Type /Catalog /Pages 2 0 R >>", "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
		"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /XObject << /X 5 0 R >> >> >>", stream("", "/X Do")}
	const depth = 9
	for i := range depth {
		content := strings.Repeat("/X Do ", 10)
		if i == depth-1 {
			content = "0 0 1 1 re f"
		}
		objects = append(objects, stream(fmt.Sprintf("/Type /XObject /Subtype /Form /BBox [0 0 9 9] /Resources << /XObject << /X %d 0 R >> >>", i+6), content))
	}
	return pdfOf(objects...)
}

func goodPDF(line string) []byte { return textPDF("", words(60, 700, line)) }

const goodLine = "The next document is read as ever"

func isolated(t testing.TB, o Options) *Reader {
	o.Child = Itself()
	return newReader(t, o)
}

func TestChildrenReadAsThisProcessDoes(t *testing.T) {
	here, apart := newReader(t, Options{}), isolated(t, Options{})
	for name, data := range map[string][]byte{
		"pdf":     goodPDF(goodLine),
		"pages":   []byte("one\ftwo\f\fthree"),
		"nothing": {},
		"noise":   []byte("\x00\x01\x02"),
		"archive": zipOf(t, member{name: "a.txt", content: "text"}, member{name: "b.pdf", content: string(goodPDF("Some more words of text here"))},
			member{name: "c.zip", content: string(zipOf(t, member{name: "d", content: "deep"}))}, member{name: "e", content: "x", flags: flagEncrypted}),
		"docx": zipOf(t, member{name: "word/document.xml", content: `<w:document xmlns:w="w"><w:p><w:t>a b c</w:t></w:p></w:document>`}),
	} {
		require.Equal(t, read(t, here, data, false), read(t, apart, data, false), name)
	}
	want, err := here.Render(context.Background(), goodPDF(goodLine), 1, 50)
	require.NoError(t, err)
	got, err := apart.Render(context.Background(), goodPDF(goodLine), 1, 50)
	require.NoError(t, err)
	require.Equal(t, want, got)
	got, err = apart.Render(context.Background(), []byte("text"), 1, 50)
	require.NoError(t, err)
	require.Empty(t, got)
}

func TestDocumentThatTakesTooLongIsStopped(t *testing.T) {
	r := isolated(t, Options{Workers: 1})
	require.NoError(t, r.Warm())
	r.quick.limits.read, r.quick.limits.work = 700*time.Millisecond, 300*time.Millisecond
	start := time.Now()
	got := read(t, r, endlessPDF(), false)
	require.Less(t, time.Since(start), 5*700*time.Millisecond+time.Second)
	require.Equal(t, Limit, got.Reason)
	require.Equal(t, typePDF, got.Files[0].Type, "it is known what it was")
	require.Len(t, got.Files[0].SHA256, 64)
	picture, err := r.Render(context.Background(), endlessPDF(), 1, 72)
	require.NoError(t, err)
	require.Empty(t, picture)
	r.quick.limits.read, r.quick.limits.work = readTime, workTime
	got = read(t, r, goodPDF(goodLine), false)
	require.Empty(t, got.Reason, "the next has a new child")
	require.Equal(t, goodLine, got.Files[0].Pages[0].Text)
}

// What stands before and after a file that costs a child its life is read.
func TestOtherFilesOfAnArchiveAreRead(t *testing.T) {
	r := isolated(t, Options{Workers: 1})
	require.NoError(t, r.Warm())
	p := <-r.quick.slots
	r.quick.slots <- p
	r.quick.limits.memory, r.quick.limits.read = p.resident()+48<<20, time.Minute
	bomb := hugeTextPDF()
	got := read(t, r, zipOf(t, member{name: "a.pdf", content: string(goodPDF(goodLine))}, member{name: "b.pdf", content: string(bomb)},
		member{name: "c.zip", content: string(zipOf(t, member{name: "d.txt", content: "deep"}, member{name: "e.pdf", content: string(bomb)}))},
		member{name: "f.pdf", content: string(goodPDF("The very last of all of these documents"))}), false)
	require.Empty(t, got.Reason)
	var told []string
	for _, f := range got.Files {
		line := f.Name + " " + string(f.Reason)
		for _, p := range f.Pages {
			line += p.Text
		}
		told = append(told, line)
	}
	require.Equal(t, []string{"a.pdf " + goodLine, "b.pdf limit", "c.zip/d.txt deep", "c.zip/e.pdf limit", "f.pdf The very last of all of these documents"}, told)
}

// What there was no time for is not passed over in silence.
func TestRestOfAnArchiveIsNamed(t *testing.T) {
	r := isolated(t, Options{Workers: 1})
	require.NoError(t, r.Warm())
	r.quick.limits.read, r.quick.limits.work = 700*time.Millisecond, 300*time.Millisecond
	got := read(t, r, zipOf(t, member{name: "a.txt", content: "text"}, member{name: "b.pdf", content: string(endlessPDF())}, member{name: "c.txt", content: "text"}), false)
	require.Len(t, got.Files, 3)
	require.Equal(t, []Reason{"", Limit, Limit}, []Reason{got.Files[0].Reason, got.Files[1].Reason, got.Files[2].Reason})
	require.Equal(t, []string{"a.txt", "b.pdf", ""}, []string{got.Files[0].Name, got.Files[1].Name, got.Files[2].Name}, "the last is the archive")
}

// hugeTextPDF is a page of a few kilobytes with so much text that it fills the memory.
func hugeTextPDF() []byte {
	return onePage(flated(1, []byte(strings.Repeat("BT /F 11 Tf 60 700 Td ("+strings.Repeat("ab cd ", 5000)+") Tj ET\n", 100))))
}

// A child that is killed from outside was not killed by its document.
func TestLostChildIsReplaced(t *testing.T) {
	r := isolated(t, Options{Workers: 1})
	require.NoError(t, r.Warm())
	for range 3 {
		p := <-r.quick.slots
		p.signal()
		<-p.exited
		r.quick.slots <- p
		got := read(t, r, goodPDF(goodLine), false)
		require.Empty(t, got.Reason)
	}
}

func TestChildrenAreReplacedInTime(t *testing.T) {
	r := isolated(t, Options{Workers: 1})
	require.NoError(t, r.Warm())
	first := <-r.quick.slots
	first.documents = childDocuments - 1
	r.quick.slots <- first
	require.Empty(t, read(t, r, goodPDF(goodLine), false).Reason)
	<-first.exited
	require.Empty(t, read(t, r, goodPDF(goodLine), false).Reason)
	second := <-r.quick.slots
	require.NotEqual(t, first.cmd.Process.Pid, second.cmd.Process.Pid)
	r.quick.slots <- second
}

func TestCancellingEndsADocumentAtOnce(t *testing.T) {
	r := isolated(t, Options{Workers: 1})
	require.NoError(t, r.Warm())
	ctx, cancel := context.WithTimeout(context.Background(), 300*time.Millisecond)
	defer cancel()
	start := time.Now()
	_, err := r.Read(ctx, "a", endlessPDF(), ReadOptions{})
	require.ErrorIs(t, err, context.DeadlineExceeded)
	require.Less(t, time.Since(start), 3*time.Second)
}

func TestChildThatCannotStartIsAnError(t *testing.T) {
	for _, command := range [][]string{{"/no/such/program"}, {"/bin/false"}, {"/bin/echo", "hello"}} {
		r := newReader(t, Options{Child: command})
		_, err := r.Read(context.Background(), "a", []byte("text"), ReadOptions{})
		require.Error(t, err, command)
	}
}

// No secret of ours is in the environment of a process that reads what others have sent.
func TestChildIsToldNoSecrets(t *testing.T) {
	t.Setenv("KUALIK_SECRET_KEY", "s3cret")
	r := isolated(t, Options{Workers: 1})
	require.NoError(t, r.Warm())
	p := <-r.quick.slots
	defer func() { r.quick.slots <- p }()
	environment, err := os.ReadFile(fmt.Sprintf("/proc/%d/environ", p.cmd.Process.Pid))
	require.NoError(t, err)
	require.Contains(t, string(environment), "PATH=")
	require.NotContains(t, string(environment), "KUALIK")
}

// parentOfAnEndlessDocument says the number of its child and is busy with a document until it is killed.
func parentOfAnEndlessDocument() {
	r, err := NewReader(Options{CacheDir: SharedCache(os.TempDir()), Workers: 1, Child: Itself()})
	if err == nil {
		err = r.Warm()
	}
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	p := <-r.quick.slots
	fmt.Println(p.cmd.Process.Pid)
	r.quick.slots <- p
	r.quick.limits.read, r.quick.limits.work = time.Hour, time.Hour
	_, _ = r.Read(context.Background(), "a", endlessPDF(), ReadOptions{})
}

func TestChildDoesNotOutliveItsParent(t *testing.T) {
	parent := exec.Command("/proc/self/exe")
	parent.Env = append(os.Environ(), "KUALIK_TEST_PARENT=1")
	out, err := parent.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, parent.Start())
	var pid int
	_, err = fmt.Fscan(out, &pid)
	require.NoError(t, err)
	time.Sleep(200 * time.Millisecond) // it reads
	t.Cleanup(func() {
		if !gone(pid) {
			_ = syscall.Kill(pid, syscall.SIGKILL)
		}
	})
	require.NoError(t, syscall.Kill(pid, 0), "the child lives")
	require.NoError(t, parent.Process.Kill())
	_ = parent.Wait()
	require.Eventually(t, func() bool { return gone(pid) }, 5*time.Second, 20*time.Millisecond)
}

// gone tells whether a process is no more, or dead and waits for nobody.
func gone(pid int) bool {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return true
	}
	_, rest, _ := strings.Cut(string(stat), ") ")
	return strings.HasPrefix(rest, "Z")
}
