//! One test for each question.

use landfall::feed::spot::query::{
    Decimal, PoolFilter, Ranking, Ratio, at, cheapest, coverage, matching, opening, pools, prices, summaries,
};

use super::{all_pools, interval, simulated, written};

/// The default of the API.
const MIN_COVERAGE: Ratio = Decimal(900_000);

fn json(value: &impl serde::Serialize) -> String {
    serde_json::to_string_pretty(value).unwrap()
}

#[test]
fn pools_are_found_by_what_they_are() {
    let database = simulated();
    let mut connection = database.connect();
    let all = all_pools(&mut connection);
    assert_eq!(all.len(), 48);
    let mut count = |filter: PoolFilter| pools(&mut connection, &filter, None, 100).unwrap().len();
    let like = |text: &str| PoolFilter { instance_type: Some(text.to_owned()), ..PoolFilter::default() };
    let model = all[5].clone();
    assert_eq!(count(PoolFilter { region: Some("eu-west-3".to_owned()), ..PoolFilter::default() }), 24);
    assert_eq!(count(PoolFilter { account: Some(model.account_id.clone()), ..PoolFilter::default() }), 24);
    assert_eq!(count(like("*")), 48);
    assert_eq!(count(like("%")), 0);
    assert_eq!(count(like("c5_xlarge")), 0);
    let family = model.instance_type.split('.').next().unwrap();
    let expected = all.iter().filter(|pool| pool.instance_type.starts_with(&format!("{family}."))).count();
    assert_eq!(count(like(&format!("{family}.*"))), expected);
    let exact = PoolFilter {
        account: Some(model.account_id.clone()),
        region: Some(model.region.clone()),
        zone: Some(model.availability_zone.clone()),
        instance_type: Some(model.instance_type.clone()),
        product: Some(model.product_description.clone()),
    };
    assert_eq!(pools(&mut connection, &exact, None, 100).unwrap(), [model]);
}

#[test]
fn pages_of_prices_have_every_record_once() {
    let database = simulated();
    let mut connection = database.connect();
    let ids: Vec<i32> = all_pools(&mut connection).iter().map(|pool| pool.id).collect();
    let (from, to) = ("2026-11-01T06:00:00Z".parse().unwrap(), "2026-11-04T00:00:00Z".parse().unwrap());
    let all = prices(&mut connection, &ids, from, to, None, usize::MAX).unwrap();
    let count = "SELECT count(*) FROM spot_prices WHERE timestamp >= '2026-11-01T06:00Z' AND timestamp < '2026-11-04Z'";
    assert_eq!(all.len() as i64, database.number(count));
    let mut paged = Vec::new();
    loop {
        let after = paged
            .last()
            .map(|price: &landfall::feed::spot::query::StoredPrice| (price.pool_id, price.observed_at));
        let page = prices(&mut connection, &ids, from, to, after, 7).unwrap();
        if page.is_empty() {
            break;
        }
        paged.extend(page);
    }
    assert_eq!(paged, all);
    assert!(all.is_sorted_by_key(|price| (price.pool_id, price.observed_at)));
}

#[test]
fn an_opening_price_is_36_hours_old_at_most() {
    let database = written();
    let mut connection = database.connect();
    let ids: Vec<i32> = all_pools(&mut connection).iter().map(|pool| pool.id).collect();
    let mut open = |at: &str| -> Vec<i64> {
        opening(&mut connection, &ids, at.parse().unwrap())
            .unwrap()
            .iter()
            .map(|price| price.micros)
            .collect()
    };
    assert_eq!(open("2026-11-01T05:59:59.999999Z"), [500_000]);
    assert_eq!(open("2026-11-01T06:00:00Z"), [250_000]);
    assert_eq!(open("2026-11-01T12:00:00Z"), [250_000, 300_000]);
    assert_eq!(open("2026-11-02T23:59:59.999999Z"), [750_000, 300_000]);
    assert_eq!(open("2026-11-03T05:59:59Z"), [750_000]);
    assert!(open("2026-11-03T06:00:00Z").is_empty());
}

#[test]
fn a_price_at_an_instant_needs_the_dump_of_its_day() {
    let database = written();
    let mut connection = database.connect();
    let pools = all_pools(&mut connection);
    let markets =
        coverage(&mut connection, None, None, interval("2026-11-01", "2026-11-05")).unwrap().unwrap();
    let mut prices_at = |instant: &str, min_coverage| {
        let prices = at(&mut connection, &pools, &markets, instant.parse().unwrap(), min_coverage).unwrap();
        let value =
            |at: &landfall::feed::spot::query::PriceAt| (at.price.map(|price| price.0), at.coverage.ratio.0);
        prices.iter().map(value).collect::<Vec<_>>()
    };
    let all = 1_000_000;
    assert_eq!(prices_at("2026-11-02T13:00:00Z", MIN_COVERAGE), [(Some(750_000), all), (Some(300_000), all)]);
    assert_eq!(prices_at("2026-11-03T01:00:00Z", MIN_COVERAGE), [(None, 0), (None, 0)]);
    assert_eq!(prices_at("2026-11-03T01:00:00Z", Decimal(0)), [(Some(750_000), 0), (None, 0)]);
}

#[test]
fn summaries_add_days_up() {
    let database = written();
    let mut connection = database.connect();
    let three = interval("2026-11-01", "2026-11-03");
    let days: Vec<_> = three.days().map(landfall::feed::spot::query::Interval::day).collect();
    let filter = PoolFilter::default();
    let daily = summaries(&mut connection, &filter, &days, None, 100, MIN_COVERAGE).unwrap();
    let total = summaries(&mut connection, &filter, &[three], None, 100, Decimal(400_000)).unwrap();
    insta::assert_snapshot!(format!("{}\n{}", json(&daily), json(&total)));
    // Pages have each once.
    let mut paged = Vec::new();
    loop {
        let after = paged.last().map(|one: &landfall::feed::spot::query::Summary| (one.pool.id, one.from));
        let page = summaries(&mut connection, &filter, &days, after, 2, MIN_COVERAGE).unwrap();
        if page.is_empty() {
            break;
        }
        paged.extend(page);
    }
    assert_eq!(paged, daily);
}

#[test]
fn the_cheapest_come_first_and_those_with_too_little_data_last() {
    let database = written();
    let mut connection = database.connect();
    let two = interval("2026-11-01", "2026-11-02");
    let pools = matching(&mut connection, &PoolFilter::default(), two).unwrap().unwrap();
    let markets = coverage(&mut connection, None, None, two).unwrap().unwrap();
    let ranking = Ranking { budget: Some(Decimal(300_000)), limit: 10, min_coverage: MIN_COVERAGE };
    let ranked = cheapest(&mut connection, &pools, &markets, two, &ranking).unwrap();
    insta::assert_snapshot!(json(&ranked));
}

#[test]
fn coverage_has_the_state_of_each_day() {
    let database = written();
    let mut connection = database.connect();
    let mut markets =
        coverage(&mut connection, None, None, interval("2026-11-01", "2026-11-05")).unwrap().unwrap();
    for day in markets.iter_mut().flat_map(|market| &mut market.days) {
        assert_eq!(
            day.landed_at.take().is_some(),
            day.reason.is_none() && day.day < super::day("2026-11-03")
        );
    }
    insta::assert_snapshot!(json(&markets));
    assert_eq!(
        coverage(&mut connection, Some("000000000000"), None, interval("2026-11-01", "2026-11-05"))
            .unwrap()
            .unwrap(),
        []
    );
}
