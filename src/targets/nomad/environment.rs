//! Variables of a task: values that say what they are, and references that Nomad fills in.

use minijinja::Value;
use serde::Serialize;

use crate::render::{hcl_string, verbatim};

/// The name of a variable, and its value as an HCL expression.
pub type Variable = (String, String);

/// A variable as its line has it.
#[derive(Serialize)]
pub struct VariableView {
    /// Its name, as wide as the widest of the block: `nomad fmt` aligns the values.
    name: Value,
    value: Value,
}

/// A variable with a value in which nothing is filled in.
pub fn plain(name: impl Into<String>, value: &str) -> Variable {
    (name.into(), hcl_string(value))
}

/// A variable with a value in which Nomad fills in its own references. Nothing of the user's may be in it.
pub fn filled_in(name: impl Into<String>, value: &str) -> Variable {
    (name.into(), format!("\"{value}\""))
}

/// The variables as they stand below each other.
pub fn aligned(mut variables: Vec<Variable>) -> Vec<VariableView> {
    for (name, _) in &mut variables {
        if !is_identifier(name) {
            *name = hcl_string(name);
        }
    }
    let widths = variables.iter().map(|(name, _)| name.chars().count());
    let width = widths.max().unwrap_or(0);
    variables
        .into_iter()
        .map(|(name, value)| VariableView {
            name: verbatim(format!("{name:width$}")),
            value: verbatim(value),
        })
        .collect()
}

/// Whether HCL takes the name as it is.
fn is_identifier(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-')
}
