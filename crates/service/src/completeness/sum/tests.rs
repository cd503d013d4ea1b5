use std::collections::BTreeMap;

use super::*;

const fn share(part: u64, whole: u64) -> Share {
    Share { part, whole }
}

/// Of nothing that is shown and hidden shares, each about so many patients.
fn sum(hidden: &[(Share, u64)]) -> Sum {
    let mut sum = Sum::default();
    for (share, patients) in hidden {
        sum.add(*share, *patients, false);
    }
    sum
}

fn per_cent(sum: &Sum) -> Option<f64> {
    sum.whole_per_cent(&Audience::default(), LEAST_COUNT)
}

/// All so many numbers of one to four.
fn fews(cells: u32) -> impl Iterator<Item = Vec<u64>> {
    let digits = move |number: u64| (0..cells).map(move |place| number / 4_u64.pow(place) % 4 + 1);
    (0..4_u64.pow(cells)).map(move |number| digits(number).collect())
}

/// Which numbers each hidden few may be, by what is told of them.
fn possible<T: Ord>(cells: u32, told: impl Fn(&[u64]) -> T) -> BTreeMap<T, Vec<Vec<u64>>> {
    let mut possible: BTreeMap<T, Vec<Vec<u64>>> = BTreeMap::new();
    for few in fews(cells) {
        let of_cells = possible.entry(told(&few)).or_insert_with(|| vec![Vec::new(); few.len()]);
        for (numbers, number) in of_cells.iter_mut().zip(few) {
            if !numbers.contains(&number) {
                numbers.push(number);
            }
        }
    }
    possible
}

#[test]
fn a_share_is_of_everything_or_not_told() {
    let mut sum = Sum::default();
    assert_eq!(per_cent(&sum), None, "of nothing");
    sum.add(share(199, 200), 20, true);
    assert_eq!(per_cent(&sum), Some(0.99), "what lacks something is not whole");
    sum.add(share(7, 10), 10, false);
    assert_eq!(per_cent(&sum), None, "it would tell that three are missing");
    sum.add(share(8, 10), 10, false);
    assert_eq!(per_cent(&sum), Some(0.97), "214 of 220");
}

#[test]
fn what_is_hidden_together_is_of_many() {
    let told = |hidden: &[(Share, u64)]| per_cent(&sum(hidden));
    assert_eq!(told(&[(share(7, 7), 7), (share(2, 2), 2)]), None, "of nine");
    assert_eq!(told(&[(share(7, 7), 7), (share(3, 3), 3)]), Some(1.0));
    assert_eq!(told(&[(share(9, 10), 10), (share(7, 10), 10)]), None, "four are missing");
    assert_eq!(told(&[(share(9, 9), 4), (share(9, 9), 4)]), None, "perhaps of four patients");
    assert_eq!(told(&[(share(1, 20), 20), (share(1, 20), 20)]), None, "one of each is there");
    assert_eq!(told(&[(share(1, 20), 20), (share(4, 20), 20)]), Some(0.12), "five");
    assert_eq!(told(&[(share(1, 20), 20), (share(16, 20), 20)]), None, "one is there, four are missing");
    assert_eq!(told(&[(share(4, 7), 7), (share(4, 6), 6)]), None, "four are there of each");
}

#[test]
fn a_share_of_all_leaves_each_few_any_of_one_to_four() {
    for (cells, told) in [(1, 0), (2, 1), (3, 4), (4, 7)] {
        // Of fewer than a hundred, each share is that of one number alone.
        let fraction = |few: &[u64]| {
            let hidden: Vec<_> = few.iter().map(|missing| (share(20 - missing, 20), 20)).collect();
            per_cent(&sum(&hidden)).map(f64::to_bits)
        };
        let possible = possible(cells, fraction);
        assert_eq!(possible.keys().flatten().count(), told, "{cells} cells");
        assert!(possible.values().flatten().all(|numbers| numbers.len() == 4), "{possible:?}");
    }
}

#[test]
fn a_number_in_tens_leaves_each_few_any_of_one_to_four() {
    for cells in 1..=6 {
        for others in [0, 5, 8, 12] {
            let number = |few: &[u64]| {
                let mut all = sum(&few.iter().map(|few| (share(*few, *few), *few)).collect::<Vec<_>>());
                all.add(share(others, others), 4, false);
                all.add(share(30, 30), 30, true);
                all.number(false)
            };
            let possible = possible(cells, number);
            assert!(possible.values().flatten().all(|numbers| numbers.len() == 4), "{others}: {possible:?}");
        }
    }
}

#[test]
fn numbers_that_tell_each_other_are_told_together_or_not() {
    let told = |hidden: &[(Share, u64)]| sum(hidden).share(&Audience::default());
    let four = (share(28, 32), 32);
    assert_eq!(told(&[four; 5]), None, "twenty of five cells");
    let (three, two) = ((share(29, 32), 32), (share(30, 32), 32));
    let of_five = FormShare { part: Some(140), whole: Some(160), rest: Some(10), fraction: Some(0.9) };
    assert_eq!(told(&[three, three, three, two, four]), Some(of_five), "145 of 160");
    // What is there is of five cells with four each, and they lack nothing: the share does not tell how many they are.
    let small = (share(4, 4), 4);
    let all = [small, small, small, small, small, (share(32, 32), 32)];
    assert_eq!(told(&all), Some(FormShare { fraction: Some(1.0), ..FormShare::default() }));
}

#[test]
fn totals_and_those_of_sites_tell_no_few_together() {
    let told = |few: &[u64]| {
        let of_cells =
            |few: &[u64]| sum(&few.iter().map(|missing| (share(15 - missing, 15), 15)).collect::<Vec<_>>());
        let sites = few.split_at(3);
        let sites = [of_cells(sites.0), of_cells(sites.1)];
        let mut all = Sum::default();
        for site in &sites {
            all.add_sum(site, per_cent(site).is_some());
        }
        [&sites[0], &sites[1], &all].map(|sum| per_cent(sum).map(f64::to_bits))
    };
    let possible = possible(5, told);
    assert!(possible.keys().any(|told| told.iter().all(Option::is_some)), "{possible:?}");
    assert!(possible.values().flatten().all(|numbers| numbers.len() > 1), "{possible:?}");
    assert!(told(&[4, 4, 1, 1, 1])[2].is_none(), "eleven of five cells, but two of these two");
}
