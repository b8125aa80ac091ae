CREATE OR REPLACE FUNCTION spot_begin_load(month date) RETURNS void
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

DROP FUNCTION spot_ensure_partition(text, date);

COMMENT ON FUNCTION spot_begin_load(date) IS 'Makes spot_observations_loading, without indexes, for a month that has no partitions';
