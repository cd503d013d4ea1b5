//! Of the answers of a course's records, the one value per variable that the codebook promises.

use std::collections::HashMap;

use cartotek_analysis::view::Catalogue;
use cartotek_domain::variable::{Pick, VariableDefinition, VariableValue};

use super::endpoint::middle;
use super::row::{Order, Told};

/// Picks with one codebook.
pub(super) struct Picker<'f> {
    pub(super) catalogue: &'f Catalogue,
}

impl<'f> Picker<'f> {
    /// Of each variable the one value that its definition picks among the course's records. An older form version may
    /// know variables that the codebook no longer has, or that another form has taken over: those are left out.
    pub(super) fn merged<'t>(&self, records: &[&'t Told<'_>]) -> HashMap<&'t str, VariableValue>
    where
        'f: 't,
    {
        let chosen = self.chosen(records);
        let mut values: HashMap<&str, VariableValue> = HashMap::new();
        for (definition, record, id, value) in self.answers(records) {
            if chosen.get(&belonging(definition)).is_some_and(|chosen| *chosen != record.order) {
                continue;
            }
            match values.get_mut(id) {
                None => drop(values.insert(id, value.clone())),
                Some(before) if takes_over(definition, before, value) => *before = value.clone(),
                Some(_) => {}
            }
        }
        values
    }

    /// Which record gives the first or last answers: the same one for all questions that stand together in a form, so
    /// that no row mixes the date of one examination with the result of another.
    fn chosen(&self, records: &[&Told<'_>]) -> HashMap<Belonging<'f>, Order> {
        let mut chosen = HashMap::new();
        for (definition, record, ..) in self.answers(records) {
            let belonging = belonging(definition);
            match definition.pick {
                Pick::First => _ = chosen.entry(belonging).or_insert(record.order),
                Pick::Last => _ = chosen.insert(belonging, record.order),
                Pick::Max | Pick::Min => {}
            }
        }
        chosen
    }

    /// What the records answer to the questions that the codebook has.
    fn answers<'a, 't, 'r>(
        &'a self,
        records: &'a [&'t Told<'r>],
    ) -> impl Iterator<Item = (&'f VariableDefinition, &'t Told<'r>, &'t str, &'t VariableValue)> + 'a {
        records.iter().flat_map(move |record| {
            record.contribution.variables.iter().filter_map(move |(id, value)| {
                let (_, definition) = self.catalogue.find(id)?;
                (definition.form == record.form).then_some((definition, *record, id.as_str(), value))
            })
        })
    }
}

/// What is chosen together: the first or last answers of one group of a form.
type Belonging<'f> = (&'f str, &'f str, Pick);

fn belonging(definition: &VariableDefinition) -> Belonging<'_> {
    (&definition.form, &definition.group, definition.pick)
}

/// Whether a value that comes later in clinical order takes the place of the one before.
fn takes_over(definition: &VariableDefinition, before: &VariableValue, value: &VariableValue) -> bool {
    let rank = |value: &VariableValue| match value {
        VariableValue::Number(number) => Some(*number),
        VariableValue::Date(day) => Some(f64::from(day.to_epoch_days())),
        VariableValue::Partial(date) => Some(f64::from(middle(*date).to_epoch_days())),
        VariableValue::Code(code) => {
            let place = definition.codes.iter().position(|(known, _)| known == code);
            place.and_then(|place| u32::try_from(place).ok()).map(f64::from)
        }
    };
    match definition.pick {
        Pick::First => false,
        Pick::Last => true,
        Pick::Max => rank(value) > rank(before),
        Pick::Min => rank(value) < rank(before),
    }
}

#[cfg(test)]
mod tests {
    use cartotek_domain::id::RecordId;
    use cartotek_domain::text::Text;
    use cartotek_domain::variable::{Level, ValueKind};
    use cartotek_forms::Contribution;
    use uuid::Uuid;

    use super::*;

    fn definition(id: &str, group: &str, pick: Pick) -> VariableDefinition {
        VariableDefinition {
            id: id.to_owned(),
            title: Text::new(id, id),
            description: Text::new(id, id),
            kind: ValueKind::Number,
            level: Level::Ratio,
            unit: None,
            codes: Vec::new(),
            form: "follow_up".to_owned(),
            source: format!("{group}/{id}"),
            derived: false,
            version: 1,
            pick,
            group: group.to_owned(),
            partial: false,
        }
    }

    fn record(number: u128, values: &[(&str, f64)]) -> Told<'static> {
        let variables = values.iter().map(|(id, value)| ((*id).to_owned(), VariableValue::Number(*value)));
        Told {
            order: ("2026-01-01".parse().unwrap(), RecordId::from_uuid(Uuid::from_u128(number))),
            form: "follow_up",
            course: None,
            contribution: Contribution { variables: variables.collect(), ..Contribution::default() },
        }
    }

    #[test]
    fn answers_that_stand_together_come_from_one_record() {
        let catalogue = Catalogue::new(vec![
            definition("igg", "/igg", Pick::Last),
            definition("igg_day", "/igg", Pick::Last),
            definition("cd19", "/b_cells", Pick::Last),
            definition("first_igg", "/igg", Pick::First),
            definition("lowest", "/igg", Pick::Min),
        ]);
        let told = [
            record(1, &[("igg", 4.0), ("igg_day", 30.0), ("cd19", 7.0), ("first_igg", 4.0), ("lowest", 2.0)]),
            record(2, &[("igg_day", 90.0), ("first_igg", 6.0), ("lowest", 3.0)]),
        ];
        let values = Picker { catalogue: &catalogue }.merged(&told.iter().collect::<Vec<_>>());
        let mut values: Vec<_> = values.into_iter().collect();
        values.sort_unstable_by_key(|(id, _)| *id);
        let number = |id, value| (id, VariableValue::Number(value));
        assert_eq!(
            values,
            [number("cd19", 7.0), number("first_igg", 4.0), number("igg_day", 90.0), number("lowest", 2.0)],
            "no value of day 30 beside day 90"
        );
    }

    #[test]
    fn a_later_time_point_leaves_an_earlier_one_alone() {
        let catalogue = Catalogue::new(vec![
            definition("vas", "/eq5d5l", Pick::Last),
            definition("vas_d28", "/eq5d5l D28", Pick::Last),
            definition("vas_m12", "/eq5d5l M12", Pick::Last),
        ]);
        let told =
            [record(1, &[("vas", 40.0), ("vas_d28", 40.0)]), record(2, &[("vas", 80.0), ("vas_m12", 80.0)])];
        let values = Picker { catalogue: &catalogue }.merged(&told.iter().collect::<Vec<_>>());
        let mut values: Vec<_> = values.into_iter().collect();
        values.sort_unstable_by_key(|(id, _)| *id);
        let number = |id, value| (id, VariableValue::Number(value));
        assert_eq!(values, [number("vas", 80.0), number("vas_d28", 40.0), number("vas_m12", 80.0)]);
    }
}
