//! Steps through the pages of a list, by real links.

use leptos::prelude::*;

use super::{Glyph, Icon, grouped};

/// "51-100 of 10,000" with a link to the page before and after. `page` counts from 1; `href` makes a page's address.
#[component]
pub fn Pager(page: u32, rows_per_page: u32, matching: u32, #[prop(into)] href: Callback<u32, String>) -> impl IntoView {
    let pages = matching.div_ceil(rows_per_page.max(1)).max(1);
    let page = page.max(1);
    let before = (page > 1).then(|| href.run((page - 1).min(pages)));
    let after = (page < pages).then(|| href.run(page + 1));
    view! {
        <nav class="pager" aria-label="Pages">
            <span class="num">{rows_shown(page, rows_per_page, matching)}</span>
            {(pages > 1 || page > 1).then(|| view! {
                <span class="steps">
                    <Step href=before rel="prev" label="Previous page"><Icon glyph=Glyph::ChevronLeft/>"Previous"</Step>
                    <Step href=after rel="next" label="Next page">"Next"<Icon glyph=Glyph::ChevronRight/></Step>
                </span>
            })}
        </nav>
    }
}

/// A link, or where there is no such page the same shape without one.
#[component]
fn Step(href: Option<String>, rel: &'static str, label: &'static str, children: Children) -> impl IntoView {
    match href {
        Some(href) => view! { <a class="btn" href=href rel=rel aria-label=label>{children()}</a> }.into_any(),
        None => view! { <span class="btn" aria-disabled="true" aria-hidden="true">{children()}</span> }.into_any(),
    }
}

fn rows_shown(page: u32, rows_per_page: u32, matching: u32) -> String {
    let first = (u64::from(page) - 1) * u64::from(rows_per_page) + 1;
    let last = (first + u64::from(rows_per_page) - 1).min(u64::from(matching));
    let (Ok(first), Ok(last)) = (u32::try_from(first), u32::try_from(last)) else {
        return none_of(matching);
    };
    if first > last { none_of(matching) } else { format!("{}-{} of {}", grouped(first), grouped(last), grouped(matching)) }
}

fn none_of(matching: u32) -> String {
    format!("0 of {}", grouped(matching))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a1_the_pager_says_which_rows_are_shown() {
        assert_eq!(rows_shown(2, 50, 10_000), "51-100 of 10,000");
        assert_eq!(rows_shown(1, 50, 50), "1-50 of 50");
        assert_eq!(rows_shown(3, 50, 120), "101-120 of 120");
        assert_eq!(rows_shown(1, 50, 0), "0 of 0");
        assert_eq!(rows_shown(9, 50, 120), "0 of 120");
        assert_eq!(rows_shown(u32::MAX, u32::MAX, 120), "0 of 120");
    }

    #[cfg(feature = "ssr")]
    #[test]
    fn a1_a_page_past_the_end_leads_back_to_the_last() {
        let html = Owner::new()
            .with(|| view! { <Pager page=9 rows_per_page=50 matching=120 href=|page| format!("?page={page}")/> }.to_html());
        assert!(html.contains(r#"href="?page=3""#) && !html.contains("?page=10"), "{html}");
        let alone = Owner::new()
            .with(|| view! { <Pager page=1 rows_per_page=50 matching=12 href=|page| format!("?page={page}")/> }.to_html());
        assert!(!alone.contains("href"), "{alone}");
    }
}
