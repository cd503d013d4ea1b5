//! The table: each job beside its limits, measured in alternating rounds of one run.

use std::fmt;
use std::hint::black_box;
use std::time::Instant;

/// Rounds of each job and of each of its limits; their medians count.
pub(crate) const ROUNDS: usize = 3;
/// How often a round asks a question; its middle time counts.
const QUESTIONS: usize = 11;

/// A measured job, or a limit of it.
#[derive(Debug, Clone)]
pub(crate) struct Series {
    name: String,
    values: Vec<f64>,
}

impl Series {
    /// A name without values.
    pub(crate) fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), values: Vec::new() }
    }

    /// Adds the value of a round.
    pub(crate) fn add(&mut self, value: f64) {
        self.values.push(value);
    }

    /// The middle value.
    pub(crate) fn median(&self) -> f64 {
        median(self.values.clone())
    }

    /// The middle of the ratios round by round: what slows the machine down for a while slows both.
    fn ratio(&self, limit: &Self) -> f64 {
        median(self.values.iter().zip(&limit.values).map(|(job, limit)| job / limit).collect())
    }
}

/// The middle of several times, in milliseconds.
pub(crate) fn usual<T>(mut work: impl FnMut() -> T) -> f64 {
    let mut times: Vec<_> = (0..QUESTIONS)
        .map(|_| {
            let started = Instant::now();
            black_box(work());
            started.elapsed()
        })
        .collect();
    times.sort_unstable();
    times[QUESTIONS / 2].as_secs_f64() * 1000.0
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

/// Prints the head of a table of rates.
pub(crate) fn head(title: &str, unit: &str) {
    println!(
        "\n## {title}\n\n| job | {unit} | p99 ms | beside | {unit} | ratio |\n|---|---:|---:|---|---:|---:|"
    );
}

/// Prints the head of a table of times.
pub(crate) fn milliseconds(title: &str) {
    println!("\n## {title}\n\n| job | ms | | beside | ms | ratio |\n|---|---:|---|---|---:|---:|");
}

/// Prints a job with the limits it is held against.
pub(crate) fn row(job: &Series, p99: Option<&Series>, limits: &[&Series]) {
    let p99 = p99.map_or_else(String::new, |p99| Figure(p99.median()).to_string());
    let (name, value) = (&job.name, Figure(job.median()));
    if limits.is_empty() {
        println!("| {name} | {value} | {p99} | | | |");
    }
    for (number, limit) in limits.iter().enumerate() {
        let beside = format!("{} | {} | {:.2}", limit.name, Figure(limit.median()), job.ratio(limit));
        if number == 0 {
            println!("| {name} | {value} | {p99} | {beside} |");
        } else {
            println!("| | | | {beside} |");
        }
    }
}

/// A number with three figures that count.
pub(crate) struct Figure(pub(crate) f64);

impl fmt::Display for Figure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            value if value >= 100.0 => write!(f, "{value:.0}"),
            value if value >= 10.0 => write!(f, "{value:.1}"),
            value if value >= 0.1 => write!(f, "{value:.2}"),
            value => write!(f, "{value:.4}"),
        }
    }
}
