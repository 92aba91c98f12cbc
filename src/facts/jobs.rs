//! What Nomad takes: the keys of a group and of a task, and which of them are attributes and which blocks.

/// Every key and its form: `attribute`, `block`, or `named`, a block with a name in quotes. Source: hashicorp/nomad v1.11.1,
/// api/tasks.go, `TaskGroup` and `Task`.
static KEYS: &str = include_str!("job_keys.tsv");

/// Of what the keys are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JobPart {
    /// A group.
    Group,
    /// A task.
    Task,
}

/// How a key is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyForm {
    /// `key = value`.
    Attribute,
    /// `key { ... }`.
    Block,
    /// `key "name" { ... }`.
    Named,
}

impl JobPart {
    /// Its name, also as a key of the cluster file.
    pub fn name(self) -> &'static str {
        match self {
            Self::Group => "group",
            Self::Task => "task",
        }
    }

    /// Its keys, sorted by name, each with its form.
    pub fn keys(self) -> impl Iterator<Item = (&'static str, KeyForm)> {
        KEYS.lines().filter_map(move |line| {
            let (name, form) = line
                .strip_prefix(self.name())?
                .trim_start()
                .split_once('\t')?;
            let form = match form {
                "attribute" => KeyForm::Attribute,
                "block" => KeyForm::Block,
                _ => KeyForm::Named,
            };
            Some((name, form))
        })
    }

    /// The form of that key; none where there is no such key.
    pub fn form(self, key: &str) -> Option<KeyForm> {
        let mut keys = self.keys();
        keys.find_map(|(name, form)| (name == key).then_some(form))
    }
}
