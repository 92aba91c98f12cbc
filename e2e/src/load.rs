//! Closed-loop load on the counter through every node's ingress, and the verdict over what was acknowledged.
//!
//! A call that gets no answer is repeated with its idempotency key at the next node until it is acknowledged, so at
//! the end every call counts exactly once, or the verdict says which did not.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, RwLock};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow, ensure};

use crate::cluster::INGRESS;
use crate::docker::Project;

/// What to call, how often at once, and how patiently.
#[derive(Debug, Clone)]
pub struct Plan {
    /// Makes objects and idempotency keys of one load differ from those of another.
    pub label: String,
    /// How many objects are called.
    pub objects: u32,
    /// How many calls are in flight.
    pub clients: u32,
    /// State that each object keeps; 0 for a bare counter.
    pub state_bytes: u64,
    /// How long a single call may stay without any acknowledgement before it counts as lost.
    pub patience: Duration,
}

impl Plan {
    /// Bare counters, enough at once to keep every partition busy on a small machine.
    pub fn light(label: &str) -> Self {
        Self {
            label: label.to_owned(),
            objects: 24,
            clients: 8,
            state_bytes: 0,
            patience: Duration::from_secs(120),
        }
    }
}

/// One acknowledged call.
#[derive(Debug)]
struct Acknowledged {
    object: u32,
    value: u64,
    at: Instant,
    latency: Duration,
}

#[derive(Debug, Default)]
struct Client {
    acknowledged: Vec<Acknowledged>,
    refused: BTreeMap<String, u64>,
    given_up: Vec<String>,
}

/// Load that runs until it is finished.
pub struct Load {
    plan: Plan,
    ingresses: Arc<RwLock<Vec<String>>>,
    stop: Arc<AtomicBool>,
    count: Arc<AtomicU64>,
    last_refusal: Arc<Mutex<String>>,
    clients: Vec<JoinHandle<Client>>,
    started: Instant,
}

impl Load {
    /// Starts `plan` against the ingress of every node of `project`.
    pub fn start(project: &Project, plan: Plan) -> Result<Self> {
        Ok(Self::start_at(ingresses(project)?, plan))
    }

    /// Starts `plan` against those addresses.
    pub fn start_at(ingresses: Vec<String>, plan: Plan) -> Self {
        let ingresses = Arc::new(RwLock::new(ingresses));
        let stop = Arc::new(AtomicBool::new(false));
        let count = Arc::new(AtomicU64::new(0));
        let last_refusal = Arc::new(Mutex::new("none".to_owned()));
        let clients = (0..plan.clients)
            .map(|number| {
                let (plan, ingresses) = (plan.clone(), Arc::clone(&ingresses));
                let (stop, count) = (Arc::clone(&stop), Arc::clone(&count));
                let last = Arc::clone(&last_refusal);
                std::thread::spawn(move || client(number, &plan, &ingresses, &stop, &count, &last))
            })
            .collect();
        Self {
            plan,
            ingresses,
            stop,
            count,
            last_refusal,
            clients,
            started: Instant::now(),
        }
    }

    /// Calls the nodes that `project` has by now, from the next attempt on.
    pub fn turns_to_the_nodes_of(&self, project: &Project) -> Result<()> {
        self.turns_to(ingresses(project)?);
        Ok(())
    }

    /// Calls those addresses, from the next attempt on.
    pub fn turns_to(&self, found: Vec<String>) {
        match self.ingresses.write() {
            Ok(mut ingresses) => *ingresses = found,
            Err(poisoned) => *poisoned.into_inner() = found,
        }
    }

    /// How many calls have been acknowledged so far.
    pub fn acknowledged(&self) -> u64 {
        self.count.load(Ordering::Relaxed)
    }

    /// Fails unless `more` further calls are acknowledged within `limit`.
    pub fn advances(&self, more: u64, limit: Duration) -> Result<()> {
        let (from, start) = (self.acknowledged(), Instant::now());
        while self.acknowledged() < from + more {
            ensure!(
                start.elapsed() < limit,
                "{} calls acknowledged within {limit:?}, {more} wanted; the last refusal was: {}",
                self.acknowledged() - from,
                self.last_refusal
                    .lock()
                    .map_or_else(|_| String::new(), |last| last.clone())
            );
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(())
    }

    /// Stops asking for more, waits for what is open, and judges all of it.
    pub fn finish(mut self) -> Result<Tally> {
        self.stop.store(true, Ordering::Relaxed);
        let mut all = Client::default();
        for handle in std::mem::take(&mut self.clients) {
            let client = handle.join().map_err(|_| anyhow!("a client panicked"))?;
            all.acknowledged.extend(client.acknowledged);
            all.given_up.extend(client.given_up);
            for (reason, times) in client.refused {
                *all.refused.entry(reason).or_default() += times;
            }
        }
        let tally = Tally::of(all, self.started)?;
        // The numbers handed out are whole; the state behind them must be the same.
        let ingresses = now(&self.ingresses);
        for (object, count) in &tally.counts {
            let stored = value(&ingresses, &self.plan.label, *object)?;
            ensure!(
                stored == *count,
                "object {object} holds {stored}, {count} calls were acknowledged"
            );
        }
        Ok(tally)
    }
}

impl Drop for Load {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
    }
}

/// What a load came to. Exists only when no call was lost and none ran twice.
#[derive(Debug)]
pub struct Tally {
    /// Acknowledged calls by object.
    pub counts: BTreeMap<u32, u64>,
    /// All acknowledged calls.
    pub calls: u64,
    /// From the first call to the last acknowledgement.
    pub lasted: Duration,
    /// The longest time in which no call at all was acknowledged.
    pub longest_pause: Duration,
    /// When that pause began: the acknowledgement before it.
    pub pause_began: Instant,
    /// Calls acknowledged by then, by object.
    pub counts_before_pause: BTreeMap<u32, u64>,
    /// The longest that a single call took, repetitions included.
    pub longest_call: Duration,
    /// Half of all calls took at most this long.
    pub median: Duration,
    /// 99 of 100 calls took at most this long.
    pub p99: Duration,
    /// How often a call had to be repeated, by reason.
    pub repeated: BTreeMap<String, u64>,
}

impl Tally {
    fn of(all: Client, started: Instant) -> Result<Self> {
        let Client {
            mut acknowledged,
            refused: repeated,
            given_up,
        } = all;
        ensure!(
            given_up.is_empty(),
            "{} calls were never acknowledged: {:?}; repeated for: {repeated:?}",
            given_up.len(),
            &given_up[..given_up.len().min(5)]
        );
        ensure!(
            !acknowledged.is_empty(),
            "no call was acknowledged; repeated for: {repeated:?}"
        );
        let mut values: BTreeMap<u32, Vec<u64>> = BTreeMap::new();
        for call in &acknowledged {
            values.entry(call.object).or_default().push(call.value);
        }
        for (object, values) in &mut values {
            each_once(values).with_context(|| format!("object {object}"))?;
        }
        acknowledged.sort_by_key(|call| call.at);
        let moments = std::iter::once(started).chain(acknowledged.iter().map(|call| call.at));
        let (longest_pause, pause_began) = moments
            .zip(&acknowledged)
            .map(|(before, call)| (call.at - before, before))
            .max()
            .unwrap_or((Duration::ZERO, started));
        let mut counts_before_pause: BTreeMap<u32, u64> = BTreeMap::new();
        for call in acknowledged.iter().filter(|call| call.at <= pause_began) {
            *counts_before_pause.entry(call.object).or_default() += 1;
        }
        let mut latencies: Vec<Duration> = acknowledged.iter().map(|call| call.latency).collect();
        latencies.sort();
        Ok(Self {
            calls: acknowledged.len() as u64,
            lasted: acknowledged
                .last()
                .map_or(Duration::ZERO, |call| call.at - started),
            longest_pause,
            pause_began,
            counts_before_pause,
            longest_call: latencies[latencies.len() - 1],
            median: latencies[latencies.len() / 2],
            p99: latencies[latencies.len() * 99 / 100],
            counts: values
                .into_iter()
                .map(|(object, values)| (object, values.len() as u64))
                .collect(),
            repeated,
        })
    }
}

/// Fails unless `values` are exactly 1, 2, ..., n in some order.
pub fn each_once(values: &mut [u64]) -> Result<()> {
    values.sort_unstable();
    let twice: Vec<_> = values
        .windows(2)
        .filter(|pair| pair[0] == pair[1])
        .map(|pair| pair[0])
        .collect();
    ensure!(
        twice.is_empty(),
        "the same value was acknowledged twice: {twice:?}"
    );
    let highest = values.last().copied().unwrap_or(0);
    ensure!(
        highest == values.len() as u64,
        "{} calls acknowledged, but the counter stands at {highest}: a call was {}",
        values.len(),
        if highest > values.len() as u64 {
            "executed twice"
        } else {
            "lost"
        }
    );
    Ok(())
}

/// The value that object `object` of the load `label` holds.
pub fn value(ingresses: &[String], label: &str, object: u32) -> Result<u64> {
    let agent = agent(Duration::from_secs(10));
    crate::cluster::wait_for("read a counter", Duration::from_secs(60), || {
        let mut last = anyhow!("no ingress");
        for ingress in ingresses {
            let url = format!("http://{ingress}/Counter/{label}-{object}/get");
            match post(&agent, &url, None, "") {
                Ok(value) => return Ok(value),
                Err(reason) => last = anyhow!("{ingress}: {reason}"),
            }
        }
        Err(last)
    })
}

fn client(
    number: u32,
    plan: &Plan,
    ingresses: &RwLock<Vec<String>>,
    stop: &AtomicBool,
    count: &AtomicU64,
    last_refusal: &Mutex<String>,
) -> Client {
    let limit = Duration::from_secs(5);
    let mut connections = agent(limit);
    let mut done = Client::default();
    let mut call = 0u32;
    while !stop.load(Ordering::Relaxed) {
        let object = (number + call * plan.clients) % plan.objects;
        let key = format!("{}-{number}-{call}", plan.label);
        let (handler, body) = match plan.state_bytes {
            0 => ("add", String::new()),
            bytes => ("add_large", bytes.to_string()),
        };
        let start = Instant::now();
        let mut attempt = 0usize;
        loop {
            let ingresses = now(ingresses);
            let ingress = &ingresses[(number as usize + call as usize + attempt) % ingresses.len()];
            let url = format!("http://{ingress}/Counter/{}-{object}/{handler}", plan.label);
            match post(&connections, &url, Some(&key), &body) {
                Ok(value) => {
                    let at = Instant::now();
                    let latency = at - start;
                    done.acknowledged.push(Acknowledged {
                        object,
                        value,
                        at,
                        latency,
                    });
                    count.fetch_add(1, Ordering::Relaxed);
                    break;
                }
                Err(reason) => {
                    let known = reason.clone();
                    if let Ok(mut last) = last_refusal.lock() {
                        last.clone_from(&reason);
                    }
                    *done.refused.entry(reason).or_default() += 1;
                    if start.elapsed() > plan.patience {
                        done.given_up.push(format!("{key}: {known}"));
                        break;
                    }
                    attempt += 1;
                    // A connection made while nobody stood behind a virtual address may lead elsewhere for as long as it is kept.
                    connections = agent(limit);
                    std::thread::sleep(Duration::from_millis(20));
                }
            }
        }
        call += 1;
    }
    done
}

/// The ingress of every node of `project`.
fn ingresses(project: &Project) -> Result<Vec<String>> {
    let nodes = project.nodes.values();
    nodes
        .map(|service| project.published(service, INGRESS))
        .collect()
}

fn now(ingresses: &RwLock<Vec<String>>) -> Vec<String> {
    match ingresses.read() {
        Ok(ingresses) => ingresses.clone(),
        Err(poisoned) => poisoned.into_inner().clone(),
    }
}

fn agent(limit: Duration) -> ureq::Agent {
    ureq::Agent::new_with_config(
        ureq::Agent::config_builder()
            .http_status_as_error(false)
            .timeout_connect(Some(Duration::from_secs(1)))
            .timeout_global(Some(limit))
            .build(),
    )
}

fn post(agent: &ureq::Agent, url: &str, key: Option<&str>, body: &str) -> Result<u64, String> {
    let mut request = agent.post(url);
    if let Some(key) = key {
        request = request.header("idempotency-key", key);
    }
    let sent = match body {
        "" => request.send_empty(),
        json => request
            .header("content-type", "application/json")
            .send(json),
    };
    let mut response = sent.map_err(|error| error.to_string())?;
    let status = response.status();
    let text = response
        .body_mut()
        .read_to_string()
        .map_err(|error| error.to_string())?;
    if !status.is_success() {
        return Err(format!(
            "{status}: {}",
            text.chars().take(120).collect::<String>()
        ));
    }
    text.trim()
        .parse()
        .map_err(|_| format!("not a number: {text:?}"))
}
