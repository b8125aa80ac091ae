ALTER TABLE ledger ADD COLUMN confirmed boolean NOT NULL DEFAULT false;
COMMENT ON COLUMN ledger.confirmed IS 'Whether the same bytes were found at another place, modified later; modified_at is when that copy was';
