-- +goose Up
CREATE EXTENSION IF NOT EXISTS pg_trgm;

-- The university's own settings that are changed on pages, one row a setting.
CREATE TABLE setting (
    name       text PRIMARY KEY,
    value      jsonb NOT NULL,
    changed_at timestamptz NOT NULL
);

-- Who did what; never changed, never deleted. before and after hold no personal number.
CREATE TABLE audit (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at           timestamptz NOT NULL,
    actor        text NOT NULL,          -- account id, or 'system', or 'cli'
    actor_name   text NOT NULL DEFAULT '',
    action       text NOT NULL,          -- 'review.accept', 'rating.rules', …
    subject_kind text NOT NULL,          -- 'certificate', 'message', 'account', …
    subject_id   text NOT NULL,
    before       jsonb NOT NULL DEFAULT '{}',
    after        jsonb NOT NULL DEFAULT '{}',
    note         text NOT NULL DEFAULT ''
);
CREATE INDEX audit_subject ON audit (subject_kind, subject_id, id);
CREATE INDEX audit_at ON audit (at);

-- Directory -----------------------------------------------------------------
CREATE TABLE staff (
    id            uuid PRIMARY KEY,
    staff_id      text NOT NULL CONSTRAINT staff_staff_id_unique UNIQUE,
    iin_sealed    bytea,                 -- AES-GCM, key of the installation
    iin_hash      bytea,                 -- keyed hash, for look-up
    surname       text NOT NULL,
    given_name    text NOT NULL,
    patronymic    text NOT NULL DEFAULT '',
    other_names   text[] NOT NULL DEFAULT '{}',
    emails        text[] NOT NULL DEFAULT '{}',   -- lower case
    faculty       text NOT NULL DEFAULT '',
    department    text NOT NULL DEFAULT '',
    programme     text NOT NULL DEFAULT '',
    position      text NOT NULL DEFAULT '',
    employed_from date,
    employed_to   date,
    name_keys     text[] NOT NULL DEFAULT '{}',   -- folded keys of every surname the person goes by
    search        text NOT NULL DEFAULT '',       -- folded text for the search box
    absent        boolean NOT NULL DEFAULT false, -- not in the last file imported
    created_at    timestamptz NOT NULL,
    updated_at    timestamptz NOT NULL
);
CREATE INDEX staff_name_keys ON staff USING gin (name_keys);
CREATE INDEX staff_iin_hash ON staff (iin_hash);
CREATE INDEX staff_emails ON staff USING gin (emails);
CREATE INDEX staff_search ON staff USING gin (search gin_trgm_ops);
CREATE INDEX staff_unit ON staff (faculty, department);

-- Applications, wherever they were filed --------------------------------------
CREATE TABLE application (
    id                      uuid PRIMARY KEY,
    origin                  text NOT NULL CHECK (origin IN ('imported', 'kualik')),
    application_ref         text NOT NULL,
    registry_application_no text NOT NULL DEFAULT '',
    title                   text NOT NULL DEFAULT '',
    kind                    text NOT NULL DEFAULT '',   -- a kind code; empty when unknown
    kind_text               text NOT NULL DEFAULT '',   -- as it was written
    created_on              date,
    filed_on                date,
    status                  text NOT NULL DEFAULT '',
    name_keys               text[] NOT NULL DEFAULT '{}',  -- folded surnames of its authors
    title_key               text NOT NULL DEFAULT '',      -- folded title, for trigrams
    search                  text NOT NULL DEFAULT '',
    absent                  boolean NOT NULL DEFAULT false,
    created_at              timestamptz NOT NULL,
    updated_at              timestamptz NOT NULL,
    CONSTRAINT application_ref_unique UNIQUE (origin, application_ref)
);
CREATE INDEX application_name_keys ON application USING gin (name_keys);
CREATE INDEX application_title_key ON application USING gin (title_key gin_trgm_ops);
CREATE INDEX application_search ON application USING gin (search gin_trgm_ops);
CREATE INDEX application_registry_no ON application (registry_application_no) WHERE registry_application_no <> '';

CREATE TABLE application_author (
    application_id uuid NOT NULL REFERENCES application ON DELETE CASCADE,
    position       int  NOT NULL,
    name           text NOT NULL,
    iin_sealed     bytea,
    iin_hash       bytea,
    PRIMARY KEY (application_id, position)
);
CREATE INDEX application_author_iin ON application_author (iin_hash);

-- Mail ------------------------------------------------------------------------
CREATE TABLE mailbox (
    name            text PRIMARY KEY,          -- user@host/folder
    origin          text NOT NULL CHECK (origin IN ('settings', 'page')),
    url_sealed      bytea NOT NULL,            -- its URL with the password, AES-GCM
    since           date,
    enabled         boolean NOT NULL DEFAULT true,
    uidvalidity     bigint NOT NULL DEFAULT 0,
    last_uid        bigint NOT NULL DEFAULT 0, -- every UID up to here has a row in message
    last_poll_at    timestamptz,               -- last attempt
    last_good_at    timestamptz,               -- last complete poll
    last_new        int NOT NULL DEFAULT 0,
    last_error      text NOT NULL DEFAULT '',  -- what the server said, verbatim
    failures        int NOT NULL DEFAULT 0,
    poll_after      timestamptz,               -- back-off
    created_at      timestamptz NOT NULL
);

CREATE TABLE message (
    id           uuid PRIMARY KEY,
    mailbox      text NOT NULL,                -- mailbox.name, or file:NAME, or web:ACCOUNT
    uidvalidity  bigint NOT NULL DEFAULT 0,
    uid          bigint NOT NULL DEFAULT 0,
    received_at  timestamptz NOT NULL,
    stored_at    timestamptz NOT NULL,
    sha256       text NOT NULL DEFAULT '',     -- of the raw bytes; empty while they could not be fetched
    size         bigint NOT NULL DEFAULT 0,
    message_id   text NOT NULL DEFAULT '',
    from_addr    text NOT NULL DEFAULT '',
    subject      text NOT NULL DEFAULT '',
    excerpt      text NOT NULL DEFAULT '',     -- first words of the body, for the desk
    outcome      text NOT NULL CHECK (outcome IN ('pending', 'certificates', 'quarantined', 'failed', 'nothing_found', 'duplicate')),
    reason       text NOT NULL DEFAULT '',     -- a code: scan, needs_ocr, password, damaged, link_only, …
    detail       text NOT NULL DEFAULT '',     -- the error verbatim, for the desk
    released     boolean NOT NULL DEFAULT false, -- a person has looked at the quarantined message and closed it
    attempts     int NOT NULL DEFAULT 0,
    try_after    timestamptz,                  -- when a failed one is tried again; NULL when given up
    decided_at   timestamptz
);
CREATE UNIQUE INDEX message_uid_unique ON message (mailbox, uidvalidity, uid) WHERE uid > 0;
CREATE UNIQUE INDEX message_first_sha ON message (sha256) WHERE sha256 <> '' AND outcome <> 'duplicate';
CREATE INDEX message_sha ON message (sha256);
CREATE INDEX message_outcome ON message (outcome, reason);
CREATE INDEX message_received ON message (received_at);

-- The parts of a message that may hold a document, also those inside archives and forwarded mails.
CREATE TABLE attachment (
    id           uuid PRIMARY KEY,
    message_id   uuid NOT NULL REFERENCES message ON DELETE CASCADE,
    position     int NOT NULL,
    path         text NOT NULL,                -- 2.1 or 2/1.3: where it stands in the message
    filename     text NOT NULL DEFAULT '',
    content_type text NOT NULL DEFAULT '',     -- by content, not as declared
    sha256       text NOT NULL,
    size         bigint NOT NULL,
    CONSTRAINT attachment_position_unique UNIQUE (message_id, position)
);
CREATE INDEX attachment_sha ON attachment (sha256);

-- What a reader made of a file; one row a file and version of the reader.
CREATE TABLE document (
    sha256         text NOT NULL,
    reader_version int  NOT NULL,
    verdict        text NOT NULL CHECK (verdict IN ('certificate', 'not_certificate', 'unreadable')),
    reason         text NOT NULL DEFAULT '',
    label          text NOT NULL DEFAULT '',   -- which negative: statement, abstract, receipt, patent, …
    readings       jsonb NOT NULL DEFAULT '[]',
    read_at        timestamptz NOT NULL,
    CONSTRAINT document_pkey PRIMARY KEY (sha256, reader_version)
);

-- Certificates ------------------------------------------------------------------
CREATE TABLE certificate (
    id                   uuid PRIMARY KEY,
    number               text NOT NULL DEFAULT '',   -- as printed
    number_key           text NOT NULL DEFAULT '',   -- without leading zeros
    registered_on        date,
    created_on           date,
    kind                 text NOT NULL DEFAULT '',
    kind_text            text NOT NULL DEFAULT '',
    title                text NOT NULL DEFAULT '',
    title_kk             text NOT NULL DEFAULT '',   -- the Kazakh half's title when it differs
    verification_url     text NOT NULL DEFAULT '',
    source               text NOT NULL CHECK (source IN ('text-layer', 'ocr', 'import', 'person')),
    confidence           jsonb NOT NULL DEFAULT '{}',
    places               jsonb NOT NULL DEFAULT '{}',  -- field -> where it stands in the document
    notes                text[] NOT NULL DEFAULT '{}', -- codes: halves_differ_number, registered_before_created, …
    document_sha256      text NOT NULL DEFAULT '',     -- the file that its fields were read from
    document_index       int  NOT NULL DEFAULT 0,      -- which certificate in that file
    provisional          boolean NOT NULL DEFAULT false, -- its key is not sure yet
    reading              text NOT NULL CHECK (reading IN ('sure', 'review', 'confirmed', 'rejected')),
    reading_reason       text NOT NULL DEFAULT '',
    not_ours             boolean NOT NULL DEFAULT false,
    merged_into          uuid REFERENCES certificate,
    application_decision text NOT NULL CHECK (application_decision IN ('auto', 'review', 'confirmed', 'none')),
    application_id       uuid REFERENCES application,
    application_human    boolean NOT NULL DEFAULT false,   -- decided by a person; a machine leaves it alone
    application_score    double precision NOT NULL DEFAULT 0,
    explanation          jsonb NOT NULL DEFAULT '{}',  -- candidates with the agreement of each field
    matcher_version      int NOT NULL DEFAULT 0,
    search               text NOT NULL DEFAULT '',
    version              int NOT NULL DEFAULT 1,       -- rises with every change; two operators never decide the same one unseen
    first_received_at    timestamptz NOT NULL,
    created_at           timestamptz NOT NULL,
    updated_at           timestamptz NOT NULL
);
CREATE UNIQUE INDEX certificate_key_unique ON certificate (number_key, registered_on)
    WHERE NOT provisional AND merged_into IS NULL AND reading <> 'rejected';
CREATE UNIQUE INDEX certificate_document_unique ON certificate (document_sha256, document_index)
    WHERE provisional AND merged_into IS NULL AND document_sha256 <> '';
CREATE INDEX certificate_registered ON certificate (registered_on);
CREATE INDEX certificate_search ON certificate USING gin (search gin_trgm_ops);
-- A machine gives an application to one certificate only, also when two are entered at once.
CREATE UNIQUE INDEX certificate_application_once ON certificate (application_id)
    WHERE application_decision = 'auto' AND merged_into IS NULL AND reading <> 'rejected';
CREATE INDEX certificate_application ON certificate (application_id);

CREATE TABLE certificate_author (
    certificate_id uuid NOT NULL REFERENCES certificate ON DELETE CASCADE,
    position       int  NOT NULL,                    -- order as printed, from 1
    name           text NOT NULL,
    staff_id       uuid REFERENCES staff,
    decision       text NOT NULL CHECK (decision IN ('auto', 'review', 'confirmed', 'not_staff')),
    human          boolean NOT NULL DEFAULT false,   -- decided by a person; a machine leaves it alone
    score          double precision NOT NULL DEFAULT 0,
    explanation    jsonb NOT NULL DEFAULT '{}',
    PRIMARY KEY (certificate_id, position)
);
CREATE INDEX certificate_author_staff ON certificate_author (staff_id);

-- One row for each message that brought a certificate.
CREATE TABLE receipt (
    certificate_id    uuid NOT NULL REFERENCES certificate ON DELETE CASCADE,
    message_id        uuid NOT NULL REFERENCES message ON DELETE CASCADE,
    attachment_sha256 text NOT NULL,
    filename          text NOT NULL DEFAULT '',
    received_at       timestamptz NOT NULL,
    PRIMARY KEY (certificate_id, message_id)
);
CREATE INDEX receipt_message ON receipt (message_id);

-- Which messages brought a certificate: those of the copies merged into it too, and messages whose raw
-- bytes are those of such a message.
CREATE VIEW received AS
SELECT DISTINCT ON (certificate_id, message_id)
    coalesce(c.merged_into, c.id) AS certificate_id, m.id AS message_id, m.sha256 AS message_sha256,
    coalesce(nullif(m.message_id, ''), o.message_id) AS message_header_id,
    coalesce(nullif(m.from_addr, ''), o.from_addr) AS from_addr,
    r.attachment_sha256, r.filename, m.received_at, m.stored_at
FROM receipt r
JOIN certificate c ON c.id = r.certificate_id
JOIN message o ON o.id = r.message_id
JOIN message m ON m.id = o.id OR (m.sha256 = o.sha256 AND m.outcome = 'duplicate' AND o.sha256 <> '')
ORDER BY certificate_id, message_id, (c.merged_into IS NOT NULL);

-- A human "no" is remembered: this pair is never proposed again.
CREATE TABLE refusal (
    certificate_id uuid NOT NULL REFERENCES certificate ON DELETE CASCADE,
    kind           text NOT NULL CHECK (kind IN ('application', 'staff', 'same_as')),
    subject_id     uuid NOT NULL,
    position       int NOT NULL DEFAULT 0,           -- of the author, for kind staff
    at             timestamptz NOT NULL,
    actor          text NOT NULL,
    PRIMARY KEY (certificate_id, kind, position, subject_id)
);

-- A person's decisions, in order, with what is needed to undo them.
CREATE TABLE decision (
    id             uuid PRIMARY KEY,
    at             timestamptz NOT NULL,
    actor          text NOT NULL,
    actor_name     text NOT NULL DEFAULT '',
    action         text NOT NULL,
    certificate_id uuid REFERENCES certificate ON DELETE CASCADE,
    message_id     uuid REFERENCES message ON DELETE CASCADE,
    before         jsonb NOT NULL,
    after          jsonb NOT NULL,
    undone_at      timestamptz
);
CREATE INDEX decision_actor ON decision (actor, at);
CREATE INDEX decision_certificate ON decision (certificate_id, at);

-- Who has a case of the desk open.
CREATE TABLE review_presence (
    subject_id uuid NOT NULL,
    account_id uuid NOT NULL,
    name       text NOT NULL,
    seen_at    timestamptz NOT NULL,
    PRIMARY KEY (subject_id, account_id)
);
CREATE TABLE review_later (
    subject_id uuid PRIMARY KEY,
    until      timestamptz NOT NULL,
    account_id uuid NOT NULL
);

-- Rating ------------------------------------------------------------------------
CREATE TABLE rule_set (
    version    int PRIMARY KEY,
    rules      jsonb NOT NULL,
    note       text NOT NULL DEFAULT '',
    author     text NOT NULL DEFAULT '',
    created_at timestamptz NOT NULL
);
CREATE TABLE snapshot (
    id           uuid PRIMARY KEY,
    period_from  date NOT NULL,
    period_to    date NOT NULL,
    rule_version int NOT NULL REFERENCES rule_set,
    sha256       text NOT NULL CONSTRAINT snapshot_content_unique UNIQUE, -- of period, rules and data
    data         bytea NOT NULL,        -- gzip of the canonical JSON
    sealed_at    timestamptz NOT NULL
);
CREATE TABLE report (
    id            uuid PRIMARY KEY,
    snapshot_id   uuid NOT NULL REFERENCES snapshot,
    lang          text NOT NULL CHECK (lang IN ('kk', 'ru', 'en')),
    filename      text NOT NULL,
    sha256        text NOT NULL,         -- of the workbook in the blob store
    size          bigint NOT NULL,
    made_by       text NOT NULL,         -- account, 'schedule', 'cli'
    schedule_id   uuid,
    created_at    timestamptz NOT NULL
);
CREATE INDEX report_created ON report (created_at);

-- Schedules ----------------------------------------------------------------------
CREATE TABLE schedule (
    id             uuid PRIMARY KEY,
    name           text NOT NULL,
    work           text NOT NULL,         -- what it starts: 'rating_report'
    args           jsonb NOT NULL DEFAULT '{}',  -- period expression, language, recipients
    cron           text NOT NULL,
    time_zone      text NOT NULL,
    paused         boolean NOT NULL DEFAULT false,
    accounted_to   timestamptz NOT NULL,  -- every occurrence up to here has a row
    created_at     timestamptz NOT NULL,
    updated_at     timestamptz NOT NULL
);
CREATE TABLE occurrence (
    schedule_id uuid NOT NULL REFERENCES schedule ON DELETE CASCADE,
    at          timestamptz NOT NULL,
    state       text NOT NULL CHECK (state IN ('due', 'done', 'failed', 'skipped')),
    reason      text NOT NULL DEFAULT '',
    manual      boolean NOT NULL DEFAULT false,
    result_id   uuid,
    started_at  timestamptz,
    finished_at timestamptz,
    PRIMARY KEY (schedule_id, at)
);

-- Outgoing mail ---------------------------------------------------------------------
CREATE TABLE letter (
    id           uuid PRIMARY KEY,
    topic        text NOT NULL,
    recipient    text NOT NULL,
    about        text NOT NULL,            -- what it is about: with topic and recipient the letter's key
    lang         text NOT NULL,
    subject      text NOT NULL,
    body_text    text NOT NULL,
    body_html    text NOT NULL DEFAULT '',
    attachments  jsonb NOT NULL DEFAULT '[]',  -- [{filename, content_type, sha256}]
    in_reply_to  text NOT NULL DEFAULT '',
    state        text NOT NULL CHECK (state IN ('waiting', 'sent', 'failed', 'held')),
    reason       text NOT NULL DEFAULT '',
    attempts     int NOT NULL DEFAULT 0,
    message_id   text NOT NULL DEFAULT '',
    created_at   timestamptz NOT NULL,
    sent_at      timestamptz,
    CONSTRAINT letter_once UNIQUE (topic, recipient, about)
);

-- Accounts ----------------------------------------------------------------------------
CREATE TABLE account (
    id            uuid PRIMARY KEY,
    email         text NOT NULL CONSTRAINT account_email_unique UNIQUE,  -- lower case
    name          text NOT NULL,
    role          text NOT NULL CHECK (role IN ('administrator', 'research_office', 'head_of_unit', 'faculty')),
    password_hash text NOT NULL DEFAULT '',
    staff_id      uuid REFERENCES staff,
    faculty       text NOT NULL DEFAULT '',   -- the unit of a head; department empty: the whole faculty
    department    text NOT NULL DEFAULT '',
    lang          text NOT NULL DEFAULT '',
    disabled      boolean NOT NULL DEFAULT false,
    created_at    timestamptz NOT NULL,
    last_login_at timestamptz
);
CREATE TABLE session (
    id_hash    bytea PRIMARY KEY,
    account_id uuid NOT NULL REFERENCES account ON DELETE CASCADE,
    csrf       text NOT NULL,
    created_at timestamptz NOT NULL,
    seen_at    timestamptz NOT NULL,
    expires_at timestamptz NOT NULL
);
CREATE TABLE login_link (
    token_hash bytea PRIMARY KEY,
    email      text NOT NULL,
    purpose    text NOT NULL CHECK (purpose IN ('login', 'reset')),
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    used_at    timestamptz
);
CREATE INDEX login_link_email ON login_link (email, created_at);
CREATE TABLE login_failure (
    email text NOT NULL,
    at    timestamptz NOT NULL
);
CREATE INDEX login_failure_email ON login_failure (email, at);
