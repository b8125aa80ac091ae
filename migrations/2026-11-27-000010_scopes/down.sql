CREATE OR REPLACE FUNCTION spot_ensure_month(month date) RETURNS void
LANGUAGE plpgsql SET timezone = 'UTC' AS $$
DECLARE
    parent text;
    partition text;
BEGIN
    FOREACH parent IN ARRAY ARRAY['spot_observations', 'spot_carried', 'spot_summaries'] LOOP
        partition := parent || to_char(month, '_YYYY_MM');
        IF to_regclass(quote_ident(partition)) IS NULL THEN
            EXECUTE format('CREATE TABLE %I (LIKE %I INCLUDING ALL)', partition, parent);
            EXECUTE format(
                'ALTER TABLE %I ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)',
                parent,
                partition,
                to_char(month, 'YYYY-MM-01'),
                to_char(month + interval '1 month', 'YYYY-MM-01')
            );
        END IF;
    END LOOP;
END
$$;
SELECT setval(pg_get_serial_sequence('spot_pools', 'id'), coalesce(max(id), 0) + 1, false) FROM spot_pools;
ALTER TABLE spot_pools ALTER COLUMN id SET INCREMENT BY 1;

CREATE TEMPORARY TABLE changed_feeds ON COMMIT DROP AS
SELECT feed, max(transaction_id) AS transaction_id FROM ledger_changes GROUP BY feed;
DELETE FROM ledger_changes;
ALTER TABLE ledger_changes
    DROP CONSTRAINT ledger_changes_pkey,
    DROP COLUMN scope,
    ADD PRIMARY KEY (feed);
INSERT INTO ledger_changes SELECT feed, transaction_id FROM changed_feeds;
CREATE OR REPLACE FUNCTION ledger_changed() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO ledger_changes AS known (feed, transaction_id)
    SELECT DISTINCT feed, txid_current() FROM changed
    ON CONFLICT (feed) DO UPDATE SET transaction_id = excluded.transaction_id
        WHERE known.transaction_id <> excluded.transaction_id;
    RETURN NULL;
END
$$;

DROP TABLE dead_letters;
DROP TRIGGER ledger_scope ON ledger;
DROP FUNCTION ledger_scope();
DROP INDEX ledger_rejected_records;
ALTER TABLE ledger
    DROP CONSTRAINT ledger_counts_check,
    DROP COLUMN rows_rejected,
    DROP COLUMN scope,
    ADD CONSTRAINT ledger_check3
        CHECK (status IN ('rejected', 'unchanged')
               OR records = rows_new + rows_repeated + rows_disagreeing + rows_outdated) NOT VALID;
