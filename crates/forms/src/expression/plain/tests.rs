use std::path::Path;
use std::sync::LazyLock;

use rstest::rstest;
use serde_json::json;

use super::*;
use crate::expression::Expression;
use crate::{CheckTime, Forms, SchemaSet};

static FORMS: LazyLock<Forms> = LazyLock::new(|| {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../schemas");
    Forms::compile(&SchemaSet::read_folder(&folder).unwrap()).unwrap()
});

/// Both ways are compared wherever an expression is evaluated: here with every value that an answer may have, when the
/// forms are tried out, and with every example.
#[test]
fn plain_expressions_mean_what_they_mean_in_cel() {
    let (mut plain, mut rules, mut findings) = (0, 0, 0);
    for form in FORMS.latest() {
        for example in form.examples() {
            let time = CheckTime { today: example.today, first_submitted: example.first_submitted };
            let checked = form.check_content(&example.content, &time);
            let told = form.check_milestones(&example.content, &example.milestones, example.today);
            findings += checked.findings.len() + told.len();
        }
        rules += form.rules.len();
        plain += form.rules.iter().filter(|rule| rule.check.plain.is_some()).count();
    }
    assert!(findings > 500, "only {findings} findings");
    assert!(plain * 10 > rules * 9, "only {plain} of {rules} rules are plain");
}

#[rstest]
#[case::shadowed("[1, 2].exists(f, f == 2)", Ok(true))]
#[case::nested("[1, 2].all(x, [3, x].exists(y, y == x && x < 3))", Ok(true))]
#[case::lists("[[1], [1.0]].all(x, x == [1]) && [1] != ['1'] && [] == f.infections", Ok(true))]
#[case::absent("f.disease_status == null && !(f.ecog == null) && null in [f.disease_status]", Ok(true))]
#[case::types("f.ecog != '1' && f.ecog == 1 && f.ecog in ['1', 1]", Ok(true))]
#[case::chosen("f.vital_status == 'alive' ? 1.5 * 2.0 - 1.0 < f.ecog + 1.5 : f.ecog > 9", Ok(true))]
#[case::sized("size(m.contact_date) == 0 && size(p.contact_date) >= 0", Ok(true))]
#[case::gathered("[1, 2, 3].filter(x, x > 1).map(x, [x, 'a' + 'b']) == [[2, 'ab'], [3, 'ab']]", Ok(true))]
#[case::gathered_of_some("[3, 1].map(x, x > 2, x == 3) + [false] == [true, false]", Ok(true))]
#[case::nothing_gathered("[].map(x, x) == [] && [f.ecog].filter(x, x == null) == []", Ok(true))]
#[case::undecided_in_the_middle("[1].map(x, before(f.contact_date, m.death_date)) == []", Err(Stop::Absent))]
#[case::undecided_guard("[1].filter(x, before(f.contact_date, m.death_date)) == []", Err(Stop::Absent))]
#[case::at_a_place("['a', 'b'][int(f.ecog)] == 'b' && [7][0] == 7 && int(1.9) == 1", Ok(true))]
#[case::method_undecided(
    "(before(f.contact_date, m.death_date) ? 'a' : 'b').startsWith(same_day(f.late_toxicity.neutrophil_recovery_date, f.contact_date) ? 'a' : 'b')",
    Err(Stop::Partial)
)]
#[case::begins_in_swedish("'år'.startsWith('å') && !'år'.startsWith('a')", Ok(true))]
#[case::begins("f.vital_status.startsWith('al') && !f.vital_status.startsWith('live')", Ok(true))]
#[case::decided_right("before(f.contact_date, m.death_date) || f.ecog == 1", Ok(true))]
#[case::decided_left("f.ecog == 2 && before(f.contact_date, m.death_date)", Ok(false))]
#[case::undecided_right("f.ecog == 1 && before(f.contact_date, m.death_date)", Err(Stop::Absent))]
#[case::undecided_left("before(f.contact_date, m.death_date) && f.ecog == 1", Err(Stop::Absent))]
#[case::no_to_undecided("before(f.contact_date, m.death_date) && f.ecog == 2", Ok(false))]
#[case::both_undecided(
    "before(f.contact_date, m.death_date) || same_day(f.late_toxicity.neutrophil_recovery_date, f.contact_date)",
    Err(Stop::Partial)
)]
fn an_expression_has_one_value(#[case] source: &str, #[case] expected: Result<bool, Stop>) {
    let form = FORMS.form("follow_up", None).unwrap();
    let content = json!({
        "contact_date": "2026-03-05", "vital_status": "alive", "ecog": 1,
        "late_toxicity": { "neutrophil_recovery_date": "2026-03" },
    });
    let expression = Expression::parse(source).unwrap();
    assert!(expression.plain.is_some(), "not plain");
    let view = MilestoneView::default();
    let today = "2026-04-01".parse().unwrap();
    let milestones = Some((&form.shared.declarations, &view));
    let scope = Scope { milestones, ..form.scope(&content, today) };
    assert_eq!(expression.evaluate(&form.shared.engine, &scope), expected.map(Datum::Truth));
}

/// What CEL alone says, be it that something is wrong.
#[rstest]
#[case::before_the_list("[7][-1] == 7")]
#[case::behind_the_list("[7][1] == 7")]
#[case::at_a_fraction("[7][0.5] == 7")]
#[case::at_a_double("[7][0.0] == 7")]
#[case::whole_of_text("int('7') == 7")]
#[case::whole_of_a_word("int('x') == 7")]
#[case::whole_of_nothing("int(f.disease_status) == 7")]
#[case::whole_of_truth("int(true) == 1")]
#[case::whole_of_much("int(10000000000.0) == 7")]
#[case::nothing_begins("f.disease_status.startsWith('a')")]
#[case::begins_with_a_number("f.vital_status.startsWith(f.ecog)")]
#[case::added_to_a_whole("1 + 1.0 == 2.0")]
#[case::added_to_a_text("'a' + f.disease_status == 'a'")]
#[case::filter_of_nothing("f.disease_status.filter(x, true) == []")]
#[case::map_of_nothing("f.disease_status.map(x, x) == []")]
#[case::guard_of_no_truth("[1].filter(x, x) == []")]
fn what_is_odd_is_left_to_the_interpreter(#[case] source: &str) {
    let form = FORMS.form("follow_up", None).unwrap();
    let content = json!({ "contact_date": "2026-03-05", "vital_status": "alive", "ecog": 1 });
    let expression = Expression::parse(source).unwrap();
    assert!(expression.plain.is_some(), "not plain");
    let scope = form.scope(&content, "2026-04-01".parse().unwrap());
    assert_eq!(expression.evaluate_plainly(&form.shared.engine, &scope), None);
}
