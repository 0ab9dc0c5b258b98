-- +goose Up
-- Who is asked for a certificate answers with the file: such letters name the address for it.
ALTER TABLE letter ADD COLUMN reply_to text NOT NULL DEFAULT ''; -- empty: an answer goes to the sender's address
