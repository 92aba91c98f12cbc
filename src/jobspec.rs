//! Parts of a Nomad job that the cluster file gives as HCL: read, and written as `nomad fmt` writes them.
//!
//! Nothing is copied: only what was understood is written again, so no text ends the block that it stands in. Comments
//! are left out.

use hcl::edit::expr::{Expression, FuncCall, ObjectKey, Traversal, TraversalOperator};
use hcl::edit::structure::{self, Structure};
use hcl::edit::template::Element;
use hcl::edit::{Span, parser};
use hcl::template::Strip;

use crate::render::{hcl_heredoc_line, hcl_string};

/// Ends texts of several lines.
const DELIMITER: &str = "EOF";

/// What stands between the braces of a block.
#[derive(Debug, Clone, Default)]
pub struct Body {
    /// Its attributes.
    pub attributes: Vec<Attribute>,
    /// The blocks in it.
    pub blocks: Vec<Block>,
}

/// A line `name = value`.
#[derive(Debug, Clone)]
pub struct Attribute {
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: Value,
    /// The line of the text on which it starts, from 1.
    pub line: usize,
}

/// A value of an attribute.
#[derive(Debug, Clone)]
pub struct Value {
    /// As HCL.
    pub written: String,
    /// The text, where it is one in which nothing is filled in.
    pub text: Option<String>,
}

impl Value {
    /// The text, with its references as they are written.
    pub fn shown(&self) -> &str {
        let written = self.written.trim_matches('"');
        self.text.as_deref().unwrap_or(written)
    }
}

/// A block.
#[derive(Debug, Clone)]
pub struct Block {
    /// Its name.
    pub name: String,
    /// What stands in quotes after the name.
    pub labels: Vec<String>,
    /// What is in it.
    pub body: Body,
    /// The line of the text on which it starts, from 1.
    pub line: usize,
}

/// Why a text is not taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The line of the text, from 1.
    pub line: usize,
    /// What is wrong with it.
    pub message: String,
}

impl PartialEq for Body {
    /// Whether both are written alike: lines and comments of the text they came from do not count.
    fn eq(&self, other: &Self) -> bool {
        self.lines(0) == other.lines(0)
    }
}

impl Eq for Body {}

impl Body {
    /// The attribute of that name.
    pub fn attribute(&self, name: &str) -> Option<&Attribute> {
        self.attributes.iter().find(|of| of.name == name)
    }

    /// The blocks of that name.
    pub fn blocks_named<'b>(&'b self, name: &'b str) -> impl Iterator<Item = &'b Block> {
        self.blocks.iter().filter(move |block| block.name == name)
    }

    /// Its lines, below each other, with that many blanks before each: the attributes, then the blocks, each after an
    /// empty line. Lines of a text within start where they have to.
    pub fn lines(&self, indentation: usize) -> Vec<String> {
        let blanks = " ".repeat(indentation);
        let widths = self.attributes.iter().map(|of| of.name.chars().count());
        let width = widths.max().unwrap_or(0);
        let mut lines = Vec::new();
        for Attribute { name, value, .. } in &self.attributes {
            let text = format!("{blanks}{name:width$} = {}", value.written);
            lines.extend(text.split('\n').map(str::to_owned));
        }
        for block in &self.blocks {
            if !lines.is_empty() {
                lines.push(String::new());
            }
            lines.extend(block.lines(indentation));
        }
        lines
    }
}

impl Block {
    fn lines(&self, indentation: usize) -> Vec<String> {
        let blanks = " ".repeat(indentation);
        let mut head = format!("{blanks}{}", self.name);
        for label in &self.labels {
            head.push(' ');
            head.push_str(&hcl_string(label));
        }
        let mut lines = vec![format!("{head} {{")];
        lines.extend(self.body.lines(indentation + 2));
        lines.push(format!("{blanks}}}"));
        lines
    }
}

/// Reads what stands between the braces of a block.
///
/// # Errors
/// Where it is not HCL, or a value is an expression that is not taken.
pub fn read(text: &str) -> Result<Body, Fault> {
    let parsed = parser::parse_body(text).map_err(|error| Fault {
        line: error.location().line(),
        message: format!("is not HCL: {}", error.message()),
    })?;
    body(&parsed, text)
}

fn body(parsed: &structure::Body, text: &str) -> Result<Body, Fault> {
    let mut read = Body::default();
    for one in parsed {
        let start = one.span().map_or(0, |span| span.start);
        let line = 1 + text[..start].matches('\n').count();
        match one {
            Structure::Attribute(attribute) => {
                let name = attribute.key.as_str().to_owned();
                let value = value(&attribute.value).map_err(|reason| Fault {
                    line,
                    message: format!("gives `{name}` {reason}"),
                })?;
                read.attributes.push(Attribute { name, value, line });
            }
            Structure::Block(block) => read.blocks.push(Block {
                name: block.ident.as_str().to_owned(),
                labels: block
                    .labels
                    .iter()
                    .map(|label| label.as_str().to_owned())
                    .collect(),
                body: body(&block.body, text)?,
                line,
            }),
        }
    }
    Ok(read)
}

/// Why an expression is not taken, as the end of a sentence.
type Reason = &'static str;

/// A part of a string.
enum Part {
    /// It stays what it is.
    Text(String),
    /// Something is filled in.
    Reference(String),
}

fn value(expression: &Expression) -> Result<Value, Reason> {
    let Some(parts) = parts(expression)? else {
        return Ok(Value {
            written: written(expression)?,
            text: None,
        });
    };
    let texts = parts.iter().map(|part| match part {
        Part::Text(text) => Some(text.as_str()),
        Part::Reference(_) => None,
    });
    Ok(Value {
        text: texts.collect(),
        // A text of several lines is read best as such, where nothing in it has to be escaped.
        written: heredoc(&parts).unwrap_or_else(|| quoted(&parts)),
    })
}

/// The parts of a string; none where it is something else.
fn parts(expression: &Expression) -> Result<Option<Vec<Part>>, Reason> {
    let part = |element: &Element| match element {
        Element::Literal(text) => Ok(Part::Text(text.as_str().to_owned())),
        Element::Interpolation(filled) if filled.strip == Strip::None => {
            reference(&filled.expr).map(Part::Reference)
        }
        Element::Interpolation(_) | Element::Directive(_) => {
            Err("a string with `%{` or `~`, which is not taken")
        }
    };
    match expression {
        Expression::String(text) => Ok(Some(vec![Part::Text(text.as_str().to_owned())])),
        Expression::StringTemplate(parts) => {
            parts.iter().map(part).collect::<Result<_, _>>().map(Some)
        }
        Expression::HeredocTemplate(heredoc) => {
            let parts = heredoc.template.iter().map(part);
            parts.collect::<Result<_, _>>().map(Some)
        }
        _ => Ok(None),
    }
}

/// A string of several lines.
fn heredoc(parts: &[Part]) -> Option<String> {
    let mut body = String::new();
    for (index, part) in parts.iter().enumerate() {
        match part {
            Part::Text(text) => {
                // A dollar before a reference would switch it off.
                let is_last = index + 1 == parts.len();
                let is_clear = |c: char| matches!(c, '\n' | '\t') || !c.is_control();
                if text.contains("$$")
                    || text.contains("%%")
                    || !text.chars().all(is_clear)
                    || (!is_last && text.ends_with(['$', '%']))
                {
                    return None;
                }
                body.push_str(&hcl_heredoc_line(text).to_string());
            }
            Part::Reference(name) => body.push_str(&format!("${{{name}}}")),
        }
    }
    let lines = body.strip_suffix('\n')?;
    let is_one = lines.contains('\n') && lines.lines().all(|line| line.trim() != DELIMITER);
    is_one.then(|| format!("<<{DELIMITER}\n{lines}\n{DELIMITER}"))
}

/// A string in quotes.
fn quoted(parts: &[Part]) -> String {
    let mut quoted = String::from("\"");
    for (index, part) in parts.iter().enumerate() {
        match part {
            Part::Text(text) => {
                let text = hcl_string(text);
                let inner = text
                    .strip_prefix('"')
                    .and_then(|rest| rest.strip_suffix('"'));
                let inner = inner.unwrap_or_default();
                // A dollar before a reference would switch it off.
                match inner.strip_suffix('$') {
                    Some(before) if index + 1 < parts.len() => {
                        quoted.push_str(&format!("{before}\\u0024"));
                    }
                    _ => quoted.push_str(inner),
                }
            }
            Part::Reference(name) => quoted.push_str(&format!("${{{name}}}")),
        }
    }
    quoted.push('"');
    quoted
}

fn written(expression: &Expression) -> Result<String, Reason> {
    if let Some(parts) = parts(expression)? {
        return Ok(quoted(&parts));
    }
    let list = |items: Vec<String>| items.join(", ");
    Ok(match expression {
        Expression::Null(_) => "null".into(),
        Expression::Bool(value) => value.to_string(),
        Expression::Number(number) => number.value().to_string(),
        Expression::Array(items) => {
            let items: Result<_, Reason> = items.iter().map(written).collect();
            format!("[{}]", list(items?))
        }
        Expression::Object(entries) if entries.is_empty() => "{}".into(),
        Expression::Object(entries) => {
            let entries: Result<_, Reason> = entries
                .iter()
                .map(|(key, value)| Ok(format!("{} = {}", name(key)?, written(value.expr())?)))
                .collect();
            format!("{{ {} }}", list(entries?))
        }
        Expression::FuncCall(call) => function(call)?,
        Expression::Variable(_) | Expression::Traversal(_) => {
            return Err("a reference outside of a string: write \"${...}\"");
        }
        _ => {
            return Err(
                "an expression; strings, numbers, `true`, `false`, lists, objects and calls of functions are taken",
            );
        }
    })
}

/// The name of an entry.
fn name(key: &ObjectKey) -> Result<String, Reason> {
    match key {
        ObjectKey::Ident(name) => Ok(name.as_str().to_owned()),
        ObjectKey::Expression(Expression::Variable(name)) => Ok(name.as_str().to_owned()),
        ObjectKey::Expression(expression) => written(expression),
    }
}

fn function(call: &FuncCall) -> Result<String, Reason> {
    if call.name.is_namespaced() || call.args.expand_final() {
        return Err("a call of a function of another form than `name(value, ...)`");
    }
    let arguments: Result<Vec<String>, Reason> = call.args.iter().map(written).collect();
    Ok(format!(
        "{}({})",
        call.name.name.as_str(),
        arguments?.join(", ")
    ))
}

/// What a string refers to: names after dots, and names or numbers in brackets.
fn reference(expression: &Expression) -> Result<String, Reason> {
    const OTHER: Reason = "a string with another expression than a reference in `${...}`";
    match expression {
        Expression::Variable(name) => Ok(name.as_str().to_owned()),
        Expression::Traversal(traversal) => {
            let Traversal {
                expr, operators, ..
            } = traversal.as_ref();
            let Expression::Variable(root) = expr else {
                return Err(OTHER);
            };
            let mut said = root.as_str().to_owned();
            for operator in operators {
                match operator.value() {
                    TraversalOperator::GetAttr(name) => {
                        said.push('.');
                        said.push_str(name.as_str());
                    }
                    TraversalOperator::Index(
                        index @ (Expression::String(_) | Expression::Number(_)),
                    ) => said.push_str(&format!("[{}]", written(index)?)),
                    _ => return Err(OTHER),
                }
            }
            Ok(said)
        }
        _ => Err(OTHER),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn again(text: &str) -> Result<String, String> {
        let read = read(text).map_err(|fault| format!("{}: {}", fault.line, fault.message))?;
        Ok(read.lines(2).join("\n"))
    }

    #[test]
    fn what_is_read_is_written_as_nomad_formats_it() {
        let text = r#"
            # a comment
            a = 1
            longer = ["x", {b = true, "c d" = null}]  // another
            f = file("./x")
            service "tags" {
              name = "${NOMAD_JOB_NAME}-${meta["a"]}"
              check { type = "tcp" }
            }
            meta {
            }
        "#;
        let expected = r#"  a      = 1
  longer = ["x", { b = true, "c d" = null }]
  f      = file("./x")

  service "tags" {
    name = "${NOMAD_JOB_NAME}-${meta["a"]}"

    check {
      type = "tcp"
    }
  }

  meta {
  }"#;
        assert_eq!(again(text).as_deref(), Ok(expected));
        assert_eq!(again(expected).as_deref(), Ok(expected));
    }

    #[test]
    fn texts_stay_what_they_are() {
        for (text, expected) in [
            (r#"a = "x\n\"}\\""#, r#"  a = "x\n\"}\\""#),
            (r#"a = "$${b} %%{c}""#, r#"  a = "$${b} %%{c}""#),
            ("a = \"$$\\u0024{b}\"", r#"  a = "$$\u0024{b}""#),
            (r#"a = "$$ 5%""#, r#"  a = "$$ 5%""#),
            (r#"a = "5\u0024${b}""#, r#"  a = "5\u0024${b}""#),
            (
                "a = <<X\n  one\n  $${two}\nX\n",
                "  a = <<EOF\n  one\n  $${two}\nEOF",
            ),
            (
                "a = <<-X\n    one\n      two\n    X\n",
                "  a = <<EOF\none\n  two\nEOF",
            ),
            ("a = <<X\none\nX\n", r#"  a = "one\n""#),
            ("a = <<X\none\n EOF\n}\nX\n", r#"  a = "one\n EOF\n}\n""#),
            (
                "a = <<X\none ${b}\ntwo\nX\n",
                "  a = <<EOF\none ${b}\ntwo\nEOF",
            ),
            ("a = <<X\none $\ntwo\nX\n", "  a = <<EOF\none $\ntwo\nEOF"),
            ("a = <<X\none\r\ntwo\nX\n", r#"  a = "one\r\ntwo\n""#),
        ] {
            assert_eq!(again(text).as_deref(), Ok(expected), "{text}");
        }
    }

    #[test]
    fn what_is_not_understood_is_refused_with_its_line() {
        for (text, line, words) in [
            ("a = 1\n}\njob \"b\" {", 2, "is not HCL"),
            ("a = 1\nb = local.image", 2, "gives `b` a reference outside"),
            ("\n\na = 1 + 1", 3, "gives `a` an expression"),
            ("c {\n  a = \"%{ if x }y%{ endif }\"\n}", 2, "with `%{`"),
            ("a = \"${1 + 1}\"", 1, "another expression"),
            ("a = \"${a[*].b}\"", 1, "another expression"),
            ("a = f(b...)", 1, "another form"),
            ("a = \"x", 1, "is not HCL"),
        ] {
            let fault = read(text).expect_err(text);
            assert_eq!(fault.line, line, "{text}: {fault:?}");
            assert!(fault.message.contains(words), "{text}: {fault:?}");
        }
        let deep = format!("a = {}{}", "[".repeat(4000), "]".repeat(4000));
        assert!(read(&deep).is_err());
        assert!(read(&format!("a = {}1", "-".repeat(8000))).is_err());
    }

    #[test]
    fn only_what_is_said_counts() {
        let one = read("a = 1\nb {}\n").expect("HCL");
        assert_eq!(one, read("# x\n\n\nb {\n}\na=1").expect("HCL"));
        assert_ne!(one, read("a = 2\nb {}\n").expect("HCL"));
    }
}
