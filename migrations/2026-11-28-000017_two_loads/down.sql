CREATE OR REPLACE FUNCTION spot_begin_load(month date) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    LOCK TABLE spot_observations IN SHARE UPDATE EXCLUSIVE MODE;
    IF spot_has_month(month) THEN
        RAISE EXCEPTION 'the month % has partitions by now', to_char(month, 'YYYY-MM');
    END IF;
    PERFORM spot_ensure_partition('spot_carried', month);
    CREATE TABLE spot_observations_loading (LIKE spot_observations INCLUDING ALL EXCLUDING INDEXES);
END
$$;

COMMENT ON FUNCTION spot_begin_load(date) IS 'Makes spot_observations_loading, without indexes, for a month that has no partitions';
