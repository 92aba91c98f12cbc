//! What the server makes of an address under a setting: which forms it takes, and what becomes of another. Whether anybody answers
//! there is not known here.

use super::releases::Release;
use super::table::Span;

/// The form of an address under a setting.
#[derive(Debug, PartialEq, Eq)]
pub struct AddressForm {
    /// The dotted path of the setting.
    pub path: &'static str,
    span: Span,
    /// The schemes that it may have, the usual ones first. `unix` is followed by a path, all others by a host.
    pub schemes: &'static [&'static str],
    /// What the server makes of a host without a scheme.
    pub without_scheme: WithoutScheme,
    /// What becomes of an address that can be read and has another scheme, another port than there are, or no host.
    pub otherwise: &'static str,
    /// What happens to a string that is not a URL at all.
    pub when_unreadable: &'static str,
    /// Where this is known from.
    pub source: &'static str,
}

/// What the server makes of a host, or of a host and its port, without a scheme.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WithoutScheme {
    /// The same as of any wrong form.
    Refused,
    /// It takes `http` for the scheme.
    TakenAsHttp,
    /// It passes the string on unchanged, to any client that requests the address.
    HandedOn,
}

const HTTP: &[&str] = &["http", "https"];
const HTTP_OR_SOCKET: &[&str] = &["http", "https", "unix"];

/// What the server sends traces by. The parts between the plus signs may stand in any order. Source: restatedev/restate
/// crates/tracing-instrumentation/src/exporter.rs@v1.7.6.
const TRACING: &[&str] = &[
    "http",
    "https",
    "grpc",
    "otlp+grpc",
    "otlp+http",
    "otlp+https",
    "otlp+http+proto",
    "otlp+https+proto",
    "otlp+http+json",
    "otlp+https+json",
];

static FORMS: [AddressForm; 11] = [
    AddressForm {
        path: "admin.advertised-address",
        span: Span::from("1.6.0"),
        schemes: HTTP_OR_SOCKET,
        without_scheme: WithoutScheme::HandedOn,
        otherwise: "nobody can open it",
        when_unreadable: "the server does not start",
        source: "run: 1.6.2 and 1.7.12 start with `/admin` and `ftp://localhost:21`; RT0002 with `http://`",
    },
    AddressForm {
        path: "admin.advertised-admin-endpoint",
        span: Span::between("1.5.3", "1.6.0"),
        schemes: HTTP,
        without_scheme: WithoutScheme::HandedOn,
        otherwise: "nobody can open it",
        when_unreadable: "the server does not start",
        source: "run: 1.5.3 starts with `/admin` and `ftp://localhost:21`; RT0002 with `unix:/tmp/x.sock` and `http://`",
    },
    AddressForm {
        path: "admin.advertised-admin-endpoint",
        span: Span::from("1.6.0"),
        schemes: HTTP_OR_SOCKET,
        without_scheme: WithoutScheme::HandedOn,
        otherwise: "nobody can open it",
        when_unreadable: "the server does not start",
        source: "run: 1.6.2 and 1.7.12 start with `/admin` and `ftp://localhost:21`; RT0002 with `http://`",
    },
    AddressForm {
        path: "http-proxy",
        span: Span::between("1.5.3", "1.6.0"),
        schemes: HTTP,
        without_scheme: WithoutScheme::Refused,
        otherwise: "the server does not start",
        when_unreadable: "the server does not start",
        source: "run: 1.5.3 with `/proxy`, `localhost`, `localhost:3128`, `http://`: RT0002, invalid proxy Uri",
    },
    AddressForm {
        path: "http-proxy",
        span: Span::from("1.6.0"),
        schemes: HTTP,
        without_scheme: WithoutScheme::TakenAsHttp,
        otherwise: "the server calls services without the proxy, and says nothing",
        when_unreadable: "the server calls services without the proxy, and says nothing",
        source: "run: 1.6.2 and 1.7.12 start with `/proxy`, `ftp://localhost:21`, `http://`; restatedev/restate crates/service-client/src/proxy.rs@v1.6.2",
    },
    AddressForm {
        path: "ingress.advertised-address",
        span: Span::from("1.6.0"),
        schemes: HTTP_OR_SOCKET,
        without_scheme: WithoutScheme::HandedOn,
        otherwise: "no client can call it, and the server panics when a client requests a service's OpenAPI document",
        when_unreadable: "the server does not start",
        source: "run: 1.6.2 and 1.7.12 with `/ingress` and `ftp://localhost:21`, GET :9070/services/NAME/openapi; RT0002 with `http://`",
    },
    AddressForm {
        path: "ingress.advertised-ingress-endpoint",
        span: Span::between("1.5.3", "1.6.0"),
        schemes: HTTP,
        without_scheme: WithoutScheme::HandedOn,
        otherwise: "no client can call it",
        when_unreadable: "the server does not start",
        source: "run: 1.5.3 hands on `/ingress` and `ftp://localhost:21`, GET :9070/version; RT0002 with `unix:/tmp/x.sock` and `http://`",
    },
    AddressForm {
        path: "ingress.advertised-ingress-endpoint",
        span: Span::from("1.6.0"),
        schemes: HTTP_OR_SOCKET,
        without_scheme: WithoutScheme::HandedOn,
        otherwise: "no client can call it, and the server panics when a client requests a service's OpenAPI document",
        when_unreadable: "the server does not start",
        source: "run: 1.6.2 and 1.7.12 take it as `ingress.advertised-address`",
    },
    AddressForm {
        path: "tracing-endpoint",
        span: Span::from("1.5.3"),
        schemes: TRACING,
        without_scheme: WithoutScheme::Refused,
        otherwise: "the server panics when it starts",
        when_unreadable: "the server panics when it starts",
        source: "run: 1.5.3, 1.6.2 and 1.7.12 with `/traces`, `localhost:4317`, `ftp://localhost:21`, `http://`: InvalidTracingEndpoint",
    },
    AddressForm {
        path: "tracing-services-endpoint",
        span: Span::from("1.5.3"),
        schemes: TRACING,
        without_scheme: WithoutScheme::Refused,
        otherwise: "the server panics when it starts",
        when_unreadable: "the server panics when it starts",
        source: "run: 1.7.12 with `/traces`, `localhost:4317`, `ftp://localhost:21`, `http://`: InvalidTracingEndpoint",
    },
    AddressForm {
        path: "worker.invoker.http-proxy",
        span: Span::from("1.7.0"),
        schemes: HTTP,
        without_scheme: WithoutScheme::TakenAsHttp,
        otherwise: "the server calls services without the proxy, and says nothing",
        when_unreadable: "the server calls services without the proxy, and says nothing",
        source: "run: 1.7.12 starts with `/proxy`, `ftp://localhost:21`, `http://`; restatedev/restate crates/service-client/src/proxy.rs@v1.7.6",
    },
];

impl Release {
    /// The form of the address under a setting of that path, where the setting is one and users may set it.
    pub fn address_form(&self, path: &str) -> Option<&'static AddressForm> {
        FORMS
            .iter()
            .find(|row| row.path == path && self.is_in(row.span))
    }
}
