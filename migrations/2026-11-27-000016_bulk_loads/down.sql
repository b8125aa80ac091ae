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

DROP FUNCTION spot_end_load(text, date);
DROP FUNCTION spot_begin_load(date);
DROP FUNCTION spot_attach_month(text, date);
DROP FUNCTION spot_has_month(date);
