-- +goose Up
-- The institution's own register: certificates, their versions, and extracts from it.

-- Numbers come from here, in the transaction that uses them: without gaps, whoever comes at once.
CREATE TABLE issuing_counter (
    name text PRIMARY KEY,                   -- 'certificate', or 'extract:2026'
    last bigint NOT NULL
);

-- One row a number of the register, for ever. One that was not used says why: a gap is explained or it is not there.
CREATE TABLE issuing_number (
    n           bigint PRIMARY KEY,
    filing_id   uuid NOT NULL,               -- of package filing
    at          timestamptz NOT NULL,
    given_up_at timestamptz,
    given_up_by text NOT NULL DEFAULT '',
    reason      text NOT NULL DEFAULT '',
    CONSTRAINT issuing_number_reason CHECK ((given_up_at IS NULL) = (reason = ''))
);
CREATE UNIQUE INDEX issuing_number_filing ON issuing_number (filing_id) WHERE given_up_at IS NULL;

-- A version of a certificate. What is printed stands here, so that it can be drawn again.
CREATE TABLE issuing_entry (
    id             uuid PRIMARY KEY,
    n              bigint NOT NULL REFERENCES issuing_number,
    version        int NOT NULL CHECK (version > 0),
    filing_id      uuid NOT NULL,
    state          text NOT NULL CHECK (state IN ('pending', 'valid', 'replaced', 'annulled', 'given_up')),
    registered_on  date NOT NULL,            -- of the number: the same in all versions
    issued_on      date NOT NULL,            -- of this version
    application_no text NOT NULL,            -- incoming number, 2026-418
    filed_on       date,
    title          text NOT NULL,
    kind           text NOT NULL,            -- code of package kind, or words
    created_on     date,
    authors        jsonb NOT NULL,           -- all, in order; hidden ones are printed nowhere
    office         text NOT NULL,            -- who issues, as printed
    token          text NOT NULL CONSTRAINT issuing_entry_token UNIQUE, -- public name, in the address and the QR code
    cause          text NOT NULL DEFAULT '' CHECK (cause IN ('', 'technical_error', 'change')),
    reason         text NOT NULL DEFAULT '', -- of this version, in words
    prepared_at    timestamptz NOT NULL,
    prepared_by    text NOT NULL,
    attempts       int NOT NULL DEFAULT 0,
    failure        text NOT NULL DEFAULT '', -- why it is not sealed yet
    sealed_at      timestamptz,
    seal           text NOT NULL DEFAULT '', -- serial number of the seal's certificate
    sha256         text NOT NULL DEFAULT '', -- of the sealed PDF, in the store
    size           bigint NOT NULL DEFAULT 0,
    ended_at       timestamptz,              -- replaced, annulled or given up
    ended_by       text NOT NULL DEFAULT '',
    end_reason     text NOT NULL DEFAULT '',
    search         text NOT NULL,
    CONSTRAINT issuing_entry_version UNIQUE (n, version),
    CONSTRAINT issuing_entry_cause CHECK ((version = 1) = (cause = '')),
    CONSTRAINT issuing_entry_sealed CHECK (state IN ('pending', 'given_up') = (sealed_at IS NULL) AND (sealed_at IS NULL) = (sha256 = '')),
    CONSTRAINT issuing_entry_ended CHECK (state IN ('pending', 'valid') = (ended_at IS NULL))
);
CREATE UNIQUE INDEX issuing_entry_pending ON issuing_entry (n) WHERE state = 'pending';
CREATE UNIQUE INDEX issuing_entry_valid ON issuing_entry (n) WHERE state = 'valid';
CREATE INDEX issuing_entry_filing ON issuing_entry (filing_id, n, version);
CREATE INDEX issuing_entry_sha256 ON issuing_entry (sha256) WHERE sha256 <> '';
CREATE INDEX issuing_entry_search ON issuing_entry USING gin (search gin_trgm_ops);

-- An extract from the register, made once for a petition. It says how the record stood when it was prepared.
CREATE TABLE issuing_extract (
    id             uuid PRIMARY KEY,
    year           int NOT NULL,
    n              bigint NOT NULL,
    filing_id      uuid NOT NULL CONSTRAINT issuing_extract_filing UNIQUE, -- the petition
    entry_id       uuid NOT NULL REFERENCES issuing_entry,
    entry_state    text NOT NULL,
    entry_versions jsonb NOT NULL,           -- the record's versions at that time
    application_no text NOT NULL,
    recipient      text NOT NULL,
    purpose        text NOT NULL,
    lang           text NOT NULL CHECK (lang IN ('kk', 'ru')),
    issued_on      date NOT NULL,
    office         text NOT NULL,
    token          text NOT NULL CONSTRAINT issuing_extract_token UNIQUE,
    prepared_at    timestamptz NOT NULL,
    prepared_by    text NOT NULL,
    attempts       int NOT NULL DEFAULT 0,
    failure        text NOT NULL DEFAULT '',
    sealed_at      timestamptz,
    seal           text NOT NULL DEFAULT '',
    sha256         text NOT NULL DEFAULT '',
    size           bigint NOT NULL DEFAULT 0,
    CONSTRAINT issuing_extract_number UNIQUE (year, n),
    CONSTRAINT issuing_extract_sealed CHECK ((sealed_at IS NULL) = (sha256 = ''))
);
CREATE INDEX issuing_extract_sha256 ON issuing_extract (sha256) WHERE sha256 <> '';

-- The files of the store that the register needs.
CREATE VIEW issuing_file AS
SELECT issuing_entry.sha256 FROM issuing_entry WHERE issuing_entry.sha256 <> ''
UNION SELECT issuing_extract.sha256 FROM issuing_extract WHERE issuing_extract.sha256 <> '';

-- kept_file as it is, and these.
-- +goose StatementBegin
DO $$
BEGIN
    EXECUTE 'CREATE OR REPLACE VIEW kept_file AS ' || rtrim(pg_get_viewdef('kept_file'::regclass), '; ') || ' UNION ALL SELECT sha256 FROM issuing_file';
END
$$;
-- +goose StatementEnd
