//! Which pools a question is about.

use diesel::pg::Pg;
use diesel::prelude::*;
use serde::Serialize;
use thiserror::Error;
use utoipa::ToSchema;

use super::interval::Interval;
use crate::db::schema::spot_pools;

/// The most days of pools that one question may need.
pub const MOST_POOL_DAYS: i64 = 1_000_000;

/// The most days of accounts and regions that one question may need.
pub const MAX_MARKET_DAYS: i64 = 200_000;

/// The most pools that one question may be about.
const MOST_POOLS: i64 = 20_000;

/// The longest name of anything, in bytes, as the decoder takes it.
const LONGEST: usize = 255;

/// Which pools: those that have all that is given here.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PoolFilter {
    /// AWS account, 12 digits.
    pub account: Option<String>,
    /// AWS region.
    pub region: Option<String>,
    /// Availability zone.
    pub zone: Option<String>,
    /// EC2 instance type; `*` stands for any characters, `?` for any one.
    pub instance_type: Option<String>,
    /// Operating system and platform.
    pub product: Option<String>,
}

/// What has a price of its own.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Queryable, Selectable, Serialize, ToSchema)]
#[diesel(table_name = spot_pools, check_for_backend(Pg))]
pub struct Pool {
    /// Its number.
    #[serde(rename = "pool_id")]
    #[schema(example = 1)]
    pub id: i32,
    /// AWS account, 12 digits.
    #[schema(example = "038520252753")]
    pub account_id: String,
    /// AWS region.
    #[schema(example = "eu-west-3")]
    pub region: String,
    /// Availability zone, as this account names it.
    #[schema(example = "eu-west-3a")]
    pub availability_zone: String,
    /// EC2 instance type.
    #[schema(example = "m5dn.xlarge")]
    pub instance_type: String,
    /// Operating system and platform.
    #[schema(example = "Linux/UNIX")]
    pub product_description: String,
}

/// A question that is about too much.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum TooMany {
    /// Too many pools, or too many days of them.
    #[error(
        "more than {MOST_POOLS} pools match, or {MOST_POOL_DAYS} days of pools: add an account, a zone, an instance type or a product, or ask for fewer days"
    )]
    Pools,
    /// Too many days of accounts and regions.
    #[error(
        "more than {MAX_MARKET_DAYS} days of accounts and regions match: add an account, or ask for fewer days"
    )]
    Markets,
}

impl PoolFilter {
    /// What cannot be the name of anything: each field with what to write instead.
    pub fn faults(&self) -> impl Iterator<Item = (&'static str, String)> {
        let fields = [
            ("account", &self.account),
            ("region", &self.region),
            ("zone", &self.zone),
            ("instance_type", &self.instance_type),
            ("product", &self.product),
        ];
        fields.into_iter().filter_map(|(field, text)| Some((field, Self::fault(field, text.as_ref()?)?)))
    }

    /// What to write instead of a text that a field cannot have, if so.
    pub fn fault(field: &'static str, text: &str) -> Option<String> {
        let example = match field {
            "account" => {
                let right = text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit());
                return (!right).then(|| format!("`{text}` is no account: write its 12 digits"));
            }
            "region" => "a region such as eu-west-3",
            "zone" => "a zone such as eu-west-3a",
            "instance_type" => "a type such as c5.xlarge, or c5.*",
            _ => "a product such as Linux/UNIX",
        };
        let wrong = text.is_empty() || text.len() > LONGEST || text.contains(char::is_control);
        wrong.then(|| format!("it is empty, too long or holds what no name does: write {example}"))
    }

    fn query(&self) -> spot_pools::BoxedQuery<'_, Pg> {
        let mut query = spot_pools::table.into_boxed();
        if let Some(account) = &self.account {
            query = query.filter(spot_pools::account_id.eq(account));
        }
        if let Some(region) = &self.region {
            query = query.filter(spot_pools::region.eq(region));
        }
        if let Some(zone) = &self.zone {
            query = query.filter(spot_pools::availability_zone.eq(zone));
        }
        if let Some(instance_type) = &self.instance_type {
            query = query.filter(spot_pools::instance_type.like(pattern(instance_type)));
        }
        if let Some(product) = &self.product {
            query = query.filter(spot_pools::product_description.eq(product));
        }
        query
    }
}

/// Pools by number, from the one after a number on.
pub fn pools(
    connection: &mut PgConnection,
    filter: &PoolFilter,
    after: Option<i32>,
    limit: usize,
) -> QueryResult<Vec<Pool>> {
    filter
        .query()
        .filter(spot_pools::id.gt(after.unwrap_or_default()))
        .order(spot_pools::id)
        .limit(i64::try_from(limit).unwrap_or(i64::MAX))
        .select(Pool::as_select())
        .load(connection)
}

/// All pools of a question by number, unless that would be too much for so many days.
pub fn matching(
    connection: &mut PgConnection,
    filter: &PoolFilter,
    interval: Interval,
) -> QueryResult<Result<Vec<Pool>, TooMany>> {
    let most = usize::try_from(MOST_POOLS.min(MOST_POOL_DAYS / interval.len())).unwrap_or_default();
    let pools = pools(connection, filter, None, most + 1)?;
    Ok(if pools.len() > most { Err(TooMany::Pools) } else { Ok(pools) })
}

/// The pattern of LIKE that means the same.
fn pattern(wildcards: &str) -> String {
    let mut pattern = String::with_capacity(wildcards.len());
    for character in wildcards.chars() {
        match character {
            '*' => pattern.push('%'),
            '?' => pattern.push('_'),
            '%' | '_' | '\\' => pattern.extend(['\\', character]),
            other => pattern.push(other),
        }
    }
    pattern
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_stars_and_question_marks_stand_for_others() {
        assert_eq!(pattern(r"c5?.*large_100%\"), r"c5_.%large\_100\%\\");
    }

    #[test]
    fn faults_say_what_to_write() {
        let filter = PoolFilter {
            account: Some("12".to_owned()),
            zone: Some(String::new()),
            product: Some("a\0".to_owned()),
            ..PoolFilter::default()
        };
        let faults: Vec<_> = filter.faults().collect();
        insta::assert_debug_snapshot!(faults, @r#"
        [
            (
                "account",
                "`12` is no account: write its 12 digits",
            ),
            (
                "zone",
                "it is empty, too long or holds what no name does: write a zone such as eu-west-3a",
            ),
            (
                "product",
                "it is empty, too long or holds what no name does: write a product such as Linux/UNIX",
            ),
        ]
        "#);
    }
}
