-- +goose Up
-- Whoever comes with a signature may have no address, and is known by the personal number alone.
ALTER TABLE account DROP CONSTRAINT account_email_unique;
CREATE UNIQUE INDEX account_email_unique ON account (email) WHERE email <> '';
ALTER TABLE account DROP CONSTRAINT account_role_check;
ALTER TABLE account ADD CONSTRAINT account_role_check
    CHECK (role IN ('administrator', 'research_office', 'head_of_unit', 'faculty', 'author'));
ALTER TABLE account
    ADD COLUMN iin_sealed bytea,             -- AES-GCM, key of the installation
    ADD COLUMN iin_hash   bytea,             -- keyed hash, for look-up
    ADD CONSTRAINT account_iin_whole CHECK ((iin_sealed IS NULL) = (iin_hash IS NULL));
CREATE UNIQUE INDEX account_iin_unique ON account (iin_hash) WHERE iin_hash IS NOT NULL;
CREATE INDEX account_staff ON account (staff_id) WHERE staff_id IS NOT NULL;

-- How the person of a session proved who they are. Filing needs 'eds'; the others only look.
ALTER TABLE session ADD COLUMN means text NOT NULL DEFAULT 'link' CONSTRAINT session_means CHECK (means IN ('password', 'link', 'eds'));

-- What a person files with: from the certificate, from the state's registry, and typed.
CREATE TABLE profile (
    account_id         uuid PRIMARY KEY REFERENCES account ON DELETE CASCADE,
    surname            text NOT NULL DEFAULT '',
    given_name         text NOT NULL DEFAULT '',
    patronymic         text NOT NULL DEFAULT '',
    name_foreign       text NOT NULL DEFAULT '',
    birth_date         date,
    eapo_number        text NOT NULL DEFAULT '',
    organisation       text NOT NULL DEFAULT '',
    bin                text NOT NULL DEFAULT '',
    head_name          text NOT NULL DEFAULT '',
    head_iin_sealed    bytea,
    reduction          boolean NOT NULL DEFAULT false,  -- has a ground for paying less
    reduction_ground   text NOT NULL DEFAULT '',
    reduction_file     text NOT NULL DEFAULT '',        -- file in the store, sealed: it tells of health and age
    reduction_filename text NOT NULL DEFAULT '',
    reduction_type     text NOT NULL DEFAULT '',
    reduction_size     bigint NOT NULL DEFAULT 0,
    country            text NOT NULL DEFAULT 'KZ',
    region             text NOT NULL DEFAULT '',
    postcode           text NOT NULL DEFAULT '',
    address            text NOT NULL DEFAULT '',
    phone              text NOT NULL DEFAULT '',
    fax                text NOT NULL DEFAULT '',
    email              text NOT NULL DEFAULT '',
    email_eds          text NOT NULL DEFAULT '',        -- the address in the certificate: letters go there first
    sources            jsonb NOT NULL DEFAULT '{}',     -- field -> eds, registry, iin; what is typed has none
    certificate_serial text NOT NULL DEFAULT '',        -- of the certificate that the fields came from
    refreshed_at       timestamptz,
    version            int NOT NULL DEFAULT 1,
    updated_at         timestamptz NOT NULL
);

-- Each question to the state's registry of persons, with the consent that it was asked by.
CREATE TABLE registry_lookup (
    id         uuid PRIMARY KEY,
    account_id uuid NOT NULL REFERENCES account ON DELETE CASCADE,
    consent_at timestamptz NOT NULL,
    asked_at   timestamptz NOT NULL,
    answered_at timestamptz,
    outcome    text NOT NULL DEFAULT 'asked' CHECK (outcome IN ('asked', 'found', 'unknown', 'refused', 'unavailable')),
    changed    text[] NOT NULL DEFAULT '{}'             -- names of the fields, not their values
);
CREATE INDEX registry_lookup_account ON registry_lookup (account_id, asked_at);

-- Texts that were given out to be signed; each is good once.
CREATE TABLE challenge (
    id           uuid PRIMARY KEY,
    purpose      text NOT NULL,
    host         text NOT NULL,
    binding_hash bytea NOT NULL,                        -- of the cookie of the browser that asked
    content      bytea NOT NULL,
    created_at   timestamptz NOT NULL,
    expires_at   timestamptz NOT NULL,
    used_at      timestamptz
);
CREATE INDEX challenge_expires ON challenge (expires_at);

-- What the authority last said of a certificate, and the lists of revoked ones that it publishes.
CREATE TABLE revocation (
    certificate_sha256 text PRIMARY KEY,
    state              text NOT NULL CHECK (state IN ('good', 'revoked')),
    source             text NOT NULL CHECK (source IN ('ocsp', 'crl')),
    file               text NOT NULL,                   -- the answer or the list, in the store
    checked_at         timestamptz NOT NULL,
    good_until         timestamptz NOT NULL,            -- the answer is not used after this
    this_update        timestamptz NOT NULL,
    next_update        timestamptz,
    revoked_at         timestamptz
);
CREATE INDEX revocation_file ON revocation (file);
CREATE TABLE revocation_list (
    url         text PRIMARY KEY,
    file        text NOT NULL,
    fetched_at  timestamptz NOT NULL,
    this_update timestamptz NOT NULL,
    next_update timestamptz NOT NULL
);

-- A verified signature with all that proves it again without any network.
CREATE TABLE signature (
    id                 uuid PRIMARY KEY,
    subject_kind       text NOT NULL,
    subject_id         uuid NOT NULL,
    content_sha256     text NOT NULL,                   -- of the bytes that were signed
    content_size       bigint NOT NULL,
    attached           boolean NOT NULL,                -- the message held the content too
    cms_sha256         text NOT NULL,
    cms_file           text NOT NULL,                   -- sealed: the certificate in it names the personal number
    certificate_sha256 text NOT NULL,
    certificate_file   text NOT NULL,                   -- sealed
    issuer_file        text NOT NULL DEFAULT '',
    iin_sealed         bytea NOT NULL,
    iin_hash           bytea NOT NULL,
    name               text NOT NULL,
    organisation       text NOT NULL DEFAULT '',
    bin                text NOT NULL DEFAULT '',
    roles              text[] NOT NULL,
    algorithm          text NOT NULL,
    key_usage          text NOT NULL,
    serial             text NOT NULL,
    not_before         timestamptz NOT NULL,
    not_after          timestamptz NOT NULL,
    claimed_at         timestamptz,                     -- the signer's own clock
    verified_at        timestamptz NOT NULL,
    revocation_state   text NOT NULL CHECK (revocation_state IN ('good', 'unreachable', 'unknown')),
    revocation_source  text NOT NULL DEFAULT '',
    revocation_at      timestamptz,
    revocation_file    text NOT NULL DEFAULT '',
    kept_at            timestamptz NOT NULL,
    CONSTRAINT signature_once UNIQUE (subject_kind, subject_id, content_sha256, iin_hash)
);
CREATE INDEX signature_iin ON signature (iin_hash, kept_at);

-- The files of the store that signatures and profiles need; the sweep and the backup ask this.
CREATE VIEW signing_file AS
SELECT cms_file AS sha256 FROM signature
UNION SELECT certificate_file FROM signature
UNION SELECT issuer_file FROM signature WHERE issuer_file <> ''
UNION SELECT revocation_file FROM signature WHERE revocation_file <> ''
UNION SELECT file FROM revocation
UNION SELECT file FROM revocation_list
UNION SELECT reduction_file FROM profile WHERE reduction_file <> '';
