//! What CI runs: a cluster that grows and shrinks again.

use anyhow::Result;

use super::changes::grows_and_shrinks;
use super::on_the_engine;

#[test]
fn three_nodes_become_five_and_three_again() -> Result<()> {
    on_the_engine(|| grows_and_shrinks(&[3, 5, 3]))
}
