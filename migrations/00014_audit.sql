-- +goose Up
-- Whose data a deed touched, so that everybody can be told who looked at theirs: 'number:' with the keyed
-- hash of the personal number, 'account:' and 'staff:' with the id. No number stands in the clear.
ALTER TABLE audit ADD COLUMN persons text[] NOT NULL DEFAULT '{}';

-- What was looked at before this column was there.
UPDATE audit a SET persons = ARRAY['number:' || encode(p.number_hash, 'hex')]
FROM filing_participant p
WHERE a.action = 'filing.reveal_number' AND a.after ->> 'participant' = p.id::text AND p.type = 'individual';
UPDATE audit a SET persons = ARRAY['number:' || encode(p.number_hash, 'hex')]
FROM filing_document d JOIN filing_participant p ON p.id = d.participant_id
WHERE a.action = 'filing.open_document' AND a.after ->> 'document' = d.id::text AND d.kind = 'identity_copy';
UPDATE audit a SET persons = array_remove(ARRAY['number:' || encode(c.iin_hash, 'hex'), 'account:' || c.id], NULL)
FROM filing_document d JOIN filing f ON f.id = d.filing_id JOIN account c ON c.id = f.owner
WHERE a.action = 'filing.open_document' AND a.after ->> 'document' = d.id::text AND d.kind <> 'identity_copy';
UPDATE audit a SET persons = array_remove(ARRAY['number:' || encode(c.iin_hash, 'hex'), 'account:' || c.id], NULL)
FROM account c
WHERE a.action IN ('account.reveal_iin', 'account.profile_document_opened') AND a.subject_id = c.id::text;
UPDATE audit a SET persons = array_remove(ARRAY['number:' || encode(s.iin_hash, 'hex'), 'staff:' || s.id], NULL)
FROM staff s
WHERE a.action = 'staff.reveal_iin' AND a.subject_id = s.id::text;
CREATE INDEX audit_persons ON audit USING gin (persons) WHERE persons <> '{}';
CREATE INDEX audit_actor ON audit (actor, id);
CREATE INDEX audit_action ON audit (action, id);

-- The seals: row after row in one chain, each over what stands in the row and over the seal before it, made
-- with a key that is not in the database. n has no gap.
CREATE TABLE audit_link (
    n         bigint PRIMARY KEY,
    audit_id  bigint NOT NULL CONSTRAINT audit_link_once UNIQUE,
    sealed_at timestamptz NOT NULL,
    digest    bytea NOT NULL,            -- of what the row says
    own       bytea NOT NULL,            -- of the four columns above
    hash      bytea NOT NULL             -- of own and of the hash before it
);

-- Nothing of the two is changed or deleted, by whatever statement. Whoever may switch a trigger off gets
-- past this; that is what the seals are for.
-- +goose StatementBegin
CREATE FUNCTION audit_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation', CONSTRAINT = 'audit_append_only';
END $$;
-- +goose StatementEnd
CREATE TRIGGER audit_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit
    FOR EACH STATEMENT EXECUTE FUNCTION audit_append_only();
CREATE TRIGGER audit_link_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_link
    FOR EACH STATEMENT EXECUTE FUNCTION audit_append_only();

-- What the daily verification of the chain found.
CREATE TABLE audit_check (
    at     timestamptz PRIMARY KEY,
    whole  boolean NOT NULL,
    report jsonb NOT NULL                -- as audit.Report, with the head, which the next one must find again
);

-- Copies of identity documents go some days after the end of their application. The row stays with the hash.
ALTER TABLE filing_document ADD COLUMN erased_at timestamptz;
ALTER TABLE filing_document ADD CONSTRAINT filing_document_erased CHECK ((erased_at IS NULL) = (file <> ''));
