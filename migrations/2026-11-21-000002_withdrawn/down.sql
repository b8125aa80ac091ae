-- Its rows are gone, as a superseded revision's are.
UPDATE ledger SET status = 'superseded' WHERE status = 'withdrawn';
ALTER TABLE ledger
    DROP CONSTRAINT ledger_withdrawn_check,
    DROP CONSTRAINT ledger_status_check,
    ADD CONSTRAINT ledger_status_check CHECK (status IN ('landed', 'superseded', 'unchanged', 'rejected')),
    DROP COLUMN withdrawn_at;

DROP INDEX ledger_name;

COMMENT ON COLUMN ledger.status IS 'landed: its word stands; superseded: a newer revision''s word stands instead; unchanged: bytes that had landed before, seen at another place or time; rejected: nothing of it is stored';
COMMENT ON COLUMN ledger.rows_removed IS 'Rows of the replaced revision taken away, less those that another dump''s word still keeps';
