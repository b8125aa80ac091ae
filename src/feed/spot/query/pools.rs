//! The pools of a query.

use diesel::pg::Pg;
use diesel::prelude::*;
use serde::Serialize;
use thiserror::Error;
use utoipa::ToSchema;

use crate::db::schema::spot_pools;
use crate::feed::interval::Interval;

/// Days of pools that one query may need.
pub const MAX_POOL_DAYS: i64 = 1_000_000;

/// Days of accounts and regions that one query may need.
pub const MAX_MARKET_DAYS: i64 = 200_000;

/// Pools of one query.
const MAX_POOLS: i64 = 20_000;

/// Bytes of a name: the limit of the decoder.
const MAX_NAME_BYTES: usize = 255;

/// Selects the pools that match all given fields.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PoolFilter {
    /// AWS account, 12 digits.
    pub account: Option<String>,
    /// AWS region.
    pub region: Option<String>,
    /// Availability zone.
    pub zone: Option<String>,
    /// EC2 instance type; `*` matches any characters, `?` any one.
    pub instance_type: Option<String>,
    /// Operating system and platform.
    pub product: Option<String>,
}

/// A zone, instance type and product of an account: what has a price.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Queryable, Selectable, Serialize, ToSchema)]
#[diesel(table_name = spot_pools, check_for_backend(Pg))]
pub struct Pool {
    /// `spot_pools.id`.
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

/// Why a query is too large.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum TooMany {
    /// Too many pools, or too many days of them.
    #[error(
        "more than {MAX_POOLS} pools match, or {MAX_POOL_DAYS} days of pools: add an account, a zone, an instance type or a product, or query fewer days"
    )]
    Pools,
    /// Too many days of accounts and regions.
    #[error(
        "more than {MAX_MARKET_DAYS} days of accounts and regions match: add an account, or query fewer days"
    )]
    Markets,
}

impl PoolFilter {
    /// The filter whose fields `read` returns, given their names.
    pub fn from_fields(mut read: impl FnMut(&str) -> Option<String>) -> Self {
        Self {
            account: read("account"),
            region: read("region"),
            zone: read("zone"),
            instance_type: read("instance_type"),
            product: read("product"),
        }
    }

    /// The fields with an invalid text, each with what to write instead.
    pub fn errors(&self) -> impl Iterator<Item = (&'static str, String)> {
        let fields = [
            ("account", &self.account),
            ("region", &self.region),
            ("zone", &self.zone),
            ("instance_type", &self.instance_type),
            ("product", &self.product),
        ];
        fields
            .into_iter()
            .filter_map(|(field, text)| Some((field, Self::field_error(field, text.as_ref()?)?)))
    }

    /// What to write instead of a text that is not valid for a field.
    pub fn field_error(field: &'static str, text: &str) -> Option<String> {
        let example = match field {
            "account" => {
                let right = text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit());
                return (!right).then(|| format!("`{text}` is not an account: write its 12 digits"));
            }
            "region" => "a region such as eu-west-3",
            "zone" => "a zone such as eu-west-3a",
            "instance_type" => "a type such as c5.xlarge, or c5.*",
            _ => "a product such as Linux/UNIX",
        };
        let wrong = text.is_empty() || text.len() > MAX_NAME_BYTES || text.contains(char::is_control);
        wrong.then(|| format!("it is empty, too long or has a control character: write {example}"))
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

/// Pools by id, after the id given.
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

/// All matching pools by id, unless they are too many for so many days.
pub fn matching(
    connection: &mut PgConnection,
    filter: &PoolFilter,
    interval: Interval,
) -> QueryResult<Result<Vec<Pool>, TooMany>> {
    let max = usize::try_from(MAX_POOLS.min(MAX_POOL_DAYS / interval.len())).unwrap_or_default();
    let pools = pools(connection, filter, None, max + 1)?;
    Ok(if pools.len() > max { Err(TooMany::Pools) } else { Ok(pools) })
}

/// The LIKE pattern of a text with wildcards.
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
    fn only_stars_and_question_marks_are_wildcards() {
        assert_eq!(pattern(r"c5?.*large_100%\"), r"c5_.%large\_100\%\\");
    }

    #[test]
    fn errors_say_what_to_write() {
        let filter = PoolFilter {
            account: Some("12".to_owned()),
            zone: Some(String::new()),
            product: Some("a\0".to_owned()),
            ..PoolFilter::default()
        };
        let errors: Vec<_> = filter.errors().collect();
        insta::assert_debug_snapshot!(errors, @r#"
        [
            (
                "account",
                "`12` is not an account: write its 12 digits",
            ),
            (
                "zone",
                "it is empty, too long or has a control character: write a zone such as eu-west-3a",
            ),
            (
                "product",
                "it is empty, too long or has a control character: write a product such as Linux/UNIX",
            ),
        ]
        "#);
    }
}
