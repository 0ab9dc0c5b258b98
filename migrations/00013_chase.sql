-- +goose Up
-- Certificates that have not come. What is missing is never stored: it follows from applications and
-- certificates. Here stands what was written about it, and what people said of it.

-- One row a letter. A person has at most one reminder a day, a head at most one list a week, whoever works and
-- whatever is killed.
CREATE TABLE chase_letter (
    id         uuid PRIMARY KEY,
    sort       text NOT NULL CHECK (sort IN ('reminder', 'escalation')),
    person     text NOT NULL,            -- staff:ID, or iin:HASH of who is no member of staff; account:ID of a head
    name       text NOT NULL,
    recipient  text NOT NULL,
    lang       text NOT NULL,
    day        date NOT NULL,            -- of the letter; of an escalation the Monday of its week
    at         timestamptz NOT NULL,
    actor      text NOT NULL,            -- account id, or 'system', or 'cli'
    actor_name text NOT NULL DEFAULT '',
    CONSTRAINT chase_letter_once UNIQUE (sort, person, day)
);

-- What the letter listed.
CREATE TABLE chase_line (
    letter_id    uuid NOT NULL REFERENCES chase_letter ON DELETE CASCADE,
    subject_kind text NOT NULL CHECK (subject_kind IN ('application', 'certificate')),
    subject_id   uuid NOT NULL,
    PRIMARY KEY (letter_id, subject_kind, subject_id)
);
CREATE INDEX chase_line_subject ON chase_line (subject_kind, subject_id);

-- What a person said: no certificate is to be expected, or not to be asked for before a day.
CREATE TABLE chase_mark (
    subject_kind text NOT NULL CHECK (subject_kind IN ('application', 'certificate')),
    subject_id   uuid NOT NULL,
    state        text NOT NULL CHECK (state IN ('not_expected', 'snoozed')),
    until        date,                   -- the first day on which it is asked for again
    reason       text NOT NULL DEFAULT '', -- a code
    note         text NOT NULL DEFAULT '',
    at           timestamptz NOT NULL,
    actor        text NOT NULL,
    actor_name   text NOT NULL DEFAULT '',
    PRIMARY KEY (subject_kind, subject_id),
    CONSTRAINT chase_mark_until CHECK ((state = 'snoozed') = (until IS NOT NULL))
);

-- The days whose round is done; one that was cut off has no row and is gone on with.
CREATE TABLE chase_round (
    day         date PRIMARY KEY,
    at          timestamptz NOT NULL,
    reminders   int NOT NULL,
    escalations int NOT NULL
);
