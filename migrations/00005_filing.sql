-- +goose Up
-- Numbers that people see come from here, in the transaction that uses them: without gaps, whoever comes at once.
CREATE TABLE filing_counter (
    name text PRIMARY KEY,                   -- 'draft', or 'incoming:2026'
    last bigint NOT NULL
);
INSERT INTO filing_counter (name, last) VALUES ('draft', 100000);

CREATE TABLE filing (
    id           uuid PRIMARY KEY,
    draft_no     bigint NOT NULL CONSTRAINT filing_draft_no_unique UNIQUE,
    service      text NOT NULL CHECK (service IN ('copyright_work', 'register_extract')),
    state        text NOT NULL CHECK (state IN ('draft', 'formed', 'paid', 'submitted', 'signed', 'expired', 'withdrawn', 'deleted')),
    owner        uuid NOT NULL REFERENCES account,
    filer_role   text NOT NULL CHECK (filer_role IN ('author', 'trusted_representative')),
    reduced      boolean NOT NULL,
    lang         text NOT NULL CHECK (lang IN ('kk', 'ru')),
    data         jsonb NOT NULL,             -- as typed, also while it is wrong
    version      int NOT NULL,               -- of data: a save from an older one is a conflict
    changed_by   text NOT NULL,
    changed_at   timestamptz NOT NULL,
    created_at   timestamptz NOT NULL,
    paid_at      timestamptz,                -- stays when the application is edited afterwards
    invoice_id   uuid,                       -- the paid one, in package payment
    incoming_no  text NOT NULL DEFAULT '',
    barcode      text NOT NULL DEFAULT '',
    submitted_at timestamptz,
    deadline     timestamptz,                -- of the other authors' signatures
    term_from    timestamptz,                -- when that term began
    signed_at    timestamptz,
    ended_at     timestamptz,
    end_reason   text NOT NULL DEFAULT '',
    search       text NOT NULL DEFAULT '',
    CONSTRAINT filing_numbered CHECK ((submitted_at IS NULL) = (incoming_no = '')),
    CONSTRAINT filing_money CHECK (state NOT IN ('paid', 'submitted', 'signed', 'expired') OR paid_at IS NOT NULL),
    CONSTRAINT filing_submitted CHECK (state NOT IN ('submitted', 'signed', 'expired') OR submitted_at IS NOT NULL)
);
CREATE INDEX filing_owner ON filing (owner, id);
CREATE INDEX filing_state ON filing (state, deadline);
CREATE INDEX filing_search ON filing USING gin (search gin_trgm_ops);

-- One row a number: what the counter gave is here, for ever, or the counter did not move.
CREATE TABLE filing_number (
    year      int NOT NULL,
    n         bigint NOT NULL,
    filing_id uuid NOT NULL CONSTRAINT filing_number_once UNIQUE REFERENCES filing,
    barcode   text NOT NULL CONSTRAINT filing_barcode_unique UNIQUE,
    at        timestamptz NOT NULL,
    PRIMARY KEY (year, n)
);

CREATE TABLE filing_participant (
    id            uuid PRIMARY KEY,
    filing_id     uuid NOT NULL REFERENCES filing,
    position      int NOT NULL,
    role          text NOT NULL CHECK (role IN ('applicant', 'author', 'patent_attorney', 'trusted_representative')),
    type          text NOT NULL CHECK (type IN ('individual', 'organisation')),
    filer         boolean NOT NULL,
    number_sealed bytea NOT NULL,            -- IIN or BIN: AES-GCM, key of the installation
    number_hash   bytea NOT NULL,            -- keyed hash, for look-up
    name          text NOT NULL,
    unmentioned   boolean NOT NULL,          -- not to be mentioned as author at publication
    country       text NOT NULL,
    city          text NOT NULL,
    address       text NOT NULL,
    postcode      text NOT NULL,
    phone         text NOT NULL,
    email         text NOT NULL,
    eds_at        timestamptz,               -- first seen here with EDS
    refusal       text NOT NULL DEFAULT '',  -- why their last signature was not taken
    refused_at    timestamptz,
    created_at    timestamptz NOT NULL,
    removed_at    timestamptz
);
CREATE UNIQUE INDEX filing_participant_once ON filing_participant (filing_id, number_hash) WHERE removed_at IS NULL;
CREATE UNIQUE INDEX filing_participant_filer ON filing_participant (filing_id) WHERE filer AND removed_at IS NULL;
CREATE INDEX filing_participant_number ON filing_participant (number_hash);

-- Personal links. GET shows, POST uses up.
CREATE TABLE filing_invitation (
    id             uuid PRIMARY KEY,
    participant_id uuid NOT NULL REFERENCES filing_participant,
    token_hash     bytea NOT NULL CONSTRAINT filing_invitation_token UNIQUE,
    sent_at        timestamptz NOT NULL,
    opened_at      timestamptz,
    used_at        timestamptz,
    expires_at     timestamptz NOT NULL,
    revoked_at     timestamptz
);
CREATE UNIQUE INDEX filing_invitation_one ON filing_invitation (participant_id) WHERE revoked_at IS NULL;

-- Whom a person named before.
CREATE TABLE filing_contact (
    id            uuid PRIMARY KEY,
    owner         uuid NOT NULL REFERENCES account ON DELETE CASCADE,
    type          text NOT NULL,
    number_sealed bytea NOT NULL,
    number_hash   bytea NOT NULL,
    name          text NOT NULL,
    country       text NOT NULL,
    city          text NOT NULL,
    address       text NOT NULL,
    postcode      text NOT NULL,
    phone         text NOT NULL,
    email         text NOT NULL,
    search        text NOT NULL,
    used_at       timestamptz NOT NULL,
    CONSTRAINT filing_contact_once UNIQUE (owner, number_hash)
);

CREATE TABLE filing_document (
    id             uuid PRIMARY KEY,
    filing_id      uuid NOT NULL REFERENCES filing,
    kind           text NOT NULL CHECK (kind IN ('work_copy', 'power_of_attorney', 'identity_copy', 'religious_expertise',
                                                 'reduction_ground', 'abstract', 'source_text', 'other')),
    participant_id uuid REFERENCES filing_participant,
    filename       text NOT NULL,
    content_type   text NOT NULL,            -- by content, not as declared
    sha256         text NOT NULL,            -- of the document's own bytes
    size           bigint NOT NULL,
    file           text NOT NULL,            -- in the store; another name than sha256 when it is sealed
    sealed         boolean NOT NULL,
    sheets         text NOT NULL,            -- as typed
    description    text NOT NULL,
    uploaded_at    timestamptz NOT NULL,
    uploaded_by    text NOT NULL,
    replaced_at    timestamptz,              -- another took its place, or it was taken out
    CONSTRAINT filing_document_identity CHECK (kind <> 'identity_copy' OR (participant_id IS NOT NULL AND sealed))
);
CREATE INDEX filing_document_filing ON filing_document (filing_id, id);
CREATE UNIQUE INDEX filing_document_identity_one ON filing_document (participant_id)
    WHERE kind = 'identity_copy' AND replaced_at IS NULL;
CREATE UNIQUE INDEX filing_document_work_one ON filing_document (filing_id) WHERE kind = 'work_copy' AND replaced_at IS NULL;

-- What the preflight found in a file, for the data that it was held against.
CREATE TABLE filing_check (
    document_id uuid PRIMARY KEY REFERENCES filing_document,
    asked_at    timestamptz NOT NULL,
    asked       text NOT NULL,               -- fingerprint of the data that it is held against
    checked_at  timestamptz,
    checked     text NOT NULL DEFAULT '',    -- the fingerprint that report answers
    failure     text NOT NULL DEFAULT '',
    attempts    int NOT NULL DEFAULT 0,
    report      jsonb NOT NULL DEFAULT '{}'
);

-- The author's answer to a doubt; it holds for the same file.
CREATE TABLE filing_answer (
    filing_id uuid NOT NULL REFERENCES filing,
    sha256    text NOT NULL,
    finding   text NOT NULL,
    answer    text NOT NULL,
    by_name   text NOT NULL,
    at        timestamptz NOT NULL,
    PRIMARY KEY (filing_id, sha256, finding)
);

-- Formed statements. What is shown and signed is the stored bytes; a void one stays.
CREATE TABLE filing_statement (
    id        uuid PRIMARY KEY,
    filing_id uuid NOT NULL REFERENCES filing,
    number    int NOT NULL,
    lang      text NOT NULL,
    sha256    text NOT NULL,                 -- of the bytes that are signed
    size      bigint NOT NULL,
    file      text NOT NULL,                 -- in the store, sealed: the statement names personal numbers
    version   int NOT NULL,                  -- of the data that it says
    formed_at timestamptz NOT NULL,
    formed_by text NOT NULL,
    voided_at timestamptz,
    voided_by text NOT NULL DEFAULT '',
    CONSTRAINT filing_statement_number UNIQUE (filing_id, number)
);
CREATE UNIQUE INDEX filing_statement_one ON filing_statement (filing_id) WHERE voided_at IS NULL;

CREATE TABLE filing_signature (
    statement_id   uuid NOT NULL REFERENCES filing_statement,
    participant_id uuid NOT NULL REFERENCES filing_participant,
    evidence_id    uuid NOT NULL,            -- in package signing
    at             timestamptz NOT NULL,
    CONSTRAINT filing_signature_once PRIMARY KEY (statement_id, participant_id)
);

-- A try to submit: written before anything is verified, so that one that was cut off is found.
CREATE TABLE filing_submission (
    id           uuid PRIMARY KEY,
    filing_id    uuid NOT NULL REFERENCES filing,
    statement_id uuid NOT NULL REFERENCES filing_statement,
    key          text NOT NULL,
    account_id   uuid NOT NULL,
    account_name text NOT NULL,
    cms_sha256   text NOT NULL,
    cms_file     text NOT NULL,              -- in the store, sealed
    state        text NOT NULL CHECK (state IN ('recorded', 'done', 'refused')),
    reason       text NOT NULL DEFAULT '',   -- message key of a refusal
    attempts     int NOT NULL DEFAULT 0,
    at           timestamptz NOT NULL,
    done_at      timestamptz,
    alarmed_at   timestamptz,                -- the office was told that it is stuck
    CONSTRAINT filing_submission_key UNIQUE (filing_id, key)
);
CREATE INDEX filing_submission_open ON filing_submission (at) WHERE state = 'recorded';

-- Reminders that went by themselves: one of a sort for each author and term.
CREATE TABLE filing_reminder (
    participant_id uuid NOT NULL REFERENCES filing_participant,
    deadline       timestamptz NOT NULL,
    sort           text NOT NULL CHECK (sort IN ('half', 'last_morning', 'asked')),
    day            date NOT NULL,            -- asked ones: one a day
    at             timestamptz NOT NULL,
    CONSTRAINT filing_reminder_once PRIMARY KEY (participant_id, deadline, sort, day)
);

-- Receipts of submissions, made after it and kept.
CREATE TABLE filing_receipt (
    filing_id uuid PRIMARY KEY REFERENCES filing,
    lang      text NOT NULL,
    sha256    text NOT NULL,
    size      bigint NOT NULL,
    file      text NOT NULL,
    made_at   timestamptz NOT NULL
);

-- Applications of the other kinds, filed at the institute itself.
CREATE TABLE filing_record (
    id           uuid PRIMARY KEY,
    owner        uuid NOT NULL REFERENCES account,
    kind         text NOT NULL CHECK (kind IN ('trademark', 'invention', 'selection_achievement', 'appellation_of_origin',
                                               'industrial_design', 'utility_model', 'integrated_circuit', 'commercialisation_contract')),
    number       text NOT NULL,
    title        text NOT NULL,
    participants text NOT NULL,
    filed_on     date,
    state        text NOT NULL CHECK (state IN ('preparing', 'filed', 'examination', 'granted', 'refused', 'withdrawn')),
    note         text NOT NULL,
    filename     text NOT NULL DEFAULT '',
    content_type text NOT NULL DEFAULT '',
    sha256       text NOT NULL DEFAULT '',
    size         bigint NOT NULL DEFAULT 0,
    version      int NOT NULL,
    created_at   timestamptz NOT NULL,
    updated_at   timestamptz NOT NULL,
    deleted_at   timestamptz
);
CREATE INDEX filing_record_owner ON filing_record (owner, kind) WHERE deleted_at IS NULL;
CREATE UNIQUE INDEX filing_record_number ON filing_record (owner, kind, number) WHERE number <> '' AND deleted_at IS NULL;

-- The files of the store that the filing needs; the sweep and the backup ask this.
CREATE VIEW filing_file AS
SELECT file AS sha256 FROM filing_document
UNION SELECT file FROM filing_statement
UNION SELECT cms_file FROM filing_submission
UNION SELECT file FROM filing_receipt
UNION SELECT sha256 FROM filing_record WHERE sha256 <> '';
