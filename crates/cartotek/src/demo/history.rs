//! What was known of a demo patient's disease before the first course, and how each course was prepared.

use cartotek_domain::course::CourseOutcome;
use chrono::NaiveDate;

use super::course::{Course, plus};
use super::person::Person;
use super::product::Product;
use super::random::{Dice, rounded};

/// The last day before an infusion on which bridging therapy is given: lymphodepletion begins later.
const LAST_BRIDGING: i64 = -8;

/// The disease before the first course.
#[derive(Debug)]
pub(super) struct History {
    /// The day of the diagnosis.
    pub(super) diagnosed: NaiveDate,
    /// Whether no more than the month of the diagnosis is known.
    pub(super) only_month: bool,
    /// Lines of treatment before the first course.
    pub(super) lines: i64,
    /// A transplantation: `auto` or `allo`, and its day.
    pub(super) transplantation: Option<(&'static str, NaiveDate)>,
    /// Body height.
    pub(super) height_cm: f64,
    /// How much the patient is troubled when well, from 0 to 1.
    pub(super) frailty: f64,
    /// Whether the site asks more than the shortest questionnaire.
    pub(super) asked_more: bool,
}

/// What went before the infusion of a course.
#[derive(Debug)]
pub(super) struct Preparation {
    /// Lines of treatment before the course.
    pub(super) lines: i64,
    /// The product that was infused in an earlier course.
    pub(super) infused_before: Option<&'static Product>,
    /// Therapy between apheresis and lymphodepletion.
    pub(super) bridging: Option<Bridging>,
    /// The status of the disease at apheresis.
    pub(super) at_apheresis: &'static str,
    /// The status of the disease before lymphodepletion.
    pub(super) before_infusion: &'static str,
}

/// Therapy that holds the disease while the product is made.
#[derive(Debug)]
pub(super) struct Bridging {
    /// Its type.
    pub(super) kind: &'static str,
    /// Its first day.
    pub(super) start: NaiveDate,
    /// Its last day.
    pub(super) stop: NaiveDate,
    /// What it did.
    pub(super) response: &'static str,
}

impl History {
    pub(super) fn draw(dice: &mut Dice, person: &Person, courses: &[Course], enrolled: NaiveDate) -> Self {
        let indication = courses.first().map_or("LBCL", |course| course.product.indication);
        let age = person.months_on(enrolled);
        let longest = if indication == "FL" || indication == "MM" { 120 } else { 48 };
        // Counted in months of 30 days, so that the diagnosis never precedes the month of birth.
        let months = dice.between(8, longest).min(age - 3);
        let diagnosed = plus(enrolled, -30 * months);
        let least = courses.first().map_or(2, |course| least_lines(course.product));
        Self {
            diagnosed,
            only_month: dice.chance(0.1),
            lines: least + dice.between(0, 2),
            transplantation: transplantation(dice, indication, diagnosed, 30 * months),
            height_cm: height(dice, age, person.sex),
            frailty: 0.2 * dice.unit(),
            asked_more: dice.chance(0.35),
        }
    }

    /// The date of the diagnosis as forms write it.
    pub(super) fn diagnosis_date(&self) -> String {
        self.diagnosed.format(if self.only_month { "%Y-%m" } else { "%Y-%m-%d" }).to_string()
    }
}

/// The fewest lines of treatment after which the label allows a product.
fn least_lines(product: &Product) -> i64 {
    match (product.code, product.indication) {
        ("axicabtagene_ciloleucel", "FL") => 3,
        _ => 2,
    }
}

fn transplantation(
    dice: &mut Dice,
    indication: &str,
    diagnosed: NaiveDate,
    days: i64,
) -> Option<(&'static str, NaiveDate)> {
    let (kind, share) = match indication {
        "MM" => ("auto", 0.7),
        "B_ALL" => ("allo", 0.35),
        "MCL" => ("auto", 0.4),
        _ => ("auto", 0.2),
    };
    let after = dice.between(days / 3, days - 45);
    dice.chance(share).then(|| (kind, plus(diagnosed, after)))
}

fn height(dice: &mut Dice, months: i64, sex: &str) -> f64 {
    let years = f64::from(i32::try_from(months).unwrap_or_default()) / 12.0;
    let usual = match sex {
        _ if years < 16.0 => 72.0 + 6.2 * years,
        "male" => 179.0,
        _ => 166.0,
    };
    rounded(usual * (0.95 + 0.1 * dice.unit()), 0)
}

impl Preparation {
    /// The preparation of the course at a place in the order.
    pub(super) fn draw(dice: &mut Dice, history: &History, courses: &[Course], at: usize) -> Self {
        let course = &courses[at];
        let infused = courses[..at].iter().rfind(|before| before.day0().is_some());
        let since = infused.map_or(0, |before| 1 + i64::from(before.has_further_therapy()));
        let bridging = Bridging::draw(dice, course);
        let at_apheresis = dice.pick(active(course.product.indication)).unwrap_or("PD");
        let before_infusion = match &bridging {
            Some(bridging) => after_bridging(course.product.indication, bridging.response),
            None => at_apheresis,
        };
        Self {
            lines: (history.lines + since).max(least_lines(course.product)),
            infused_before: infused.map(|before| before.product),
            bridging,
            at_apheresis,
            before_infusion,
        }
    }
}

impl Bridging {
    /// The therapy after the last apheresis of a course, if there was time for one.
    fn draw(dice: &mut Dice, course: &Course) -> Option<Self> {
        let apheresis = course.batches.last()?.apheresis;
        let given_up = |(_, day): (CourseOutcome, NaiveDate)| plus(day, -1);
        let last = course.day0().map(|day0| plus(day0, LAST_BRIDGING)).or(course.closing.map(given_up))?;
        let start = plus(apheresis, dice.between(3, 8));
        let stop = plus(start, dice.between(0, 18)).min(last);
        let kinds: &[(&str, u32)] = match course.product.indication {
            "MM" => &[("targeted", 4), ("chemotherapy", 2), ("bispecific", 2), ("steroids_only", 1)],
            "B_ALL" => &[("chemotherapy", 6), ("antibody_drug_conjugate", 3), ("steroids_only", 1)],
            "MCL" => &[("targeted", 5), ("chemotherapy", 2), ("radiotherapy", 1)],
            _ => &[
                ("chemotherapy", 4),
                ("antibody_drug_conjugate", 2),
                ("radiotherapy", 3),
                ("steroids_only", 1),
            ],
        };
        let kind = dice.pick(kinds).unwrap_or("chemotherapy");
        let answers = [("CR", 1), ("PR", 3), ("SD", 3), ("PD", 3), ("not_assessed", 1)];
        let response = dice.pick(&answers).unwrap_or("SD");
        (dice.chance(0.68) && start <= stop).then_some(Self { kind, start, stop, response })
    }
}

/// The status of a disease that is to be treated.
fn active(indication: &str) -> &'static [(&'static str, u32)] {
    match indication {
        "B_ALL" => &[("active", 6), ("CR_MRDpos", 3), ("untreated_relapse", 1)],
        "MM" => &[("PD", 6), ("SD", 1), ("PR", 2), ("VGPR", 1)],
        _ => &[("PD", 6), ("SD", 2), ("PR", 2)],
    }
}

/// The status after a bridging therapy with a response.
fn after_bridging(indication: &str, response: &'static str) -> &'static str {
    match (indication, response) {
        ("B_ALL", "CR") => "CR_MRDpos",
        ("B_ALL", "PR" | "SD" | "PD") => "active",
        _ => response,
    }
}
