//! The image with Postgres in it, which keeps its data in a volume.

use std::fs;

use crate::documents::root;
use crate::support::{Container, Image};

const VOLUME: &str = "landfall";

fn container(image: &Image) -> Container<'_> {
    image
        .container()
        .mount(VOLUME, "/var/lib/landfall")
        .mount(root().join("examples").display(), "/examples:ro")
}

/// What Postgres has logged since its last start.
fn log(image: &Image) -> String {
    fs::read_to_string(image.in_volume(VOLUME, "server.log")).unwrap()
}

#[test]
#[ignore = "needs a container image: scripts/test makes one"]
fn serves_what_an_earlier_container_has_imported() {
    let image = Image::standalone();
    let imported = container(&image).run(&["import", "--json", "/examples"]).expect(0).json();
    assert_eq!((&imported["landed"], &imported["rows_new"]), (&11.into(), &1254.into()), "{imported}");
    for _ in 0..2 {
        let server = container(&image).serve();
        let rates = "/rates?date_from=2021-01-31&date_to=2021-01-31&orig_code=CNGGZ&dest_code=EETLL";
        let day = r#"{"rates":[{"count":3,"day":"2021-01-31","price":1154.3333333333333}]}"#;
        assert_eq!(server.get(rates).expect(200).body, day);
        assert!(server.get("/").expect(200).body.contains("m5dn.xlarge"));
        server.terminate();
        assert_eq!(server.wait().0, Some(0));
        let log = log(&image);
        assert!(log.trim_end().ends_with("database system is shut down"), "{log}");
        assert!(!log.contains("not properly shut down"), "{log}");
    }
    let again = container(&image).run(&["import", "--json", "/examples"]).expect(0).json();
    assert_eq!((&again["landed"], &again["unchanged"]), (&0.into(), &11.into()), "{again}");
    container(&image).run(&["psql", "--", "--command=SELECT 1 FROM spot_prices LIMIT 1"]).expect(0);
}
