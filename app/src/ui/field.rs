//! One field of a form: its label above, its hint and its error below.
//!
//! What was typed before the wasm arrived is kept: the first effect reads it from the page and hands it to `on_change`.
//! `required` is said, not enforced, so that every error is ours and stands at its field: put `novalidate` on the form.

use leptos::{html, prelude::*};
use model::Problem;

/// A one-line input, or several lines with `kind="textarea"`. Its id is its `name`. `on_change` hears every keystroke.
#[component]
pub fn TextField(
    #[prop(into)] name: Oco<'static, str>,
    label: &'static str,
    /// What it holds: at first, and whenever this changes.
    #[prop(optional, into)]
    value: Signal<String>,
    #[prop(optional, into)] on_change: Option<Callback<String>>,
    #[prop(optional, into)] error: Signal<Option<Problem>>,
    /// The input's type.
    #[prop(default = "text")]
    kind: &'static str,
    #[prop(optional)] required: bool,
    #[prop(optional, into)] hint: String,
    #[prop(optional, into)] autocomplete: Option<String>,
    #[prop(optional, into)] placeholder: Option<String>,
    #[prop(optional, into)] inputmode: Option<String>,
) -> impl IntoView {
    let hinted = !hint.is_empty();
    let described = name.clone();
    let describedby = move || described_by(&described, hinted, error.read().is_some());
    let invalid = move || error.read().is_some().then_some("true");
    let needed = required.then_some("true");
    let initial = value.get_untracked();
    let heard = move |typed: String| {
        if let Some(on_change) = on_change {
            on_change.run(typed);
        }
    };
    let control = if kind == "textarea" {
        let control = NodeRef::<html::Textarea>::new();
        follow(control, initial.clone(), value, on_change);
        view! {
            <textarea
                node_ref=control id=name.clone() name=name.clone() rows="3" placeholder=placeholder
                aria-required=needed aria-invalid=invalid aria-describedby=describedby
                on:input:target=move |event| heard(event.target().value())
            >{initial}</textarea>
        }
        .into_any()
    } else {
        let control = NodeRef::<html::Input>::new();
        follow(control, initial.clone(), value, on_change);
        view! {
            <input
                node_ref=control id=name.clone() name=name.clone() type=kind value=initial placeholder=placeholder autocomplete=autocomplete
                inputmode=inputmode aria-required=needed aria-invalid=invalid aria-describedby=describedby
                on:input:target=move |event| heard(event.target().value())
            />
        }
        .into_any()
    };
    view! { <Entry name label required hint error>{control}</Entry> }
}

/// A choice of one. `options` are pairs of value and what a person reads.
#[component]
pub fn SelectField(
    #[prop(into)] name: Oco<'static, str>,
    label: &'static str,
    options: Vec<(String, String)>,
    /// What is chosen: at first, and whenever this changes.
    #[prop(optional, into)]
    value: Signal<String>,
    #[prop(optional, into)] on_change: Option<Callback<String>>,
    #[prop(optional, into)] error: Signal<Option<Problem>>,
    #[prop(optional)] required: bool,
    #[prop(optional, into)] hint: String,
) -> impl IntoView {
    let hinted = !hint.is_empty();
    let described = name.clone();
    let describedby = move || described_by(&described, hinted, error.read().is_some());
    let invalid = move || error.read().is_some().then_some("true");
    let initial = value.get_untracked();
    // A browser shows the first option where none is selected.
    let shown = options
        .iter()
        .map(|(value, _)| value)
        .find(|value| **value == initial)
        .or_else(|| options.first().map(|(value, _)| value));
    let id = name.clone();
    let control = NodeRef::<html::Select>::new();
    follow(control, shown.cloned().unwrap_or_default(), value, on_change);
    let options: Vec<_> = options
        .into_iter()
        .map(|(value, label)| {
            let selected = value == initial;
            view! { <option value=value selected=selected>{label}</option> }
        })
        .collect();
    view! {
        <Entry name label required hint error>
            <select
                node_ref=control id=id.clone() name=id
                aria-required=required.then_some("true") aria-invalid=invalid aria-describedby=describedby
                on:change:target=move |event| {
                    if let Some(on_change) = on_change {
                        on_change.run(event.target().value());
                    }
                }
            >{options}</select>
        </Entry>
    }
}

/// The label, the control, the hint and the error, in the order in which they are read.
#[component]
pub(super) fn Entry(
    name: Oco<'static, str>,
    label: &'static str,
    required: bool,
    hint: String,
    error: Signal<Option<Problem>>,
    children: Children,
) -> impl IntoView {
    view! {
        <div class="entry">
            <label for=name.clone()>{label}{required.then(|| view! { <span class="needed" aria-hidden="true">"*"</span> })}</label>
            {children()}
            {(!hint.is_empty()).then(|| view! { <p class="hint" id=format!("{name}-hint")>{hint}</p> })}
            {move || error.get().map(|problem| view! { <p class="error" id=format!("{name}-error") role="alert">{problem.to_string()}</p> })}
        </div>
    }
}

pub(super) fn described_by(name: &str, hinted: bool, wrong: bool) -> Option<String> {
    match (hinted, wrong) {
        (false, false) => None,
        (true, false) => Some(format!("{name}-hint")),
        (false, true) => Some(format!("{name}-error")),
        (true, true) => Some(format!("{name}-error {name}-hint")),
    }
}

/// Keeps the control in the page and `value` the same, from hydration on. What a person did before it wins over `shown`, which is
/// what the control was drawn with.
#[cfg(feature = "hydrate")]
pub(super) fn follow<E>(control: NodeRef<E>, shown: String, value: Signal<String>, on_change: Option<Callback<String>>)
where
    E: html::ElementType,
    E::Output: HoldsText + wasm_bindgen::JsCast + Clone + 'static,
{
    let drawn = value.get_untracked();
    Effect::new(move |followed: Option<bool>| {
        let Some(control) = control.get() else {
            return false;
        };
        let held = control.text();
        if followed != Some(true) && held != shown {
            if let Some(on_change) = on_change {
                on_change.run(held);
            }
            value.track();
            return true;
        }
        let wanted = value.get();
        if held != wanted && (followed == Some(true) || wanted != drawn) {
            control.set_text(&wanted);
        }
        true
    });
}

#[cfg(not(feature = "hydrate"))]
pub(super) fn follow<E: html::ElementType>(_: NodeRef<E>, _: String, _: Signal<String>, _: Option<Callback<String>>) {}

/// A control of a form whose text can be read and written.
#[cfg(feature = "hydrate")]
pub(super) trait HoldsText {
    fn text(&self) -> String;
    fn set_text(&self, text: &str);
}

#[cfg(feature = "hydrate")]
macro_rules! holds_text {
    ($($control:ty),+) => {$(
        impl HoldsText for $control {
            fn text(&self) -> String {
                self.value()
            }
            fn set_text(&self, text: &str) {
                self.set_value(text);
            }
        }
    )+};
}

#[cfg(feature = "hydrate")]
holds_text!(web_sys::HtmlInputElement, web_sys::HtmlTextAreaElement, web_sys::HtmlSelectElement);

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use super::*;

    #[test]
    fn a3_an_error_stands_at_its_field() {
        let html = Owner::new().with(|| {
            let error = RwSignal::new(Some(Problem::NotAnEmail));
            view! { <TextField name="email" label="Email" kind="email" value="x" error hint="Where we write to." required=true/> }
                .to_html()
        });
        for part in [
            r#"<label for="email">"#,
            r#"type="email""#,
            r#"value="x""#,
            r#"aria-invalid="true""#,
            r#"aria-describedby="email-error email-hint""#,
            r#"id="email-error" role="alert""#,
            "An email address looks like",
        ] {
            assert!(html.contains(part), "{part} is missing: {html}");
        }
    }

    #[test]
    fn a_field_that_is_well_says_nothing() {
        let html = Owner::new().with(|| view! { <TextField name="city" label="City"/> }.to_html());
        assert!(!html.contains("aria-") && !html.contains("alert"), "{html}");
    }

    #[test]
    fn the_chosen_option_is_selected() {
        let html = Owner::new().with(|| {
            let options = vec![("60".to_owned(), "1 min".to_owned()), ("300".to_owned(), "5 min".to_owned())];
            view! { <SelectField name="interval" label="Interval" options value="300"/> }.to_html()
        });
        assert!(html.contains(r#"<option value="300" selected>5 min"#), "{html}");
        assert!(!html.contains(r#"value="60" selected"#), "{html}");
    }
}
