//! A status mark: a shape as well as a colour (DOMAIN F9). The wall's canvas draws the same shapes.

use leptos::prelude::*;
use model::Status;

/// The mark of `status`. Silent beside its word; with `label` it says the status to a screen reader itself.
#[component]
pub fn Mark(status: Status, #[prop(optional)] label: bool) -> impl IntoView {
    view! {
        <svg
            class=format!("mark {}", status.slug())
            viewBox="0 0 12 12"
            role=label.then_some("img")
            aria-label=label.then(|| status.label())
            aria-hidden=(!label).then_some("true")
        >
            <path fill-rule="evenodd" d=shape(status)></path>
        </svg>
    }
}

/// One path in a box of 12 by 12. Whether it is filled or drawn as a line is the style sheet's (`.mark.<slug>`).
const fn shape(status: Status) -> &'static str {
    match status {
        Status::Down => {
            "M2 0H10A2 2 0 0 1 12 2V10A2 2 0 0 1 10 12H2A2 2 0 0 1 0 10V2A2 2 0 0 1 2 0Z\
             M4.14 2.86 6 4.73 7.86 2.86 9.14 4.14 7.27 6 9.14 7.86 7.86 9.14 6 7.27 4.14 9.14 2.86 7.86 4.73 6 2.86 4.14Z"
        }
        Status::Trouble => "M6 1.5 11 10.5H1Z",
        Status::ConfigurationError => "M6 .3 11.7 6 6 11.7.3 6Z",
        Status::Maintenance => "M0 2H12V5H0ZM0 7H12V10H0Z",
        Status::Discovery => "M6 1.8A4.2 4.2 0 1 1 6 10.2 4.2 4.2 0 1 1 6 1.8Z",
        Status::Suspended => "M6 1.5A4.5 4.5 0 1 1 6 10.5 4.5 4.5 0 1 1 6 1.5Z",
        Status::Up => "M6 1A5 5 0 1 1 6 11 5 5 0 1 1 6 1Z",
    }
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use super::*;

    #[test]
    fn f9_every_status_has_a_shape_of_its_own() {
        let mut shapes: Vec<_> = Status::ALL.into_iter().map(shape).collect();
        shapes.sort_unstable();
        shapes.dedup();
        assert_eq!(shapes.len(), Status::ALL.len());
    }

    #[test]
    fn a_mark_speaks_only_when_asked() {
        let silent = view! { <Mark status=Status::Down/> }.to_html();
        assert!(silent.contains(r#"class="mark down""#) && silent.contains(r#"aria-hidden="true""#), "{silent}");
        assert!(!silent.contains("role"), "{silent}");
        let spoken = view! { <Mark status=Status::Up label=true/> }.to_html();
        assert!(spoken.contains(r#"role="img""#) && spoken.contains(r#"aria-label="Up""#), "{spoken}");
        assert!(!spoken.contains("aria-hidden"), "{spoken}");
    }
}
