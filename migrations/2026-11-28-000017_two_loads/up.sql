-- OR REPLACE: for a day, the migration before had it.
CREATE OR REPLACE FUNCTION spot_ensure_partition(parent text, month date) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    partition text := parent || to_char(month, '_YYYY_MM');
BEGIN
    IF to_regclass(quote_ident(partition)) IS NULL THEN
        EXECUTE format('CREATE TABLE %I (LIKE %I INCLUDING ALL)', partition, parent);
        PERFORM spot_attach_month(parent, month);
    END IF;
END
$$;

CREATE OR REPLACE FUNCTION spot_ensure_month(month date) RETURNS void
LANGUAGE plpgsql SET timezone = 'UTC' AS $$
DECLARE
    parents text[] := ARRAY['spot_observations', 'spot_carried', 'spot_summaries'];
    parent text;
BEGIN
    IF (SELECT bool_and(to_regclass(quote_ident(name || to_char(month, '_YYYY_MM'))) IS NOT NULL) FROM unnest(parents) AS name)
    THEN
        RETURN;
    END IF;
    -- The lock that attaching takes anyway. Other than an advisory one, it shows what whoever had it before has created.
    LOCK TABLE spot_observations IN SHARE UPDATE EXCLUSIVE MODE;
    FOREACH parent IN ARRAY parents LOOP
        PERFORM spot_ensure_partition(parent, month);
    END LOOP;
END
$$;

-- Both tables are made beside the landing transaction, each over a connection of its own.
CREATE OR REPLACE FUNCTION spot_begin_load(month date) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    -- Until the end of the transaction, nobody else creates a partition of any month.
    LOCK TABLE spot_observations IN SHARE UPDATE EXCLUSIVE MODE;
    IF spot_has_month(month) THEN
        RAISE EXCEPTION 'the month % has partitions by now', to_char(month, 'YYYY-MM');
    END IF;
    PERFORM spot_ensure_partition('spot_carried', month);
END
$$;

COMMENT ON FUNCTION spot_begin_load(date) IS 'Keeps a month that has no partitions from getting some, until the end of the transaction';
COMMENT ON FUNCTION spot_ensure_partition(text, date) IS 'Makes the partition of a month where it is missing';
