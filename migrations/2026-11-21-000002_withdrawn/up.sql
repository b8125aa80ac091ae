ALTER TABLE ledger
    ADD COLUMN withdrawn_at timestamptz,
    DROP CONSTRAINT ledger_status_check,
    ADD CONSTRAINT ledger_status_check
        CHECK (status IN ('landed', 'superseded', 'withdrawn', 'unchanged', 'rejected')),
    ADD CONSTRAINT ledger_withdrawn_check
        CHECK (status <> 'withdrawn' OR (landed_at IS NOT NULL AND withdrawn_at IS NOT NULL));

-- What stands for a dump is looked up by its name, withdrawn or not.
CREATE INDEX ledger_name ON ledger (feed, name, id);

COMMENT ON COLUMN ledger.status IS 'landed: its word stands; superseded: a newer revision''s word stands instead; withdrawn: its rows were taken back on demand, and no older revision comes in its place; unchanged: bytes that had landed before, seen at another place or time; rejected: nothing of it is stored';
COMMENT ON COLUMN ledger.rows_removed IS 'Rows of the replaced revision taken away, less those that another dump''s word still keeps; and its own, once it is withdrawn';
COMMENT ON COLUMN ledger.withdrawn_at IS 'When its rows were taken back on demand';
