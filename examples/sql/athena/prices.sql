-- What the other files need beside the tables of `landfall publish --glue landfall`: which days have landed, as `landfall coverage
-- --format csv` prints it, in a folder of its own. Empty dumps have no rows, so the table of prices does not tell.
CREATE EXTERNAL TABLE landfall.spot_coverage (
    account_id string,
    region string,
    day string,
    state string,
    dump string,
    records string,
    landed_at string,
    reason string
)
ROW FORMAT SERDE 'org.apache.hadoop.hive.serde2.OpenCSVSerde'
LOCATION 's3://my-bucket/coverage/'
TBLPROPERTIES ('skip.header.line.count' = '1');
