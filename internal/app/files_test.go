package app_test

import (
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"kualik/internal/postgres/pgtest"
)

// TestEveryTableWithFilesIsKnownToTheSweep finds the columns that name files of the store, and wants each to
// stand in the view by which the sweep spares files, or among those that are known to name none of their own.
func TestEveryTableWithFilesIsKnownToTheSweep(t *testing.T) {
	elsewhere := map[string]string{
		"document.sha256":                "of an attachment",
		"document_check.sha256":          "of an attachment",
		"receipt.attachment_sha256":      "of an attachment",
		"snapshot.sha256":                "of what stands in the row",
		"challenge.sha256":               "of what stands in the row",
		"signature.content_sha256":       "the statement has it",
		"signature.cms_sha256":           "of the bytes before they were sealed",
		"signature.certificate_sha256":   "of the bytes before they were sealed",
		"revocation.certificate_sha256":  "the certificate's name",
		"filing_document.sha256":         "of the bytes before they were sealed",
		"filing_statement.sha256":        "of the bytes before they were sealed",
		"filing_submission.cms_sha256":   "of the bytes before they were sealed",
		"filing_submission.content_file": "the statement has it",
		"filing_answer.sha256":           "of a document",
		"filing_letter_file.sha256":      "of the bytes before they were sealed",
		"filing_receipt.sha256":          "of the bytes before they were sealed",
	}
	pool := pgtest.New(t)
	rows, err := pool.Query(t.Context(), `
		SELECT c.table_name || '.' || c.column_name FROM information_schema.columns c
		JOIN information_schema.tables t USING (table_schema, table_name)
		WHERE c.table_schema = 'public' AND t.table_type = 'BASE TABLE' AND c.data_type = 'text'
		  AND (c.column_name LIKE '%sha256' OR c.column_name LIKE '%file') ORDER BY 1`)
	require.NoError(t, err)
	columns, err := pgx.CollectRows(rows, pgx.RowTo[string])
	require.NoError(t, err)
	require.Greater(t, len(columns), 10)
	var views string
	require.NoError(t, pool.QueryRow(t.Context(), `SELECT string_agg(view_definition, ' ') FROM information_schema.views
		WHERE table_schema = 'public' AND table_name LIKE '%_file'`).Scan(&views))
	for _, column := range columns {
		if elsewhere[column] == "" && !strings.Contains(views, column) {
			t.Errorf("%s: does it name a file of the store? Then the view kept_file must know it", column)
		}
	}
}
