-- +goose Up
-- What the desk knows of a submitted application beside the filing itself. The state of a case is not stored: it
-- follows from the filing's state and these facts, so that the two never say different things.
CREATE TABLE desk_case (
    filing_id     uuid PRIMARY KEY REFERENCES filing,
    version       int NOT NULL DEFAULT 1,    -- rises with every deed: one on an older version is a conflict
    opened_at     timestamptz NOT NULL,
    changed_at    timestamptz NOT NULL,
    changed_by    text NOT NULL DEFAULT '',
    statement     text NOT NULL DEFAULT '',  -- SHA-256 of the signed statement that the desk looks at
    answered_at   timestamptz,               -- the applicant's answer that nobody has looked at yet
    cabinet_no    text NOT NULL DEFAULT '',  -- recording: the number in the institute's cabinet
    registered_at timestamptz,
    registered_by text NOT NULL DEFAULT '',
    appointed_at  timestamptz,               -- the expert stands in the filing
    conclusion    text NOT NULL DEFAULT '' CHECK (conclusion IN ('', 'issue', 'refuse')),
    ground        text NOT NULL DEFAULT '',  -- proposed, of a refusal
    remarks       text NOT NULL DEFAULT '',  -- the expert's, for the desk only
    concluded_at  timestamptz,
    concluded_by  text NOT NULL DEFAULT '',
    issuing_at    timestamptz,               -- handed to the register, which draws and seals
    request       uuid REFERENCES filing_letter, -- after the issue: what the register is being corrected for
    CONSTRAINT desk_case_concluded CHECK ((conclusion = '') = (concluded_at IS NULL))
);
CREATE UNIQUE INDEX desk_case_cabinet_no ON desk_case (cabinet_no) WHERE cabinet_no <> '';

-- Applications that were on their way before there was a desk.
INSERT INTO desk_case (filing_id, opened_at, changed_at) SELECT id, signed_at, signed_at FROM filing WHERE state = 'signed';

-- The lists that registrar and expert go through: one answer an item, the last one.
CREATE TABLE desk_check (
    filing_id uuid NOT NULL REFERENCES desk_case,
    stage     text NOT NULL CHECK (stage IN ('registration', 'examination')),
    item      text NOT NULL,
    answer    text NOT NULL CHECK (answer IN ('yes', 'no', 'none')), -- none: does not concern this work
    note      text NOT NULL DEFAULT '',
    by_name   text NOT NULL,
    at        timestamptz NOT NULL,
    PRIMARY KEY (filing_id, stage, item)
);

-- What the institute's cabinet showed, when it was recorded, by whom and from what: the evidence of a step.
CREATE TABLE desk_record (
    id             uuid PRIMARY KEY,
    filing_id      uuid NOT NULL REFERENCES desk_case,
    at             timestamptz NOT NULL,
    by_name        text NOT NULL,            -- empty: the program, from a mail
    source         text NOT NULL CHECK (source IN ('hand', 'table', 'mail')),
    message_id     uuid REFERENCES message,  -- of a mail
    words          text NOT NULL,            -- as the cabinet writes it
    step           text NOT NULL,            -- code of the scheme; empty: the words are no step that is known
    shown_on       date,                     -- the day that the cabinet gives
    cabinet_no     text NOT NULL,
    registry_no    text NOT NULL,
    certificate_no text NOT NULL,
    certificate_on date,
    note           text NOT NULL DEFAULT ''
);
CREATE INDEX desk_record_filing ON desk_record (filing_id, id);
CREATE UNIQUE INDEX desk_record_message ON desk_record (message_id, filing_id) WHERE message_id IS NOT NULL;

-- How the institute's mails are known. Each change is a new version; the last one counts.
CREATE TABLE desk_pattern (
    id       uuid NOT NULL,
    version  int NOT NULL CHECK (version > 0),
    name     text NOT NULL,
    kind     text NOT NULL CHECK (kind IN ('step', 'certificate', 'query', 'refusal')),
    subject  text NOT NULL,
    body     jsonb NOT NULL,                 -- expressions, the first one must fit
    priority int NOT NULL,                   -- the lowest is asked first
    enabled  boolean NOT NULL,
    at       timestamptz NOT NULL,
    by_name  text NOT NULL,                  -- empty: it came with the program
    PRIMARY KEY (id, version)
);

-- A mail that a pattern knew, and what became of it. One row a mail, whoever takes it and how often.
CREATE TABLE desk_news (
    message_id      uuid PRIMARY KEY REFERENCES message,
    at              timestamptz NOT NULL,
    pattern_id      uuid NOT NULL,
    pattern_version int NOT NULL,
    kind            text NOT NULL,
    found           jsonb NOT NULL,          -- values by group
    filing_id       uuid REFERENCES filing,  -- to which it was found to belong, or a person said so
    outcome         text NOT NULL CHECK (outcome IN ('applied', 'known', 'waiting', 'decided', 'dismissed')),
    reason          text NOT NULL DEFAULT '', -- why it waits, or what the person said
    decided_at      timestamptz,
    decided_by      text NOT NULL DEFAULT '',
    FOREIGN KEY (pattern_id, pattern_version) REFERENCES desk_pattern (id, version)
);
CREATE INDEX desk_news_waiting ON desk_news (at) WHERE outcome = 'waiting';
CREATE INDEX desk_news_filing ON desk_news (filing_id);

-- The mornings of which the desk was told: once a day, however many processes run.
CREATE TABLE desk_digest (
    day     date PRIMARY KEY,
    at      timestamptz NOT NULL,
    letters int NOT NULL
);
