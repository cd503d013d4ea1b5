use super::*;
use crate::measured::Comparator;

fn baseline(values: [f64; 5]) -> Baseline {
    let [platelets, anc, hb, crp, ferritin] = values.map(|value| Some(Measured::from(value)));
    Baseline { platelets, anc, hb, crp, ferritin }
}

/// A baseline that gives no point.
fn well() -> Baseline {
    baseline([210.0, 2.4, 112.0, 8.0, 410.0])
}

fn range_of(baseline: Baseline) -> (Option<u8>, u8, u8) {
    let result = score(baseline).unwrap();
    (result.score, result.min, result.max)
}

#[test]
fn the_worked_examples() {
    let high = score(baseline([120.0, 0.9, 86.0, 45.0, 1500.0])).unwrap();
    assert_eq!((high.score, high.warnings.len()), (Some(5), 0));
    assert_eq!(high.explanation.len(), 5);
    assert_eq!(high.explanation[0], Text::new("trombocyter: 1 poäng", "platelets: 1 point"));
    assert_eq!(range_of(well()), (Some(0), 0, 0));
    assert_eq!(range_of(Baseline { platelets: Some(60.0.into()), ..well() }), (Some(2), 2, 2));
    assert_eq!(range_of(baseline([10.0, 0.0, 70.0, 300.0, 9000.0])), (Some(7), 7, 7));
    assert_eq!(range_of(Baseline { platelets: Some(0.0.into()), ..well() }), (Some(2), 2, 2));
}

#[test]
fn limits_of_the_items_with_three_steps() {
    for (count, points) in [(175.1, 0), (175.0, 1), (75.0, 1), (74.9, 2)] {
        assert_eq!(range_of(Baseline { platelets: Some(count.into()), ..well() }).0, Some(points), "{count}");
    }
    for (value, points) in [(649.9, 0), (650.0, 1), (2000.0, 1), (2000.1, 2)] {
        assert_eq!(range_of(Baseline { ferritin: Some(value.into()), ..well() }).0, Some(points), "{value}");
    }
}

#[test]
fn equality_with_a_binary_cut_is_a_risk_and_says_so() {
    let on_a_cut = [
        Baseline { anc: Some(1.2.into()), ..well() },
        Baseline { hb: Some(90.0.into()), ..well() },
        Baseline { crp: Some(30.0.into()), ..well() },
    ];
    for baseline in on_a_cut {
        let result = score(baseline).unwrap();
        assert_eq!((result.score, result.warnings.len()), (Some(1), 1), "{baseline:?}");
    }
    assert!(score(on_a_cut[0]).unwrap().warnings[0].sv.contains("gränsen 1,2"));
    assert!(score(on_a_cut[1]).unwrap().warnings[0].en.contains("limit of 90,"));
    let beside = score(baseline([210.0, 1.3, 91.0, 29.0, 410.0])).unwrap();
    assert_eq!((beside.score, beside.warnings.len()), (Some(0), 0));
}

#[test]
fn missing_items_give_a_range() {
    assert_eq!(range_of(Baseline { ferritin: None, ..well() }), (None, 0, 2));
    let high = score(Baseline { platelets: Some(60.0.into()), crp: None, ..well() }).unwrap();
    assert_eq!((high.score, high.min, high.max), (None, 2, 3));
    assert_eq!(
        high.warnings,
        [Text::new(
            "saknas: CRP; poängen ligger mellan 2 och 3, hög risk oavsett värde",
            "missing: CRP; the score lies between 2 and 3, high risk in any case",
        )]
    );
    let low = score(Baseline { hb: None, ..well() }).unwrap();
    assert_eq!((low.score, low.min, low.max), (None, 0, 1));
    assert!(low.warnings[0].en.ends_with("low risk in any case"));
    let open = score(Baseline { platelets: None, anc: None, ..well() }).unwrap();
    assert!(open.warnings[0].en.ends_with("between 0 and 3"));
}

#[test]
fn a_limit_counts_where_it_leaves_no_choice_and_else_gives_a_range() {
    for (item, sign, number, min, max) in [
        ("platelets", "<", 75.0, 2, 2),
        ("platelets", "<=", 75.0, 1, 2),
        ("platelets", "<", 80.0, 1, 2),
        ("platelets", ">", 175.0, 0, 0),
        ("platelets", ">=", 175.0, 0, 1),
        ("platelets", "<", 300.0, 0, 2),
        ("anc", "<", 1.2, 1, 1),
        ("anc", ">", 1.2, 0, 0),
        ("anc", ">=", 1.2, 0, 1),
        ("anc", "<", 1.3, 0, 1),
        ("hb", "<", 90.0, 1, 1),
        ("hb", ">", 90.0, 0, 0),
        ("hb", ">", 80.0, 0, 1),
        ("crp", "<", 30.0, 0, 0),
        ("crp", "<=", 30.0, 0, 1),
        ("crp", ">", 30.0, 1, 1),
        ("crp", ">=", 30.0, 1, 1),
        ("ferritin", "<", 650.0, 0, 0),
        ("ferritin", "<=", 650.0, 0, 1),
        ("ferritin", ">", 2000.0, 2, 2),
        ("ferritin", ">=", 2000.0, 1, 2),
        ("ferritin", ">", 650.0, 1, 2),
    ] {
        let comparator = Comparator::from_name(sign).unwrap();
        let value = Some(Measured { number, comparator });
        let baseline = match item {
            "platelets" => Baseline { platelets: value, ..well() },
            "anc" => Baseline { anc: value, ..well() },
            "hb" => Baseline { hb: value, ..well() },
            "crp" => Baseline { crp: value, ..well() },
            _ => Baseline { ferritin: value, ..well() },
        };
        let known = (min == max).then_some(min);
        assert_eq!(range_of(baseline), (known, min, max), "{item} {sign}{number}");
    }
}

#[test]
fn an_open_limit_is_named() {
    let below = Measured { number: 80.0, comparator: Comparator::Below };
    let open = score(Baseline { platelets: Some(below), crp: None, ..well() }).unwrap();
    assert_eq!(open.explanation[0], Text::new("trombocyter: 1 till 2 poäng", "platelets: 1 to 2 points"));
    assert_eq!(
        open.warnings,
        [Text::new(
            "saknas: CRP; angivna som gräns: trombocyter; poängen ligger mellan 1 och 3",
            "missing: CRP; given as a limit: platelets; the score lies between 1 and 3",
        )]
    );
}

#[test]
fn nothing_and_the_impossible_are_missing() {
    assert_eq!(score(Baseline::default()), None);
    assert_eq!(score(baseline([f64::NAN, -1.0, f64::INFINITY, f64::NEG_INFINITY, -0.1])), None);
    assert_eq!(range_of(Baseline { platelets: Some((-1.0).into()), ..well() }), (None, 0, 2));
}
