use std::collections::{BTreeMap, BTreeSet};

use super::super::suppression::{Margin, hidden};
use super::super::{Audience, THRESHOLD, figure};

fn three(groups: [u64; 3]) -> Vec<bool> {
    let small: Vec<bool> = groups.iter().map(|figure| *figure < THRESHOLD).collect();
    hidden(&small, &[Margin::of(groups.iter().sum(), &groups, true)])
}

#[test]
fn a_small_group_that_subtraction_would_narrow_down_hides_all() {
    // Total 40 (35–44) less 10 (10–14) and 20 (15–24) leaves anything from 0 to 19.
    assert_eq!(three([5, 14, 18]), [true, false, false]);
    // Total 50 (45–54) less twice 30 (25–34) leaves at most 4.
    assert_eq!(three([3, 26, 25]), [true; 3]);
    // Total 40 (35–44) less twice 10 (10–14) leaves at least 7.
    assert_eq!(three([9, 14, 14]), [true; 3]);
    // Total 10 (10–14) less 10 (10–14) leaves at most 4.
    assert_eq!(three([0, 0, 14]), [true; 3]);
    assert_eq!(three([10, 10, 10]), [false; 3]);
}

type Published = (Option<u64>, Vec<Option<u64>>);
type Possible = BTreeMap<Published, [BTreeSet<u64>; 3]>;

fn published(groups: [u64; 3], hidden: &[bool]) -> Published {
    let shown = groups.iter().zip(hidden);
    let shown =
        shown.map(|(exact, hidden)| figure(Audience::Protected, if *hidden { 0 } else { *exact })).collect();
    (figure(Audience::Protected, groups.iter().sum()), shown)
}

fn tables(below: u64) -> impl Iterator<Item = [u64; 3]> {
    (0..below).flat_map(move |a| (0..below).flat_map(move |b| (0..below).map(move |c| [a, b, c])))
}

fn add(possible: &mut Possible, groups: [u64; 3], hidden: &[bool]) {
    for (set, exact) in possible.entry(published(groups, hidden)).or_default().iter_mut().zip(groups) {
        set.insert(exact);
    }
}

/// Looks at tables of three groups through the eyes of one who knows what is `possible`.
fn each_small_group(possible: &Possible, check: impl Fn(&BTreeSet<u64>) -> bool) {
    // The tables that are possible reach further than those that are looked at, by what a figure may stand for.
    for groups in tables(35) {
        let published = published(groups, &three(groups));
        for (set, exact) in possible[&published].iter().zip(groups) {
            assert!(exact >= THRESHOLD || check(set), "{groups:?} {published:?} {set:?}");
        }
    }
}

#[test]
fn subtraction_from_the_rounded_total_excludes_no_value_of_a_small_group() {
    let mut possible = Possible::new();
    for groups in tables(55) {
        for mask in 0..8_u8 {
            add(&mut possible, groups, &[mask & 1 > 0, mask & 2 > 0, mask & 4 > 0]);
        }
    }
    each_small_group(&possible, |set| (0..THRESHOLD).all(|value| set.contains(&value)));
}

#[test]
fn one_who_knows_the_rule_cannot_tell_a_small_group_within_ten() {
    let mut possible = Possible::new();
    for groups in tables(55) {
        add(&mut possible, groups, &three(groups));
    }
    each_small_group(&possible, |set| {
        set.last().zip(set.first()).is_some_and(|(last, first)| last - first + 1 >= THRESHOLD)
    });
}
