CREATE TABLE ledger_changes (
    feed text PRIMARY KEY,
    transaction_id bigint NOT NULL
);

-- The ledger is never written for one feed by two transactions at once: they hold the feed's lock. So nobody waits for
-- the row here. It is written once in a transaction, however many statements that has.
CREATE FUNCTION ledger_changed() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO ledger_changes AS known (feed, transaction_id)
    SELECT DISTINCT feed, txid_current() FROM changed
    ON CONFLICT (feed) DO UPDATE SET transaction_id = excluded.transaction_id
        WHERE known.transaction_id <> excluded.transaction_id;
    RETURN NULL;
END
$$;

CREATE TRIGGER ledger_inserted AFTER INSERT ON ledger
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION ledger_changed();
CREATE TRIGGER ledger_updated AFTER UPDATE ON ledger
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION ledger_changed();
CREATE TRIGGER ledger_deleted AFTER DELETE ON ledger
    REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION ledger_changed();

-- What a question asks of the ledger: the accounts and regions, and their days.
CREATE INDEX ledger_market ON ledger (account_id, region, day) WHERE account_id IS NOT NULL;

COMMENT ON TABLE ledger_changes IS 'When the ledger last changed: as long as this is the same, so are the ledger and all rows that it tells of';
COMMENT ON COLUMN ledger_changes.feed IS 'Feed whose entries changed';
COMMENT ON COLUMN ledger_changes.transaction_id IS 'Transaction (txid_current) that changed them last';
