//! Which pools a table has.

use diesel::{PgConnection, QueryResult};

use crate::feed::spot::Market;
use crate::feed::spot::query::{Pool, PoolFilter, pools};
use crate::hex::hex;
use crate::sha256::Sha256;

/// The table's name: those with some pools of a market only have a suffix, which tells them apart.
pub(super) fn table_name(name: &str, filter: &PoolFilter) -> String {
    let PoolFilter { zone, instance_type, product, .. } = filter;
    if zone.is_none() && instance_type.is_none() && product.is_none() {
        return name.to_owned();
    }
    let hash = Sha256::digest(format!("{zone:?} {instance_type:?} {product:?}"));
    let digits = hex(&hash[..4]);
    format!("{name}_{digits}")
}

/// Whether a market is selected.
pub(super) fn selects(filter: &PoolFilter, market: &Market) -> bool {
    filter.account.as_ref().is_none_or(|account| *account == market.account_id)
        && filter.region.as_ref().is_none_or(|region| *region == market.region)
}

/// The selected pools of a market by their names: the numbers of pools depend on what landed first.
pub(super) fn pools_of(
    connection: &mut PgConnection,
    filter: &PoolFilter,
    market: &Market,
) -> QueryResult<Vec<Pool>> {
    let Market { account_id, region } = market.clone();
    let filter = PoolFilter { account: Some(account_id), region: Some(region), ..filter.clone() };
    let mut pools = pools(connection, &filter, None, usize::MAX)?;
    let name = |pool: &Pool| {
        (pool.instance_type.clone(), pool.product_description.clone(), pool.availability_zone.clone())
    };
    pools.sort_by_cached_key(name);
    Ok(pools)
}
