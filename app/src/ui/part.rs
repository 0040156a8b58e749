//! The same fields in a form of their own and as a row of a larger one: what their controls are called, and where their errors are.

use leptos::prelude::*;
use model::{FieldError, Problem, drafts::row_field};

use crate::answer::{Answer, problem_at};

/// Where a set of fields stands.
#[derive(Debug, Clone)]
pub enum Part {
    /// They are the form.
    Alone(Answer),
    /// They are the row at `place` of `rows`, of which the server said what is wrong when it drew the page.
    Row { rows: &'static str, place: usize, problems: Vec<FieldError> },
}

impl Part {
    /// The control's name and id.
    #[must_use]
    pub fn name(&self, field: &str) -> String {
        match self {
            Self::Alone(_) => format!("input[{field}]"),
            Self::Row { rows, place, .. } => row_field(rows, *place, field),
        }
    }

    #[must_use]
    pub fn error(&self, field: &'static str) -> Signal<Option<Problem>> {
        match self {
            Self::Alone(answer) => problem_at(*answer, field),
            Self::Row { problems, .. } => {
                let here = self.name(field);
                let problem = problems.iter().find(|error| error.field == here).map(|error| error.problem.clone());
                Signal::stored(problem)
            }
        }
    }
}
