package filing

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"kualik/internal/audit"
	"kualik/internal/fault"
)

// looks are what a person can see was done with their data, oldest first: "action by whom".
func (w *world) looks(h *human) (list []string) {
	w.t.Helper()
	keys, err := w.accounts.Keys(context.Background(), h.who.ID)
	require.NoError(w.t, err)
	found, err := audit.Looks(context.Background(), w.pool, keys, "", 0, 100)
	require.NoError(w.t, err)
	for _, d := range slices.Backward(found) {
		name := d.ActorName
		if d.Actor == h.who.ID.String() {
			name = "own"
		}
		list = append(list, d.Action+" by "+name)
	}
	return list
}

func (w *world) open(who Who, id uuid.UUID, d Document) error {
	_, content, err := w.OpenDocument(context.Background(), who, id, d.ID)
	if err == nil {
		_, err = io.Copy(io.Discard, content)
		content.Close()
	}
	return err
}

// Everybody can be told who saw their number or their documents, and nobody is told of others'.
func TestWhoLookedAtMyData(t *testing.T) {
	w, ctx := newWorld(t), context.Background()
	filer, second, stranger := w.human("Сагитова Меруерт"), w.human("Куандыков Аскар"), w.human("Бектуров Даурен")
	id := w.complete(filer, second)
	v := w.view(filer, id)
	own, other := v.Participants[0].ID, v.Participants[1].ID
	copyOf := func(p uuid.UUID) Document {
		i := slices.IndexFunc(v.Documents, func(d Document) bool { return d.Kind == IdentityCopy && *d.Participant == p })
		return v.Documents[i]
	}
	require.Equal(t, []string{"filing.participant_add by " + filer.who.Name}, w.looks(second))
	for _, who := range []Who{filer.who, second.who, w.office} {
		_, err := w.RevealNumber(ctx, who, id, other)
		require.NoError(t, err)
	}
	require.NoError(t, w.open(w.office, id, copyOf(other)))
	require.NoError(t, w.open(second.who, id, copyOf(other)))
	require.Error(t, w.open(second.who, id, copyOf(own)), "another's")
	require.NoError(t, w.open(w.office, id, copyOf(own)))
	require.Equal(t, []string{"filing.participant_add by " + filer.who.Name, "filing.reveal_number by " + filer.who.Name, "filing.reveal_number by own",
		"filing.reveal_number by Отдел науки", "filing.open_document by Отдел науки", "filing.open_document by own"}, w.looks(second))
	require.Equal(t, []string{"filing.open_document by Отдел науки"}, w.looks(filer))

	// A statement tells of all of them; its pages, shown one after the other, are one look.
	statement := w.form(filer, id)
	for range 3 {
		_, _, err := w.OpenStatement(ctx, w.office, id, statement.ID)
		require.NoError(t, err)
	}
	w.clock.Advance(oneLook + time.Minute)
	_, _, err := w.OpenStatement(ctx, w.office, id, uuid.Nil)
	require.NoError(t, err)
	for _, h := range []*human{filer, second} {
		list := w.looks(h)
		require.Equal(t, []string{"filing.open_statement by Отдел науки", "filing.open_statement by Отдел науки"}, list[len(list)-2:], h.who.Name)
	}
	require.Empty(t, w.looks(stranger))
	require.Zero(t, w.count(`SELECT count(*) FROM audit WHERE persons::text ~ '[^0-9a-f][0-9]{12}[^0-9a-f]'`))
}

// A document about paying less is the filer's, a power of attorney tells of all who are named.
func TestWhoLookedAtOtherDocuments(t *testing.T) {
	w := newWorld(t)
	filer, second := w.human("Сагитова Меруерт"), w.human("Куандыков Аскар")
	id := w.complete(filer, second)
	for _, k := range []DocumentKind{ReductionGround, PowerOfAttorney} {
		d, err := w.Attach(context.Background(), filer.who, id, Upload{Kind: k, Filename: "x.pdf", Content: strings.NewReader("%PDF-1.4 " + string(k))})
		require.NoError(t, err)
		require.NoError(t, w.open(w.office, id, Document{ID: d}))
	}
	require.Equal(t, []string{"filing.open_document by Отдел науки", "filing.open_document by Отдел науки"}, w.looks(filer))
	require.Equal(t, []string{"filing.participant_add by " + filer.who.Name, "filing.open_document by Отдел науки"}, w.looks(second))
}

// Copies of identity documents go some days after the end, whatever the end was, and not before; the row says
// when, and keeps the hash.
func TestIdentityCopiesAreDeletedAfterTheEnd(t *testing.T) {
	w, ctx := newWorld(t, func(o *Options) { o.IdentityDays = 90 }), context.Background()
	filer, second := w.human("Сагитова Меруерт"), w.human("Куандыков Аскар")
	goesOn, ends := w.complete(filer, second), w.complete(filer, second)
	w.identity(filer, ends, w.view(filer, ends).Participants[1].ID) // in the place of an earlier one: that goes too
	w.form(filer, ends)
	w.pay(filer, ends)
	w.submit(filer, ends)
	copies := func(id uuid.UUID) (list []Document) {
		v := w.view(filer, id)
		for _, d := range append(v.Documents, v.Replaced...) {
			if d.Kind == IdentityCopy {
				list = append(list, d)
			}
		}
		return list
	}
	files := w.count(`SELECT count(*) FROM filing_document WHERE filing_id = $1 AND kind = 'identity_copy'`, ends)
	require.Equal(t, 3, files)
	require.Equal(t, 90, w.view(filer, ends).IdentityDays)
	require.Nil(t, w.view(filer, ends).KeptUntil)
	w.clock.Advance(200 * 24 * time.Hour)
	n, err := w.EraseIdentityCopies(ctx)
	require.NoError(t, err)
	require.Zero(t, n, "no filing has ended")

	ended := w.clock.Now()
	require.NoError(t, w.Withdraw(ctx, filer.who, ends, "заявка не нужна"))
	require.Equal(t, ended.Add(90*24*time.Hour), *w.view(filer, ends).KeptUntil)
	w.clock.Advance(89 * 24 * time.Hour)
	n, err = w.EraseIdentityCopies(ctx)
	require.NoError(t, err)
	require.Zero(t, n, "not yet")
	require.NoError(t, w.open(w.office, ends, copies(ends)[0]))
	stored := w.stored()
	w.clock.Advance(25 * time.Hour)
	hashes := map[string]bool{}
	for _, d := range copies(ends) {
		hashes[d.SHA256] = true
	}
	n, err = w.EraseIdentityCopies(ctx)
	require.NoError(t, err)
	require.Equal(t, 3, n)
	require.Equal(t, stored-3, w.stored(), "the files are gone from the store")
	for _, d := range copies(ends) {
		require.True(t, d.ErasedAt.Equal(w.clock.Now()), d)
		require.True(t, hashes[d.SHA256], "the hash stays")
		require.ErrorIs(t, w.open(w.office, ends, d), errErased)
		require.True(t, fault.Is(w.open(filer.who, ends, d), fault.NotFound))
	}
	for _, d := range copies(goesOn) {
		require.Nil(t, d.ErasedAt)
		require.NoError(t, w.open(w.office, goesOn, d))
	}
	require.Contains(t, w.looks(second), "filing.identity_erased by ", "its owner can see that")
	require.Zero(t, w.count(`SELECT count(*) FROM audit WHERE action = 'filing.identity_erased' AND (note <> '' OR cardinality(persons) <> 1)`))
	n, err = w.EraseIdentityCopies(ctx)
	require.NoError(t, err)
	require.Zero(t, n, "once")
	require.NoError(t, w.formAgain(filer, goesOn), "the other application goes on")
}

// What another row names is not removed from the store; a process that is killed between the row and the file
// leaves an orphan, which the sweep of the store finds.
func TestErasedFileIsKeptWhereItIsNamed(t *testing.T) {
	w, ctx := newWorld(t, func(o *Options) { o.IdentityDays = 1 }), context.Background()
	filer := w.human("Сагитова Меруерт")
	a, b := w.complete(filer), w.complete(filer)
	_, err := w.pool.Exec(ctx, `UPDATE filing_document d SET file = x.file FROM filing_document x
		WHERE d.filing_id = $1 AND x.filing_id = $2 AND d.kind = 'identity_copy' AND x.kind = 'identity_copy'`, b, a)
	require.NoError(t, err)
	var file string
	require.NoError(t, w.pool.QueryRow(ctx, `SELECT file FROM filing_document WHERE filing_id = $1 AND kind = 'identity_copy'`, a).Scan(&file))
	c, err := w.DeleteConsequence(ctx, filer.who, a)
	require.NoError(t, err)
	require.NoError(t, w.Delete(ctx, filer.who, a, c.Confirm))
	content, _, err := w.o.Blobs.Open(ctx, file)
	require.NoError(t, err, "the other filing still has it")
	content.Close()
	c, err = w.DeleteConsequence(ctx, filer.who, b)
	require.NoError(t, err)
	require.NoError(t, w.Delete(ctx, filer.who, b, c.Confirm))
	_, _, err = w.o.Blobs.Open(ctx, file)
	require.Error(t, err)
	require.Zero(t, w.count(`SELECT count(*) FROM kept_file WHERE sha256 = $1`, file))
}

// stored counts the files of the store.
func (w *world) stored() (n int) {
	w.t.Helper()
	require.NoError(w.t, w.o.Blobs.Each(context.Background(), func(string, int64, time.Time) error { n++; return nil }))
	return n
}

func (w *world) formAgain(h *human, id uuid.UUID) error {
	_, err := w.FormStatement(context.Background(), h.who, id)
	if err != nil {
		return fmt.Errorf("form: %w", err)
	}
	return nil
}
