-- +goose Up
-- Personal tags of the address that certificates are sent to. A tag suggests who sent a letter and never
-- proves it. Its owner is a personal number, or a member of staff whose number is not known.
CREATE TABLE forward_tag (
    tag        text PRIMARY KEY CHECK (tag ~ '^[a-z2-9]{4,12}$'),
    iin_hash   bytea CONSTRAINT forward_tag_iin UNIQUE,   -- keyed hash, as everywhere
    staff_id   uuid CONSTRAINT forward_tag_staff UNIQUE REFERENCES staff,
    created_at timestamptz NOT NULL,
    CONSTRAINT forward_tag_owner CHECK ((iin_hash IS NULL) <> (staff_id IS NULL))
);

-- What a message was answered, or why it was not: one row a message, written in one transaction with the
-- letter, so that a message is answered once however often its job runs.
CREATE TABLE reply_answer (
    message_id uuid PRIMARY KEY REFERENCES message ON DELETE CASCADE,
    recipient  text NOT NULL,                    -- whoever sent it, lower case
    name       text NOT NULL DEFAULT '',         -- as the message writes it
    staff_id   uuid REFERENCES staff,            -- whose the address is, when it is one person's
    lang       text NOT NULL CHECK (lang IN ('kk', 'ru', 'en')),
    cap        text NOT NULL DEFAULT '',         -- of the letter: see package notify
    silence    text NOT NULL DEFAULT '',         -- why nothing was written: the guard's code, or unasked
    heard      jsonb NOT NULL DEFAULT '{}',      -- what the guard must know of the message, for a later letter
    at         timestamptz NOT NULL
);
CREATE INDEX reply_answer_recipient ON reply_answer (recipient, at);

-- Of which certificates the sender of a message was told, and how they stood then.
CREATE TABLE reply_told (
    message_id     uuid NOT NULL REFERENCES reply_answer ON DELETE CASCADE,
    certificate_id uuid NOT NULL REFERENCES certificate ON DELETE CASCADE,
    waits          boolean NOT NULL,             -- a person had to decide
    decided_at     timestamptz,                  -- the sender knows how that ended
    at             timestamptz NOT NULL,
    PRIMARY KEY (message_id, certificate_id)
);
CREATE INDEX reply_told_waits ON reply_told (certificate_id) WHERE waits AND decided_at IS NULL;

-- Personal links of letters about a certificate. GET shows, POST uses up; taking the answer back opens the
-- link again.
CREATE TABLE reply_link (
    id             uuid PRIMARY KEY,
    token_hash     bytea NOT NULL CONSTRAINT reply_link_token UNIQUE,
    sort           text NOT NULL CHECK (sort IN ('answer', 'colleague', 'decided')),
    certificate_id uuid NOT NULL REFERENCES certificate ON DELETE CASCADE,
    message_id     uuid REFERENCES message ON DELETE CASCADE,  -- that brought the certificate; NULL in a letter to a colleague
    recipient      text NOT NULL,                -- lower case
    staff_id       uuid REFERENCES staff,        -- whose the address is, when it is one person's
    hint_id        uuid REFERENCES staff,        -- whom the personal tag suggests
    lang           text NOT NULL CHECK (lang IN ('kk', 'ru', 'en')),
    created_at     timestamptz NOT NULL,
    expires_at     timestamptz NOT NULL,
    answer         text NOT NULL DEFAULT '' CHECK (answer IN ('', 'yes', 'no', 'correct')),
    answered_at    timestamptz,
    decision_id    uuid,                         -- what the answer decided, in package review
    said_id        uuid,                         -- or what it left to the desk
    undone_at      timestamptz,                  -- the last time that an answer was taken back
    CONSTRAINT reply_link_answered CHECK ((answer = '') = (answered_at IS NULL))
);
CREATE UNIQUE INDEX reply_link_once ON reply_link (sort, certificate_id, recipient, message_id) NULLS NOT DISTINCT;
CREATE INDEX reply_link_certificate ON reply_link (certificate_id);

-- What somebody said of a certificate who may not decide about it: an address that nobody knows, or a
-- correction of the fields. It changes nothing; the desk sees it, and some of it opens a case.
CREATE TABLE review_said (
    id             uuid PRIMARY KEY,
    certificate_id uuid NOT NULL REFERENCES certificate ON DELETE CASCADE,
    said           text NOT NULL CHECK (said IN ('mine', 'not_mine', 'correct', 'right')),
    position       int NOT NULL DEFAULT 0,       -- of the author, 0: of the whole certificate
    author         text NOT NULL DEFAULT '',     -- the author's name as it stood then
    fields         jsonb NOT NULL DEFAULT '{}',  -- proposed ones, only those that differ
    note           text NOT NULL DEFAULT '',
    address        text NOT NULL,                -- who said it
    staff_id       uuid REFERENCES staff,        -- whose the address is, when it is one person's
    hint_id        uuid REFERENCES staff,        -- whom the personal tag suggests
    at             timestamptz NOT NULL,
    withdrawn_at   timestamptz,                  -- taken back by who said it
    closed_at      timestamptz,                  -- by the desk
    closed_by      text NOT NULL DEFAULT '',
    decision_id    uuid                          -- by which the desk followed it
);
CREATE INDEX review_said_certificate ON review_said (certificate_id, at);
CREATE INDEX review_said_open ON review_said (at) WHERE withdrawn_at IS NULL AND closed_at IS NULL;
