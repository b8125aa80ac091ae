//! The tables for diesel; a test compares them with the database.

diesel::table! {
    dead_letters (id) {
        id -> Int8,
        dump_id -> Int4,
        record -> Nullable<Int8>,
        field -> Nullable<Text>,
        reason -> Text,
        byte_offset -> Nullable<Int8>,
        raw -> Bytea,
    }
}

diesel::table! {
    event_claims (id, dump_id, digest) {
        id -> Uuid,
        dump_id -> Int4,
        received_at -> Timestamptz,
        digest -> Uuid,
        content -> Jsonb,
    }
}

diesel::table! {
    event_ids (id) {
        id -> Uuid,
        received_at -> Timestamptz,
        digest -> Uuid,
    }
}

diesel::table! {
    events (id, received_at) {
        id -> Uuid,
        received_at -> Timestamptz,
        event -> Text,
        event_text -> Text,
        context_device_type -> Text,
        anonymous_id -> Uuid,
        user_id -> Nullable<Int8>,
        original_timestamp -> Nullable<Timestamptz>,
        timestamp -> Timestamptz,
        sent_at -> Timestamptz,
        context_app_version -> Nullable<Text>,
        context_device_manufacturer -> Nullable<Text>,
        context_device_model -> Nullable<Text>,
        context_device_token -> Nullable<Text>,
        context_library_name -> Nullable<Text>,
        context_library_version -> Nullable<Text>,
        context_locale -> Nullable<Text>,
        context_network_carrier -> Nullable<Text>,
        context_os_name -> Nullable<Text>,
        context_timezone -> Nullable<Text>,
        context_device_ad_tracking_enabled -> Nullable<Bool>,
        context_network_wifi -> Nullable<Bool>,
        properties -> Nullable<Jsonb>,
        dump_id -> Int4,
    }
}

diesel::table! {
    extract_files (output, destination, month, part, revision) {
        output -> Text,
        destination -> Text,
        part -> Text,
        month -> Date,
        revision -> Int4,
        key -> Text,
        sha256 -> Bytea,
        records -> Int8,
        size -> Int8,
        written_at -> Timestamptz,
    }
}

diesel::table! {
    extracts (feed, destination, part) {
        feed -> Text,
        destination -> Text,
        part -> Text,
        key -> Text,
        sha256 -> Bytea,
        records -> Int8,
        size -> Int8,
        changes -> Int8,
        extracted_at -> Timestamptz,
    }
}

diesel::table! {
    feed_parts (feed, part) {
        feed -> Text,
        part -> Text,
        changes -> Int8,
        row_count -> Int8,
    }
}

diesel::table! {
    freight_places (place, port_id) {
        place -> Text,
        port_id -> Int4,
    }
}

diesel::table! {
    freight_ports (id) {
        id -> Int4,
        code -> Text,
        name -> Text,
        parent_slug -> Text,
        dump_id -> Int4,
    }
}

// diesel wants a key; this table has none.
diesel::table! {
    freight_prices (dump_id) {
        orig_id -> Int4,
        dest_id -> Int4,
        day -> Date,
        price -> Int4,
        dump_id -> Int4,
    }
}

diesel::table! {
    freight_regions (slug) {
        slug -> Text,
        name -> Text,
        parent_slug -> Nullable<Text>,
        dump_id -> Int4,
    }
}

diesel::table! {
    ledger (id) {
        id -> Int4,
        feed -> Text,
        source -> Text,
        key -> Text,
        fingerprint -> Text,
        size -> Int8,
        modified_at -> Timestamptz,
        sha256 -> Nullable<Bytea>,
        name -> Nullable<Text>,
        day -> Nullable<Date>,
        account_id -> Nullable<Text>,
        region -> Nullable<Text>,
        status -> Text,
        reason -> Nullable<Text>,
        reason_record -> Nullable<Int8>,
        reason_field -> Nullable<Text>,
        reason_offset -> Nullable<Int8>,
        records -> Int8,
        rows_new -> Int8,
        rows_repeated -> Int8,
        rows_disagreeing -> Int8,
        rows_outdated -> Int8,
        rows_removed -> Int8,
        seen_at -> Timestamptz,
        landed_at -> Nullable<Timestamptz>,
        withdrawn_at -> Nullable<Timestamptz>,
        confirmed -> Bool,
        summarized -> Bool,
        scope -> Text,
        rows_rejected -> Int8,
    }
}

diesel::table! {
    ledger_changes (feed, scope) {
        feed -> Text,
        transaction_id -> Int8,
        scope -> Text,
    }
}

diesel::table! {
    spot_carried (day, id) {
        id -> Int8,
        account_id -> Text,
        region -> Text,
        day -> Date,
        dump_id -> Int4,
        pool_ids -> Array<Int4>,
        instants -> Array<Timestamptz>,
        micros -> Array<Int8>,
    }
}

diesel::table! {
    spot_days (account_id, region, day) {
        account_id -> Text,
        region -> Text,
        day -> Date,
        row_count -> Int8,
    }
}

diesel::table! {
    spot_observations (pool_id, observed_at) {
        observed_at -> Timestamptz,
        pool_id -> Int4,
        dump_id -> Int4,
        price -> Numeric,
    }
}

diesel::table! {
    spot_pools (id) {
        id -> Int4,
        account_id -> Text,
        region -> Text,
        availability_zone -> Text,
        instance_type -> Text,
        product_description -> Text,
    }
}

diesel::table! {
    spot_summaries (account_id, region, day, piece) {
        account_id -> Text,
        region -> Text,
        day -> Date,
        piece -> Int4,
        pool_ids -> Array<Int4>,
        records -> Array<Int4>,
        changes -> Array<Int4>,
        covered -> Array<Int8>,
        opens -> Array<Int8>,
        closes -> Array<Int8>,
        lows -> Array<Int8>,
        highs -> Array<Int8>,
        averages -> Array<Int8>,
    }
}

diesel::table! {
    iceberg_tables (catalog_name, table_namespace, table_name) {
        catalog_name -> Varchar,
        table_namespace -> Varchar,
        table_name -> Varchar,
        metadata_location -> Nullable<Varchar>,
        previous_metadata_location -> Nullable<Varchar>,
        iceberg_type -> Nullable<Varchar>,
    }
}

diesel::table! {
    iceberg_namespace_properties (catalog_name, namespace, property_key) {
        catalog_name -> Varchar,
        namespace -> Varchar,
        property_key -> Varchar,
        property_value -> Nullable<Varchar>,
    }
}

diesel::table! {
    lake_tables (catalog, feed) {
        catalog -> Text,
        feed -> Text,
        destination -> Text,
        uuid -> Uuid,
        version -> Int8,
        metadata_key -> Text,
        schemas -> Jsonb,
        read_at -> Timestamptz,
    }
}

diesel::table! {
    lake_snapshots (catalog, feed, sequence) {
        catalog -> Text,
        feed -> Text,
        sequence -> Int8,
        snapshot_id -> Int8,
        parent_id -> Nullable<Int8>,
        read_at -> Timestamptz,
        schema_id -> Int4,
        manifest_list_key -> Text,
        summary -> Jsonb,
        superseded_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    lake_files (catalog, feed, key) {
        catalog -> Text,
        feed -> Text,
        key -> Text,
        part -> Nullable<Text>,
        changes -> Nullable<Int8>,
        sha256 -> Bytea,
        records -> Nullable<Int8>,
        size -> Int8,
        bounds -> Nullable<Jsonb>,
        sequence -> Nullable<Int8>,
        snapshot_id -> Nullable<Int8>,
        recorded_at -> Timestamptz,
        written_at -> Nullable<Timestamptz>,
        removed_at -> Nullable<Timestamptz>,
    }
}

diesel::allow_tables_to_appear_in_same_query!(extracts, feed_parts);
diesel::allow_tables_to_appear_in_same_query!(freight_places, freight_prices);
