diesel::table! {
    readings (station, at) {
        station -> Text,
        at -> Timestamptz,
        temperature -> Int4,
        dump_id -> Int4,
    }
}
