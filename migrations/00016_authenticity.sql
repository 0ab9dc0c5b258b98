-- +goose Up
-- What a document with certificates shows of itself: signatures, what was added behind them, QR codes.
CREATE TABLE document_check (
    sha256     text PRIMARY KEY,         -- of the bytes as they came
    version    int NOT NULL,             -- of the check; what an older one found is found again
    trust      text NOT NULL,            -- fingerprint of the anchors by which signatures were judged
    checked_at timestamptz NOT NULL,
    as_of      timestamptz NOT NULL,     -- the moment for which they were judged: when the document came
    files      jsonb NOT NULL            -- authenticity.Facts of each file in it that could be read
);

-- Why a person decided so, when they said it.
ALTER TABLE decision ADD COLUMN note text NOT NULL DEFAULT '';
