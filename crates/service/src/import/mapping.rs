//! Mappings: saving what a site's own columns mean, and reading a table by it.

use std::borrow::Cow;
use std::collections::BTreeMap;

use cartotek_domain::access::{Granted, permission};
use cartotek_domain::code::mapping_name::MappingName;
use cartotek_domain::code::site::SiteCode;
use cartotek_domain::finding::Finding;
use cartotek_domain::id::ImportMappingId;
use cartotek_domain::import_mapping::{ImportMapping, MappedColumn, contradictions};
use cartotek_domain::problem::Problem;
use cartotek_domain::text::Text;
use cartotek_forms::{CheckTime, DecimalMark, Form, is_about_gaps};
use cartotek_persistence::ReadSession;

use crate::Service;
use crate::act::{Act, Done};
use crate::commit::Seen;
use crate::error::{ServiceError, not_own_site};
use crate::import::Format;
use crate::import::layout::{Answer, Column, OWN};
use crate::import::selection::Selection;

impl Service {
    /// Saves the next version of a site's mapping; `expected` is the version that the caller knows, if there is one.
    ///
    /// # Errors
    /// `not_found` for a site that is not the caller's own and for an unknown form; `precondition_required` and
    /// `stale_version`; `content_invalid` for what the form does not have.
    pub async fn save_mapping(
        &self,
        granted: &Granted<permission::MapImports>,
        act: &Act,
        (site, form, name): (SiteCode, String, MappingName),
        expected: Option<i64>,
        columns: Vec<MappedColumn>,
    ) -> Result<Done<ImportMapping>, ServiceError> {
        check_site(granted, &site)?;
        self.check_columns(&form, &columns)?;
        let (service, author) = (self.clone(), granted.caller().actor);
        self.change(granted, act, "save import mapping", move |journal| {
            let latest = journal.read().import_mapping(&site, &form, &name, None)?;
            let latest = latest.map_or(0, |mapping| mapping.version);
            match expected {
                None if latest > 0 => return Err(ServiceError::refused(Problem::PreconditionRequired)),
                Some(expected) if expected != latest => return Err(ServiceError::stale(latest, None)),
                _ => {}
            }
            let mapping = ImportMapping {
                id: ImportMappingId::next(service.ids()),
                site: site.clone(),
                form: form.clone(),
                name: name.clone(),
                version: latest + 1,
                columns: columns.clone(),
                author,
                created_at: service.now(),
                salt: service.salt()?,
            };
            journal.on_behalf_of(&site);
            journal.insert(&mapping)?;
            Ok(mapping)
        })
        .await
    }

    /// One version of a site's mapping; the latest when none is given.
    ///
    /// # Errors
    /// `not_found`, also for a site that is not the caller's own.
    pub async fn mapping(
        &self,
        granted: &Granted<permission::MapImports>,
        act: &Act,
        (site, form, name): (SiteCode, String, MappingName),
        version: Option<i64>,
    ) -> Result<Done<ImportMapping>, ServiceError> {
        check_site(granted, &site)?;
        self.show(granted, act, "read import mapping", move |session| {
            let found = session.import_mapping(&site, &form, &name, version)?;
            Ok((found.ok_or_else(ServiceError::not_found)?, Seen::new()))
        })
        .await
    }

    /// The mappings of a site in their latest versions, by form and name.
    ///
    /// # Errors
    /// `not_found` for a site that is not the caller's own.
    pub async fn mappings(
        &self,
        granted: &Granted<permission::MapImports>,
        act: &Act,
        site: SiteCode,
    ) -> Result<Done<Vec<ImportMapping>>, ServiceError> {
        check_site(granted, &site)?;
        let look = move |session: &mut dyn ReadSession| {
            Ok::<_, ServiceError>((session.import_mappings(&site, None)?, Seen::new()))
        };
        self.show(granted, act, "list import mappings", look).await
    }

    fn check_columns(&self, form: &str, columns: &[MappedColumn]) -> Result<(), ServiceError> {
        let published = self.forms()?;
        let form = published.forms.form(form, None).ok_or_else(ServiceError::not_found)?;
        let mut findings = contradictions(columns);
        for (place, column) in columns.iter().enumerate() {
            findings.extend(self.check_column(form, column, &format!("/columns/{place}")));
        }
        if findings.is_empty() { Ok(()) } else { Err(ServiceError::invalid(findings)) }
    }

    /// What a form does not have of a column: its place, or a code.
    fn check_column(&self, form: &Form, column: &MappedColumn, at: &str) -> Vec<Finding> {
        if OWN.contains(&column.to.as_str()) {
            let coded = !column.codes.is_empty();
            return coded.then(|| own_codes(&format!("{at}/codes"))).into_iter().collect();
        }
        let target = form.column_at(&column.to).and_then(|_| form.column_at(&in_first_element(&column.to)));
        let Some(target) = target else {
            return vec![nowhere(&format!("{at}/to"), form)];
        };
        let time = CheckTime { today: self.today(), first_submitted: None };
        let mut findings = Vec::new();
        for (number, code) in column.codes.iter().enumerate() {
            let found = match form.content_from_cells(&[(&target.name, &code.code)], DecimalMark::Point) {
                Err(unreadable) => unreadable.findings,
                Ok(content) => form.check_content(&content, &time).findings,
            };
            // The content has this answer alone: what its schema and lists refuse is the answer, rules ask for others.
            let refused = |one: &Finding| {
                let by_form = ["CELL-", "SCHEMA-", "CODE-"].iter().any(|kind| one.rule.starts_with(kind));
                by_form && one.is_error() && !is_about_gaps(one)
            };
            let pointer = format!("{at}/codes/{number}/code");
            findings.extend(
                found.into_iter().filter(refused).map(|one| Finding { pointer: pointer.clone(), ..one }),
            );
        }
        findings
    }

    /// The mappings of a name by which a file is read.
    ///
    /// # Errors
    /// `content_invalid` when the site has none of that name for the form, or the file is no table.
    pub(super) async fn mappings_of_import(
        &self,
        site: &SiteCode,
        selection: &Selection,
        format: Format,
        name: Option<&MappingName>,
    ) -> Result<Mappings, ServiceError> {
        let Some(name) = name.cloned() else { return Ok(Mappings::default()) };
        if format == Format::Ndjson {
            return Err(ServiceError::invalid(vec![no_table()]));
        }
        let site = site.clone();
        let read = move |session: &mut dyn ReadSession| session.import_mappings(&site, Some(&name));
        let mut found = self.store().read("read import mappings", read).await?;
        found.retain(|mapping| selection.form(&mapping.form).is_some());
        if found.is_empty() {
            return Err(ServiceError::invalid(vec![unknown()]));
        }
        Ok(Mappings(found.into_iter().map(|mapping| (mapping.form.clone(), mapping)).collect()))
    }
}

/// By which mappings a table is read, by the code of the form.
#[derive(Clone, Default)]
pub(super) struct Mappings(BTreeMap<String, ImportMapping>);

impl Mappings {
    /// What a heading means for a form: as the site has said, or by the form's own names.
    pub(super) fn column(&self, heading: &str, form: &Form) -> Option<Column> {
        let of = |mapping: &'_ ImportMapping| {
            mapping.columns.iter().find(|column| column.heading.trim() == heading).cloned()
        };
        // Whose record a row is and of which form is the same for every form of a file.
        if let Some(own) = self.0.values().filter_map(of).find_map(|column| Column::own(&column.to)) {
            return Some(own);
        }
        match self.0.get(form.code()).and_then(of) {
            Some(mapped) => {
                let column = form.column_at(&mapped.to)?;
                Some(Column::Answer(Answer { column, codes: mapped.codes }))
            }
            None => Column::of(heading, form),
        }
    }

    /// The versions, for the event of the import.
    pub(super) fn versions(&self) -> impl Iterator<Item = &ImportMapping> {
        self.0.values()
    }
}

impl Answer {
    /// A cell as the form has it: what the site writes for a code is read as the code; in a list each part by itself.
    pub(super) fn read<'c>(&'c self, cell: &'c str) -> Cow<'c, str> {
        let of = |part: &'c str| {
            let known = self.codes.iter().find(|code| code.cell.trim() == part.trim());
            known.map_or(part, |code| code.code.as_str())
        };
        if self.codes.is_empty() {
            Cow::from(cell)
        } else {
            Cow::from(cell.split('|').map(of).collect::<Vec<_>>().join("|"))
        }
    }
}

/// The same answer in the first element of its list, where codes are tried out: a later one alone would leave a gap.
fn in_first_element(pointer: &str) -> String {
    let is_number = |token: &str| !token.is_empty() && token.bytes().all(|byte| byte.is_ascii_digit());
    let token = |token| if is_number(token) { "0" } else { token };
    pointer.split('/').map(token).collect::<Vec<_>>().join("/")
}

fn check_site(granted: &Granted<permission::MapImports>, site: &SiteCode) -> Result<(), ServiceError> {
    if granted.own_sites().contains(site) { Ok(()) } else { Err(not_own_site()) }
}

fn nowhere(pointer: &str, form: &Form) -> Finding {
    let (code, version, own) = (form.code(), form.version(), OWN.join(", "));
    let text = Text::new(
        format!(
            "Formuläret har inget svar där. Ange en JSON-pekare till ett svar i /forms/{code}/versions/{version}, t.ex. \
             /infections/0/date, eller något av {own}."
        ),
        format!(
            "The form has no answer there. Give a JSON pointer to an answer of /forms/{code}/versions/{version}, e.g. \
             /infections/0/date, or one of {own}."
        ),
    );
    Finding::error("IMPORT-MAPPING", pointer, text)
}

fn own_codes(pointer: &str) -> Finding {
    let text = Text::new(
        "Bara svar i formuläret har koder; ta bort codes.",
        "Only answers of the form have codes; remove codes.",
    );
    Finding::error("IMPORT-MAPPING", pointer, text)
}

fn unknown() -> Finding {
    let text = Text::new(
        "Sjukhuset har ingen mappning med det namnet för formuläret; /sites/{code}/import-mappings visar dem som finns.",
        "The site has no mapping of that name for the form; /sites/{code}/import-mappings lists those there are.",
    );
    Finding::error("IMPORT-MAPPING", "", text)
}

fn no_table() -> Finding {
    let text = Text::new(
        "En mappning gäller kolumner; NDJSON har inga. Ta bort mapping.",
        "A mapping is about columns; NDJSON has none. Remove mapping.",
    );
    Finding::error("IMPORT-MAPPING", "", text)
}
