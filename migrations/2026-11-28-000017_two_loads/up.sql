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
