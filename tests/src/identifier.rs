//! Direct identifiers as people send them: the open test numbers of Skatteverket and disguises of one of them.

/// Refused wherever they stand, also on labels: the test numbers of the domain brief (5.1) in their plain forms.
pub const NUMBERS: [&str; 17] = [
    "189001019802",
    "189001029819",
    "191001019809",
    "100101+9809",
    "196001062626",
    "198501012382",
    "850101-2382",
    "8501012382",
    "200002292399",
    "201201012380",
    "201212121212",
    "202312312388",
    "191401682396",
    "199412902398",
    "202312912393",
    "199102292381",
    "201509160006",
];

/// Refused in every field but labels.
pub const OTHERS: [&str; 7] = [
    "20000101T220",
    "19810829M071",
    "991981000010",
    "198108320014",
    "19700428-9895",
    "anna.andersson@example.com",
    "+46 70 123 45 67",
];

/// Looks like an identifier and is none.
pub const HARMLESS: [&str; 5] =
    ["2321000016", "2026-01-15", "550e8400-e29b-41d4-a716-446655440000", "197004289895", "SE2321000016-A1B2"];

/// The plain form of what [`disguises`] hide.
pub const DISGUISED: &str = "198501012382";

/// One number, so that no two of them share a text.
pub fn disguises() -> Vec<String> {
    let with_digits_of = |zero: char| -> String {
        let digit = |c: char| char::from_u32(u32::from(zero) + c.to_digit(10).unwrap()).unwrap();
        DISGUISED.chars().map(digit).collect()
    };
    let separated = ["-", "‐", "–", "−", "+", " ", ".", "/", "_", " - ", "\u{a0}", "\u{2009}"]
        .map(|separator| format!("19850101{separator}2382"));
    let grouped = ["1985-01-01-2382", "1985 01 01 2382", "1985.01.01.2382"].map(str::to_owned);
    let invisible =
        ["\u{200b}", "\u{200d}", "\u{feff}", "\u{ad}"].map(|hidden| format!("1985{hidden}0101{hidden}2382"));
    let surrounded = ["pnr: {}", "({})", "id={};", "x{}", "Å{}"].map(|frame| frame.replace("{}", DISGUISED));
    let folded = ['０', '٠', '०', '𝟎'].map(with_digits_of);
    [&separated[..], &grouped, &invisible, &surrounded, &folded].concat()
}
