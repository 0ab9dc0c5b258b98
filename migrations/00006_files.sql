-- +goose Up
-- Every file of the store that the data need. Whoever keeps a file in a new table adds it here: what no row
-- of this view names is swept, and a backup is not whole without what it names.
CREATE VIEW kept_file AS
SELECT sha256 FROM message WHERE sha256 <> ''
UNION ALL SELECT sha256 FROM attachment
UNION ALL SELECT document_sha256 FROM certificate WHERE document_sha256 <> ''
UNION ALL SELECT sha256 FROM report
UNION ALL SELECT a ->> 'sha256' FROM letter, jsonb_array_elements(attachments) a
UNION ALL SELECT sha256 FROM signing_file
UNION ALL SELECT sha256 FROM filing_file;
