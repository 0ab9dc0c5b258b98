-- +goose Up
-- Letters -----------------------------------------------------------------------------
-- answer: it answers a message automatically (RFC 3834); cap: what of such answers one address gets one of in
-- a day, beside the topic; mail_references: the thread that it belongs to.
ALTER TABLE letter
    ADD COLUMN answer          boolean NOT NULL DEFAULT false,
    ADD COLUMN cap             text NOT NULL DEFAULT '',
    ADD COLUMN mail_references text NOT NULL DEFAULT '',
    DROP CONSTRAINT letter_state_check,
    ADD CONSTRAINT letter_state_check CHECK (state IN ('waiting', 'sent', 'failed', 'held', 'bounced'));
UPDATE letter SET answer = true WHERE in_reply_to <> '';
CREATE INDEX letter_answers ON letter (recipient, created_at) WHERE answer;
CREATE UNIQUE INDEX letter_message_id ON letter (message_id) WHERE message_id <> '';

-- One conversation with the mail server about a letter. It is 'begun' before anything is said to the server
-- and 'offered' before the dot that ends the letter: what stays 'begun' was not sent, and of what stays
-- 'offered' nobody can know. That is SMTP's own uncertainty (RFC 1047), and the only way in which a letter
-- goes twice, both times under the same Message-ID.
CREATE TABLE letter_attempt (
    letter_id uuid NOT NULL REFERENCES letter ON DELETE CASCADE,
    n         int NOT NULL,
    at        timestamptz NOT NULL,
    outcome   text NOT NULL CHECK (outcome IN ('begun', 'offered', 'taken', 'refused', 'later')),
    answer    text NOT NULL DEFAULT '',       -- the server's own words
    ended_at  timestamptz,                    -- NULL: the process died, or is at it now
    PRIMARY KEY (letter_id, n)
);

-- A report that a letter did not arrive; the message is the ledger's. The same report read again is one row.
CREATE TABLE letter_bounce (
    letter_id  uuid NOT NULL REFERENCES letter ON DELETE CASCADE,
    report     text NOT NULL,                 -- what brought it: the ledger's message, or the attempt
    recipient  text NOT NULL,                 -- of the letter; a report may name another, where mail is forwarded
    kind       text NOT NULL CHECK (kind IN ('hard', 'soft')),
    status     text NOT NULL DEFAULT '',      -- 5.1.1
    diagnostic text NOT NULL DEFAULT '',
    at         timestamptz NOT NULL,
    PRIMARY KEY (letter_id, report)
);
CREATE INDEX letter_bounce_recipient ON letter_bounce (recipient, at);

-- An address to which nothing is sent, until a person lifts it.
CREATE TABLE address_pause (
    id         uuid PRIMARY KEY,
    address    text NOT NULL,
    status     text NOT NULL DEFAULT '',
    diagnostic text NOT NULL DEFAULT '',
    letter_id  uuid REFERENCES letter ON DELETE SET NULL,
    paused_at  timestamptz NOT NULL,
    lifted_at  timestamptz,
    lifted_by  text NOT NULL DEFAULT ''
);
CREATE UNIQUE INDEX address_pause_now ON address_pause (address) WHERE lifted_at IS NULL;
