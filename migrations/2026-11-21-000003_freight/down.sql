DROP VIEW freight_rates;
DROP TABLE freight_prices;
DROP TABLE freight_places;
DROP TABLE freight_ports;
DROP TABLE freight_regions;
