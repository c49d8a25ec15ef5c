//! A request admitted and settled in the ledger, with and without what is counted of it.

use crate::Cost;
use neureus_collection_bench::{TOGETHER, Work};
use std::error::Error;

const ROUNDS: usize = 4_000;
const WARM_UP: usize = 400;

/// Per request, as JSON: `without`, `with`.
pub(crate) fn measure() -> Result<serde_json::Value, Box<dyn Error>> {
    let mut works = [Work::default(), Work::default()];
    let mut costs = [Cost::default(), Cost::default()];
    for round in 0..WARM_UP + ROUNDS {
        if round == WARM_UP {
            costs = Default::default();
        }
        // In turn, so that what else the machine does meets both.
        for ((work, cost), counted) in works.iter_mut().zip(&mut costs).zip([false, true]) {
            let requests = usize::try_from(TOGETHER)?;
            let done = cost.of(requests, || work.round(counted));
            done.ok_or("a request was refused")?;
        }
    }
    let [without, with] = costs;
    Ok(serde_json::json!({ "without": without.json(), "with": with.json() }))
}
