CREATE OR REPLACE FUNCTION spot_ensure_month(month date) RETURNS void
LANGUAGE plpgsql SET timezone = 'UTC' AS $$
DECLARE
    parent text;
    partition text;
BEGIN
    FOREACH parent IN ARRAY ARRAY['spot_observations', 'spot_carried'] LOOP
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
DROP VIEW spot_daily;
DROP TABLE spot_summaries;
