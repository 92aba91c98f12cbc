//! RG810: credentials that everybody tries first.

use crate::diagnostic::{Rule, Severity, quoted};
use crate::import::Deployment;
use crate::import::rules::Found;
use crate::output::dotenv::is_guessable;

/// Credentials that everybody tries first.
pub static RULE: Rule = Rule {
    code: "RG810",
    slug: "default-credentials",
    severity: Severity::Warning,
    since: "0.2.0",
    docs: r#"## What

The credentials of the object store are those that images and tutorials have, such as `minioadmin`.

## Why

Everybody tries them first, and the snapshots in the store are the whole state of the cluster
([MinIO, root credentials](https://min.io/docs/minio/linux/administration/identity-access-management/minio-user-management.html)).

## Fails

```yaml
services:
  restate:
    image: docker.restate.dev/restatedev/restate:1.7.12
    environment:
      RESTATE_NODE_NAME: restate-1
      RESTATE_WORKER__SNAPSHOTS__DESTINATION: s3://restate/snapshots
      AWS_ACCESS_KEY_ID: minioadmin
      AWS_SECRET_ACCESS_KEY: minioadmin
    volumes: ['data:/restate-data']
volumes: {data: {}}
```

## Passes

```yaml
services:
  restate:
    image: docker.restate.dev/restatedev/restate:1.7.12
    environment:
      RESTATE_NODE_NAME: restate-1
      RESTATE_WORKER__SNAPSHOTS__DESTINATION: s3://restate/snapshots
      AWS_ACCESS_KEY_ID: orders
      AWS_SECRET_ACCESS_KEY: Hq3vT8yLw2ZkR9mX4cNp
    volumes: ['data:/restate-data']
volumes: {data: {}}
```
"#,
};

/// Finds secrets that everybody tries first. The value is never said.
pub fn check(deployment: &Deployment) -> Vec<Found> {
    let is_secret =
        |name: &str| name.ends_with("SECRET_ACCESS_KEY") || name.ends_with("aws-secret-access-key");
    let mut found = Vec::new();
    for server in &deployment.servers {
        let settings = server
            .settings
            .iter()
            .filter(|given| is_secret(&given.path));
        let settings = settings
            .filter_map(|given| Some((given.written.as_str(), given.value.as_str()?, &given.spot)));
        let variables = server
            .environment
            .iter()
            .filter(|(name, _)| is_secret(name));
        let variables = variables
            .filter_map(|(name, (value, spot))| Some((name.as_str(), value.as_deref()?, spot)));
        for (name, value, spot) in settings.chain(variables) {
            if is_guessable(value) {
                let message = format!("{} is a well-known default password", quoted(name));
                let help = "change it in the store and here, and keep it in `.env`";
                found.push(Found::new(&RULE, spot, message, help));
            }
        }
    }
    found
}
