//! Further variables of one value: by another pick, and by the code that tells records apart.

use cartotek_domain::text::Text;
use cartotek_domain::variable::{Pick, VariableDefinition, VariableValue};
use cartotek_forms::CheckTime;
use serde_json::{Value, json};

use crate::set::{EPISODE, compile, day, episode, sound};

/// The small form, whose weight is told by pick and by the answer at a pointer.
fn weighed(per: &str) -> Value {
    let mut form = episode();
    form["properties"]["weight_kg"]["x-variable"] =
        json!({"id": "weight_kg", "level": "ratio", "pick": "max", "also": ["first"], "per": per});
    form
}

#[test]
fn the_codebook_has_an_entry_per_pick_and_per_code() {
    let forms = compile(&weighed("/occurred")).unwrap();
    let weights = forms.variables().iter().filter(|one| one.source == "/weight_kg");
    let told = |one: &VariableDefinition| (one.id.clone(), one.pick, one.title.en.clone());
    let told: Vec<_> = weights.clone().map(told).collect();
    let expected = [
        ("weight_kg", Pick::Max, "Answer"),
        ("weight_kg_first", Pick::First, "Answer – first"),
        ("weight_kg_yes", Pick::Max, "Answer – yes"),
        ("weight_kg_no", Pick::Max, "Answer – no"),
        ("weight_kg_unknown", Pick::Max, "Answer – unknown"),
    ];
    assert_eq!(told, expected.map(|(id, pick, title)| (id.to_owned(), pick, title.to_owned())));
    let described: Vec<&Text> = weights.map(|one| &one.description).take(3).collect();
    let expected = [
        ("Omgångens högsta värde.", "The highest value of the course."),
        ("Ur omgångens första svar på denna del.", "From the first answers of the course to this part."),
        ("Ur svaren där ”Answer” är ”yes”.", "From the answers whose “Answer” is “yes”."),
    ];
    assert_eq!(described, expected.map(|(sv, en)| Text::new(sv, en)).iter().collect::<Vec<_>>());
}

#[test]
fn what_is_picked_together_stands_in_one_object_and_has_one_code() {
    let mut form = weighed("/occurred");
    form["x-derived"][0]["x-variable"]["per"] = json!("/occurred");
    let forms = compile(&form).unwrap();
    let group = |id: &str| forms.variables().iter().find(|one| one.id == id).unwrap().group.clone();
    assert_eq!((group("weight_kg"), group("weight_kg_first")), (String::new(), String::new()));
    assert_eq!((group("weight_kg_yes").as_str(), group("weight_kg_no").as_str()), (" yes", " no"));
    let detail = group("episode_onset");
    assert_eq!((detail.as_str(), group("episode_grade").as_str()), ("/detail", "/detail"));
    assert_eq!(group("episode_grade_yes"), "/detail yes", "a derived value belongs to what it is shown with");
}

#[test]
fn a_value_counts_under_the_code_of_its_record() {
    let mut form = weighed("/occurred");
    form["x-derived"][0]["x-variable"]["per"] = json!("/occurred");
    let forms = compile(&form).unwrap();
    let form = forms.form("episode", None).unwrap();
    let ids = |content: &Value| {
        let at = CheckTime { today: day("2026-03-01"), first_submitted: None };
        let checked = form.check_content(content, &at);
        assert_eq!(checked.variables, form.contribution(content).variables);
        let weights = checked.variables.iter().filter(|(id, _)| id.starts_with("weight_kg"));
        assert!(weights.map(|(_, value)| value).all(|value| *value == VariableValue::Number(71.5)));
        checked.variables.into_iter().map(|(id, _)| id).collect::<Vec<_>>()
    };
    assert_eq!(
        ids(&sound(|_| ())),
        [
            "episode_onset",
            "weight_kg",
            "weight_kg_first",
            "weight_kg_yes",
            "episode_grade",
            "episode_grade_yes"
        ]
    );
    let open = sound(|content| drop(content.as_object_mut().unwrap().remove("occurred")));
    assert_eq!(ids(&open), ["episode_onset", "weight_kg", "weight_kg_first", "episode_grade"]);
}

#[test]
fn a_pointer_to_no_choice_of_codes_is_refused() {
    let mistakes = |form: &Value| {
        let errors = compile(form).err().unwrap_or_default();
        let ours = errors.into_iter().filter(|one| one.file == EPISODE);
        ours.map(|one| (one.pointer, one.message)).collect::<Vec<_>>()
    };
    for per in ["/nowhere", "/contact_date", "/detail", "/sites", "/infections/*/organism"] {
        let refused = format!("`per` must point to one answer with a list of codes, not `{per}`");
        assert_eq!(mistakes(&weighed(per)), [("/properties/weight_kg".to_owned(), refused.clone())]);
        let mut form = episode();
        form["x-derived"][0]["x-variable"]["per"] = json!(per);
        assert_eq!(mistakes(&form), [("/x-derived/0".to_owned(), refused)]);
    }
    let mut twice = weighed("/occurred");
    twice["x-derived"][0]["x-variable"]["id"] = json!("weight_kg_yes");
    let refused = (String::new(), "variable `weight_kg_yes` exists already".to_owned());
    assert_eq!(mistakes(&twice).first(), Some(&refused));
}
