-- +goose Up
-- The desk's people.
ALTER TABLE account DROP CONSTRAINT account_role_check;
ALTER TABLE account ADD CONSTRAINT account_role_check
    CHECK (role IN ('administrator', 'research_office', 'registrar', 'expert', 'head_of_unit', 'faculty', 'author'));
