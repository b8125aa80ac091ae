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
    parent text;
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
    FOREACH parent IN ARRAY ARRAY['spot_observations', 'spot_summaries'] LOOP
        EXECUTE format('CREATE TABLE %I (LIKE %I INCLUDING ALL EXCLUDING INDEXES)', parent || '_loading', parent);
    END LOOP;
END
$$;

CREATE FUNCTION spot_end_load(parent text, month date) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('ALTER TABLE %I RENAME TO %I', parent || '_loading', parent || to_char(month, '_YYYY_MM'));
    PERFORM spot_attach_month(parent, month);
END
$$;

COMMENT ON FUNCTION spot_has_month(date) IS 'Whether a month has partitions';
COMMENT ON FUNCTION spot_attach_month(text, date) IS 'Makes a table the partition of its month';
COMMENT ON FUNCTION spot_begin_load(date) IS 'Makes tables without indexes, named …_loading, for a month that has no partitions';
COMMENT ON FUNCTION spot_end_load(text, date) IS 'Makes such a table the partition of the month';
