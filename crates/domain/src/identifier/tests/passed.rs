//! What is no identifier and must pass.

use super::*;

#[test]
fn what_is_no_person_passes() {
    let values = [
        "2321000016",
        "232100-0016",
        "SE2321000016-A1B2",
        "SE2321000016-1234",
        "2026-01-15",
        "2026-01",
        "20260115",
        "20260115T103000Z",
        "2026-01-15T10:30:00Z",
        "2026-01-15T10:30:00.850101+01:00",
        "2026-01-15 10:30",
        "550e8400-e29b-41d4-a716-446655440000",
        "85010123-8285-0101-2382-850101238285",
        "NCT04512345",
        "2022-501234-12-00",
        "2010-012345-12",
        "2012-101234-56",
        "A999926123456",
        "1234567890.5",
        "0.8501012383",
        "0.198501012384",
        "0.85010123829",
        "d41d8cd98f00b204e9800998ecf8427e",
        "8501012382aaaaaaaaaaaaaaaaaaaaaa",
        "SE000123A999926123456A000S12300120270131",
        "h1.8501012382aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        "L01XL04",
        "9680/3",
        "C77.9",
        "204701011234",
        "203001012388",
        "00012345678",
        "850101238",
        "85010123821",
        "0.123456789",
        "12.5",
    ];
    for text in values {
        assert_eq!(structured(text), Verdict::Clean, "{text}");
    }
}

#[test]
fn free_text_of_the_clinic_passes() {
    for text in [
        "CRS grad 2 dag 3, tocilizumab 8 mg/kg 2026-01-15 kl 10:30, åter 2026-01-18.",
        "Inlagd 2026-01-15 – 2026-02-01, IVA 2026-01-16/2026-01-19.",
        "Vårdtid 15.01.2026 - 01.02.2026, kontroll 01/03/2026.",
        "LPK 4,5; Hb 98; TPK 12; ANC 0.1 0.2 0.3 0.5 1.2 2.3 3.1 4.0",
        "ferritin 12 500 µg/L, LD 4.5, CRP 118, IgG 4.2",
        "EORTC 1 2 3 4 1 1 2 2 3 1 4 2",
        "500 mg/m² × 3, 30 mg/m² × 3, dos 2,0 × 10⁶/kg",
        "se uuid 550e8400-e29b-41d4-a716-446655440000 och CT-7K3M9QX2AB",
        "20260115 1030 provtagning",
        "dag 05-06-07, prov 08-12",
    ] {
        assert_eq!(detect(text, today(), FieldKind::FreeText), Verdict::Clean, "{text}");
    }
}

#[test]
fn pairs_of_dates_never_read_as_a_number() {
    for days in 0..2000 {
        let first = today() - chrono::Days::new(days);
        let second = first + chrono::Days::new(days % 97);
        for text in [
            format!("{first}/{second}"),
            format!("{first} – {second}"),
            format!("{first} {second}"),
            format!("{} - {}", first.format("%d.%m.%Y"), second.format("%d.%m.%Y")),
            format!("{first} {:02}.{:02}", days % 24, days % 60),
        ] {
            for field in FIELDS {
                assert_eq!(detect(&text, today(), field), Verdict::Clean, "{text}");
            }
        }
    }
}

#[test]
fn donation_numbers_pass_without_an_exemption() {
    for year in 13..=99 {
        for sequence in (0..1_000_000).step_by(997) {
            let text = format!("A1980{year:02}{sequence:06}");
            assert_eq!(structured(&text), Verdict::Clean, "{text}");
        }
    }
}
