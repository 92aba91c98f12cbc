//! Variables of a task: values that say what they are, and references that Nomad fills in.

use minijinja::Value;
use serde::Serialize;

use crate::render::hcl_string;

/// A variable of a task.
#[derive(Serialize, Clone)]
pub struct VariableView {
    /// Its name, as wide as the widest of the block: `nomad fmt` aligns the values.
    name: Value,
    /// Its value as an HCL expression.
    value: Value,
    #[serde(skip)]
    key: String,
}

/// A variable with a value in which nothing is filled in.
pub fn plain(name: impl Into<String>, value: &str) -> VariableView {
    variable(name.into(), hcl_string(value))
}

/// A variable with a value in which Nomad fills in its own references. Nothing of the user's may be in it.
pub fn filled_in(name: impl Into<String>, value: &str) -> VariableView {
    variable(name.into(), format!("\"{value}\""))
}

fn variable(key: String, value: String) -> VariableView {
    VariableView {
        name: Value::from(()),
        value: Value::from_safe_string(value),
        key,
    }
}

/// The variables as they stand below each other.
pub fn aligned(mut variables: Vec<VariableView>) -> Vec<VariableView> {
    let width = variables
        .iter()
        .map(|variable| written(&variable.key).chars().count())
        .max()
        .unwrap_or(0);
    for variable in &mut variables {
        let name = written(&variable.key);
        variable.name = Value::from_safe_string(format!("{name:width$}"));
    }
    variables
}

/// A name as HCL takes it: bare where it is an identifier.
fn written(name: &str) -> String {
    let is_identifier = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-');
    if is_identifier {
        name.to_owned()
    } else {
        hcl_string(name)
    }
}
