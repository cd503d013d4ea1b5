//! What is refused, kind by kind.

use super::*;

#[test]
fn published_test_numbers_are_refused_everywhere() {
    let person = [
        "189001019802",
        "189001029819",
        "191001019809",
        "196001062626",
        "198501012382",
        "199001012385",
        "200002292399",
        "201201012380",
        "201212121212",
        "202312312388",
        "199102292381",
        "201509160006",
    ];
    let coordination = ["191401682396", "199412902398", "202312912393", "197010632391"];
    let with_kind = |kind| move |number: &&str| ((*number).to_owned(), kind);
    let all = person.iter().map(with_kind(IdentifierKind::Personnummer));
    for (number, kind) in all.chain(coordination.iter().map(with_kind(IdentifierKind::CoordinationNumber))) {
        let short = &number[2..];
        for text in [
            number.clone(),
            short.to_owned(),
            format!("{}-{}", &number[..8], &number[8..]),
            format!("{}-{}", &short[..6], &short[6..]),
            format!("{}+{}", &short[..6], &short[6..]),
        ] {
            for field in FIELDS {
                assert_eq!(detect(&text, today(), field), Verdict::Refused(kind), "{text} {field:?}");
            }
        }
    }
}

#[test]
fn reserve_and_interim_numbers_are_refused() {
    let vectors = [
        ("991981000010", IdentifierKind::ReserveNumberStockholm),
        ("991945000023", IdentifierKind::ReserveNumberStockholm),
        ("991993000032", IdentifierKind::ReserveNumberStockholm),
        ("198108320014", IdentifierKind::ReserveNumberCarelink),
        ("19810829M071", IdentifierKind::ReserveNumberVastraGotaland),
        ("19450829K088", IdentifierKind::ReserveNumberVastraGotaland),
        ("19930829X802", IdentifierKind::ReserveNumberVastraGotaland),
        ("20000101T220", IdentifierKind::InterimNumber),
        ("000101-T220", IdentifierKind::InterimNumber),
        ("000101t220", IdentifierKind::InterimNumber),
        ("19810829SF1A", IdentifierKind::ReserveNumberVarmland),
        ("19810829-SL29", IdentifierKind::ReserveNumberVarmland),
        ("19810829A12B", IdentifierKind::ReserveNumberLocal),
        ("19810829ABCD", IdentifierKind::ReserveNumberLocal),
        ("19810829-A12B", IdentifierKind::ReserveNumberLocal),
        ("22810829AB12", IdentifierKind::NationalReserveId),
        ("23100829RX1K", IdentifierKind::NationalReserveId),
        ("00122545AB12", IdentifierKind::NationalReserveId),
    ];
    for (text, kind) in vectors {
        for disguised in [text.to_owned(), format!("reservnr: {text}."), format!("({text})")] {
            assert_eq!(structured(&disguised), Verdict::Refused(kind), "{disguised}");
            assert_eq!(
                detect(&disguised, today(), FieldKind::FreeText),
                Verdict::Refused(kind),
                "{disguised}"
            );
        }
    }
}

#[test]
fn mistyped_numbers_are_refused_where_they_are_written_as_one() {
    for number in ["197004289895", "196004309886"] {
        assert_eq!(structured(number), Verdict::Clean, "{number}");
        assert_eq!(structured(&number[2..]), Verdict::Clean, "{number}");
        for separated in
            [format!("{}-{}", &number[..8], &number[8..]), format!("{}+{}", &number[2..8], &number[8..])]
        {
            for field in [FieldKind::Structured, FieldKind::FreeText] {
                assert_eq!(
                    detect(&separated, today(), field),
                    Verdict::Refused(IdentifierKind::Personnummer)
                );
            }
        }
        let spaced = format!("{} {}", &number[..8], &number[8..]);
        assert_eq!(structured(&spaced), Verdict::Refused(IdentifierKind::Personnummer));
    }
}

#[test]
fn labels_are_refused_only_with_a_correct_check_digit() {
    for text in ["850101-2383", "19810829-A12B", "20000101T220", "19810829M071", "85-0101-23-82", "a@b.se"] {
        assert!(matches!(detect(text, today(), FieldKind::Label), Verdict::Suspicious(_)), "{text}");
        assert!(matches!(structured(text), Verdict::Refused(_)), "{text}");
    }
    for text in ["8501012382", "LOT-198501012382", "991981000010"] {
        assert!(matches!(detect(text, today(), FieldKind::Label), Verdict::Refused(_)), "{text}");
    }
    for text in ["0123456789", "8501012383", "L2601-15-A", "24011512345678"] {
        assert_eq!(detect(text, today(), FieldKind::Label), Verdict::Clean, "{text}");
    }
}

#[test]
fn exemptions_are_no_hiding_place() {
    for text in [
        "SE8501012382-A1",
        "SE2321000016-8501012382",
        "A198501012382",
        "1985-010123-82",
        "550e8400 8501012382",
        "2026-01-15T10:30:00Z 8501012382",
        "NCT8501012382",
        "0.8501012382",
        "0.198501012382",
    ] {
        assert!(matches!(structured(text), Verdict::Refused(_)), "{text}");
    }
}

#[test]
fn names_are_refused_behind_the_word_that_announces_them() {
    for text in [
        "namn: Anna Andersson",
        "Pat. NAMN : Åsa",
        "patientens namn:Anna",
        "Patientnamn: \"Anna\"",
        "dag 3, förnamn: (anna)",
        "name: Anna",
        "ｎａｍｎ： Anna",
        "na\u{200b}mn\u{a0}: Anna",
        "svar 08:30; efternamn:\nAndersson",
    ] {
        let found = detect(text, today(), FieldKind::FreeText);
        assert_eq!(found, Verdict::Refused(IdentifierKind::Name), "{text}");
        for field in [FieldKind::Structured, FieldKind::Label] {
            assert_eq!(detect(text, today(), field), Verdict::Clean, "{text} {field:?}");
        }
    }
    for text in [
        "namn:",
        "Namn: , datum: 2026-01-15",
        "namn 12: x",
        "namnet: x",
        "läkemedelsnamn: x",
        "file_name: x",
        "namnge infektionen: sepsis",
        "ingen har nämnt det: x",
    ] {
        assert_eq!(detect(text, today(), FieldKind::FreeText), Verdict::Clean, "{text}");
    }
}

#[test]
fn addresses_and_telephone_numbers_are_refused() {
    for text in ["anna@example.org", "skriv till a.b+c@sub.example.se.", "ä@example.org", "a＠example．org"]
    {
        assert_eq!(structured(text), Verdict::Refused(IdentifierKind::Email), "{text}");
    }
    for text in [
        "08-1234567",
        "08-123 45 67",
        "070-1740605",
        "070-174 06 05",
        "070 174 06 05",
        "0701740605",
        "0481-123 45",
        "+46701740605",
        "+46 70 174 06 05",
        "+46(0)70-1740605",
        "0046701740605",
        "ring ０８－１２３４５６７!",
    ] {
        assert_eq!(structured(text), Verdict::Refused(IdentifierKind::Phone), "{text}");
    }
    for text in
        ["CD19@", "a@b", "@example.org", "5 @ 3.2", "+4670", "00123456789", "ANC@day.28", "1.0701740605"]
    {
        assert_eq!(structured(text), Verdict::Clean, "{text}");
    }
}
