package scheme

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"kualik/internal/fault"
	"kualik/internal/i18n"
	"kualik/internal/postgres/pgtest"
)

// The instruction shows three schemes; the first is in force. Others are added and put in force, and none
// ever changes: I-179.
func TestSchemesAreVersions(t *testing.T) {
	pool, ctx := pgtest.New(t), context.Background()
	list, err := List(ctx, pool)
	require.NoError(t, err)
	require.Len(t, list, 3)
	for _, s := range list {
		require.NoError(t, s.Check(), "version %d", s.Version)
		require.Len(t, s.Steps, 5)
		require.Equal(t, "certificate", s.Last().Code)
		require.Equal(t, "registration", s.Begin().Code)
		require.Equal(t, 1, s.Begin().Days, "one working day by law")
	}
	now, err := InForce(ctx, pool)
	require.NoError(t, err)
	require.Equal(t, 1, now.Version)
	step, ok := now.Step("examination")
	require.True(t, ok)
	require.Equal(t, "2–3 дня", step.SaidIn(i18n.RU), "the instruction's own words")

	own := now
	own.Name, own.Author, own.CreatedAt = "Без назначения", "Регистратор", time.Now()
	own.Steps = append(own.Steps[:2:2], own.Steps[3:]...)
	var wait sync.WaitGroup
	versions := make([]int, 4)
	for i := range versions {
		wait.Go(func() {
			err := pgx.BeginFunc(ctx, pool, func(tx pgx.Tx) (err error) {
				if versions[i], err = Add(ctx, tx, own); err == nil {
					err = PutInForce(ctx, tx, versions[i])
				}
				return err
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	wait.Wait()
	require.ElementsMatch(t, []int{4, 5, 6, 7}, versions)
	got, err := Get(ctx, pool, 4)
	require.NoError(t, err)
	require.Equal(t, own.Steps, got.Steps)
	now, err = InForce(ctx, pool)
	require.NoError(t, err)
	require.Equal(t, 7, now.Version, "whoever came last")
	_, err = Get(ctx, pool, 8)
	require.True(t, fault.Is(err, fault.NotFound))
	err = pgx.BeginFunc(ctx, pool, func(tx pgx.Tx) error { return PutInForce(ctx, tx, 8) })
	require.True(t, fault.Is(err, fault.NotFound))
	now, err = InForce(ctx, pool)
	require.NoError(t, err)
	require.Equal(t, 7, now.Version)
}

// The institute's words are found however they are written; words that nobody knows are nobody's.
func TestByWords(t *testing.T) {
	now, err := InForce(context.Background(), pgtest.New(t))
	require.NoError(t, err)
	for text, want := range map[string]string{"Экспертиза": "examination", " 4. ЭКСПЕРТИЗА ": "examination", "«Назначение  эксперта»": "appointment",
		"Сарапшы тағайындау": "appointment", "appointment of an expert": "appointment", "охранный документ.": "certificate", "registration": "registration",
		"Формальная экспертиза": "", "": "", "5": "", "Экспертиза завершена": ""} {
		step, ok := now.ByWords(text)
		require.Equal(t, want, step.Code, "%q", text)
		require.Equal(t, want != "", ok)
	}
}

// What is wrong with a scheme is found before it is stored.
func TestSchemesAreChecked(t *testing.T) {
	now, err := InForce(context.Background(), pgtest.New(t))
	require.NoError(t, err)
	for what, spoil := range map[string]func(*Scheme){
		"name":      func(s *Scheme) { s.Name = " " },
		"steps":     func(s *Scheme) { s.Steps = s.Steps[:2] },
		"code":      func(s *Scheme) { s.Steps[2].Code = s.Steps[1].Code },
		"turn":      func(s *Scheme) { s.Steps[3].Turn = "somebody" },
		"days":      func(s *Scheme) { s.Steps[3].Days = -1 },
		"words":     func(s *Scheme) { s.Steps[3].Words = []string{"регистрация"} },
		"step_name": func(s *Scheme) { s.Steps[4].Name = map[i18n.Lang]string{i18n.RU: "Документ"} },
	} {
		s := now
		s.Steps = append([]Step(nil), now.Steps...)
		spoil(&s)
		var f *fault.Error
		require.ErrorAs(t, s.Check(), &f, what)
		require.Equal(t, "filing.scheme.error."+what, f.Key)
		require.NotEqual(t, f.Key, i18n.T(i18n.KK, f.Key))
	}
	first := now
	first.Steps = append([]Step(nil), now.Steps...)
	first.Steps[0].Turn = Expert
	require.Error(t, first.Check(), "the first step is the applicant's")
}
