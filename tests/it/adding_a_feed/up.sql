CREATE TABLE readings (
    station text COLLATE "C" NOT NULL,
    at timestamptz NOT NULL,
    temperature integer NOT NULL,
    dump_id integer NOT NULL,
    PRIMARY KEY (station, at)
);
CREATE INDEX readings_dump ON readings (dump_id);

COMMENT ON TABLE readings IS 'Temperatures of weather stations';
COMMENT ON COLUMN readings.station IS 'Name of the station';
COMMENT ON COLUMN readings.at IS 'When it was measured';
COMMENT ON COLUMN readings.temperature IS 'Thousandths of a degree Celsius';
COMMENT ON COLUMN readings.dump_id IS 'Dump revision that has the reading (ledger.id)';
