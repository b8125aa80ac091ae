CREATE FUNCTION spot_has_month(month date) RETURNS boolean
LANGUAGE sql STABLE AS $$
    SELECT bool_or(to_regclass(quote_ident(parent || to_char(month, '_YYYY_MM'))) IS NOT NULL)
    FROM unnest(ARRAY['spot_observations', 'spot_summaries']) AS parent
$$;

-- Attaching builds the indexes, from rows that are there: faster than row by row.
CREATE FUNCTION spot_attach_month(parent text, month date) RETURNS void
LANGUAGE plpgsql SET timezone = 'UTC' AS $$
BEGIN
    EXECUTE format(
        'ALTER TABLE %I ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)',
        parent,
        parent || to_char(month, '_YYYY_MM'),
        to_char(month, 'YYYY-MM-01'),
        to_char(month + interval '1 month', 'YYYY-MM-01')
    );
END
$$;

CREATE OR REPLACE FUNCTION spot_ensure_month(month date) RETURNS void
LANGUAGE plpgsql SET timezone = 'UTC' AS $$
DECLARE
    parents text[] := ARRAY['spot_observations', 'spot_carried', 'spot_summaries'];
    parent text;
    partition text;
BEGIN
    IF (SELECT bool_and(to_regclass(quote_ident(name || to_char(month, '_YYYY_MM'))) IS NOT NULL) FROM unnest(parents) AS name)
    THEN
        RETURN;
    END IF;
    -- The lock that attaching takes anyway. Other than an advisory one, it shows what whoever had it before has created.
    LOCK TABLE spot_observations IN SHARE UPDATE EXCLUSIVE MODE;
    FOREACH parent IN ARRAY parents LOOP
        partition := parent || to_char(month, '_YYYY_MM');
        IF to_regclass(quote_ident(partition)) IS NULL THEN
            EXECUTE format('CREATE TABLE %I (LIKE %I INCLUDING ALL)', partition, parent);
            PERFORM spot_attach_month(parent, month);
        END IF;
    END LOOP;
END
$$;

CREATE FUNCTION spot_begin_load(month date) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    carried text := 'spot_carried' || to_char(month, '_YYYY_MM');
BEGIN
    -- Until the end of the transaction, nobody else creates a partition of any month.
    LOCK TABLE spot_observations IN SHARE UPDATE EXCLUSIVE MODE;
    IF spot_has_month(month) THEN
        RAISE EXCEPTION 'the month % has partitions by now', to_char(month, 'YYYY-MM');
    END IF;
    IF to_regclass(quote_ident(carried)) IS NULL THEN
        EXECUTE format('CREATE TABLE %I (LIKE spot_carried INCLUDING ALL)', carried);
        PERFORM spot_attach_month('spot_carried', month);
    END IF;
    CREATE TABLE spot_observations_loading (LIKE spot_observations INCLUDING ALL EXCLUDING INDEXES);
END
$$;

CREATE FUNCTION spot_end_load(parent text, month date) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    loaded regclass;
    suffix text := to_char(month, '_YYYY_MM');
    index_name text;
BEGIN
    -- The lock that attaching takes anyway. With it comes what others have committed: a table of theirs, perhaps.
    EXECUTE format('LOCK TABLE %I IN SHARE UPDATE EXCLUSIVE MODE', parent);
    loaded := parent || '_loading';
    FOR index_name IN SELECT indexrelid::regclass FROM pg_index WHERE indrelid = loaded LOOP
        EXECUTE format('ALTER INDEX %I RENAME TO %I', index_name, replace(index_name, '_loading', suffix));
    END LOOP;
    EXECUTE format('ALTER TABLE %I RENAME TO %I', loaded, parent || suffix);
    PERFORM spot_attach_month(parent, month);
END
$$;

COMMENT ON FUNCTION spot_has_month(date) IS 'Whether a month has partitions';
COMMENT ON FUNCTION spot_attach_month(text, date) IS 'Makes a table the partition of its month';
COMMENT ON FUNCTION spot_begin_load(date) IS 'Makes spot_observations_loading, without indexes, for a month that has no partitions';
COMMENT ON FUNCTION spot_end_load(text, date) IS 'Makes the table that was loaded, named after its parent with _loading, the partition of the month';
