//! What rules that look beyond their own form find in records that are there, by what others tell now.

use super::life::{Life, items};

/// A rule with the place where it found something, the form, and whether whoever saved the content has explained it.
pub(super) type Standing<'f> = (&'f str, &'f str, &'f str, bool);

impl Life {
    /// Exactly these stand in the records of the patient.
    pub(super) async fn stands(&self, expected: &[Standing<'_>]) {
        self.app.service.judge_timelines().await.unwrap();
        let list = self.get(&format!("/api/v1/findings?patient={}", self.pseudonym)).await;
        let standing = items(&list).iter().map(|one| {
            let [rule, pointer, form] = ["rule", "pointer", "form"].map(|name| one[name].as_str().unwrap());
            (rule, pointer, form, one["explained"].as_bool().unwrap())
        });
        let mut standing: Vec<Standing<'_>> = standing.collect();
        let mut expected = expected.to_vec();
        standing.sort_unstable();
        expected.sort_unstable();
        assert_eq!(standing, expected, "on {}", self.today());
    }
}
