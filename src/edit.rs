//! stub
use crate::model::Cluster;
use crate::source::Document;
/// stub
pub struct Refusal {
    pub message: String,
    pub help: String,
}
/// stub
pub fn scaled(_: &Document, _: &Cluster, nodes: u32) -> Result<String, Refusal> {
    Ok(format!("nodes: {nodes}\n"))
}
/// stub
pub fn replaced(_: &Document, _: &Cluster, _: &str, _: bool) -> Result<String, Refusal> {
    Ok(String::new())
}
