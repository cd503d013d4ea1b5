//! Functions over two lists whose items belong together.

use crate::functions::always;

#[test]
fn products_of_batches() {
    let told = "['A|one', 'B|2|two', 'C|three', 'C|four']";
    always(&format!("product_of(['A'], {told}) == 'one' && product_of(['B|2'], {told}) == 'two'"));
    always(&format!("product_of(['A', 'B|2'], {told}) == 'two' && product_of(['C'], {told}) == 'four'"));
    // Of the last nothing is told.
    always(&format!("product_of(['A', 'X', null], {told}) == 'one'"));
    always(&format!("product_of(['X'], {told}) == null && product_of([], {told}) == null"));
    always("product_of(['A'], []) == null && product_of(['A'], ['A', null]) == null");
    always("product_of(null, null) == null");
}

#[test]
fn dates_beside_what_holds() {
    let beside = |holds: &str| format!("dates_where([f.contact_date, f.detail.onset_date], {holds})");
    for holds in ["[false, true]", "[null, 1 == 1]"] {
        always(&format!("size({0}) == 1 && same_day({0}[0], f.detail.onset_date)", beside(holds)));
    }
    // What belongs together is not known.
    always(&format!("size({}) == 2 && size({}) == 0", beside("[true]"), beside("[false]")));
    always("size(dates_where([], [true])) == 0 && size(dates_where(null, null)) == 0");
}

#[test]
fn items_beside_a_key() {
    always(
        "sum_of(items_of([1, 2, 3], ['a', 'b', 'a'], 'a')) == 4 && size(items_of([1, 2], ['a', 'b'], 'b')) == 1",
    );
    always("same_day(earliest(items_of([f.contact_date], ['a'], 'a')), f.contact_date)");
    always("size(items_of([1], ['a'], 'b')) == 0 && size(items_of([1], [null], null)) == 0");
    // What belongs together is not known.
    always("size(items_of([1, 2], ['a'], 'a')) == 0 && size(items_of(null, null, 'a')) == 0");
}

#[test]
fn starts_beside_intents() {
    // The set has no list of intents: each therapy counts.
    for function in ["new_therapies", "disease_therapies"] {
        let starts = format!("{function}([f.contact_date, f.detail.onset_date], ['a', 'b'])");
        always(&format!("size({starts}) == 2 && same_day(earliest({starts}), f.detail.onset_date)"));
        always(&format!("size({function}([], [])) == 0 && size({function}(null, null)) == 0"));
    }
}
