//! What a person at the customer list waits for.

use std::time::Instant;

use super::{Installation, RUNS, ms, p99, print, quoted};
use crate::step::Outcome;

const ASKED: usize = 500;
const SORTS: [&str; 8] = ["Name", "Email", "State", "Services", "Monitors", "Admins", "Added", "Modified"];

/// A small generator (SplitMix64): the same questions in each run of the program.
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut word = self.0;
        word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((word ^ (word >> 31)) % bound.max(1) as u64).unwrap_or_default()
    }
}

/// The list over HTTP, beside a second MSP as large: random three-letter infixes, filters, every sort, deep pages.
pub(super) fn list() -> Outcome<()> {
    for customers in [1_000, 10_000, 100_000] {
        let place = Installation::with_demo(customers, customers)?;
        place.add_second_msp(customers, customers)?;
        let server = place.start(&[])?;
        let mut client = server.client()?;
        let mut dice = Dice(1);
        let pages = customers as usize / 50;
        let mut worst = Vec::new();
        for _ in 0..RUNS {
            let mut times = Vec::new();
            for _ in 0..ASKED {
                let infix: String = (0..3).map(|_| char::from(b"aeinorstlm"[dice.below(10)])).collect();
                // A third of them search, a third filter; the others turn to a page, as far as the last.
                let (search, filter, page) = match dice.below(3) {
                    0 => (infix, String::new(), 1),
                    1 => (String::new(), filter(&mut dice, &infix), 1),
                    _ => (String::new(), String::new(), 1 + dice.below(pages)),
                };
                let query = format!(
                    r#"{{"query":{{"search":{},"filter":{{{filter}}},"state":null,"sort":"{}","descending":{},"page":{page}}}}}"#,
                    quoted(&search),
                    SORTS[dice.below(SORTS.len())],
                    dice.below(2) == 0
                );
                let begun = Instant::now();
                client.post("/fn/customers", "application/json", query.as_bytes())?.expect(200)?;
                times.push(ms(begun));
            }
            worst.push(p99(times));
        }
        print("customers.list_p99_ms", customers, "ms", worst);
    }
    Ok(())
}

/// A part of the name, or a range that leaves much or little.
fn filter(dice: &mut Dice, infix: &str) -> String {
    match dice.below(3) {
        0 => format!(r#""name":{}"#, quoted(infix)),
        1 => format!(r#""devices_from":"{}","devices_to":"{}""#, dice.below(3), 1 + dice.below(50) + 2),
        _ => r#""added_from":"2020-01-01","modified_to":"2190-12-31""#.to_owned(),
    }
}

/// A person adds customers, one after the other, while the intake takes in as much as it can.
pub(super) fn save() -> Outcome<()> {
    let place = Installation::with_demo(200, 10_000)?;
    place.run(&["msp", "quota", "--customers", "100000"], b"")?;
    let server = place.start(&["--churn", "100000"])?;
    let mut client = server.client()?;
    let mut number = 0;
    let mut worst = Vec::new();
    for _ in 0..RUNS {
        let mut times = Vec::new();
        for _ in 0..200 {
            number += 1;
            let form = format!(
                "input%5Bcompany%5D=Company+{number}&input%5Bemail%5D=it%40customer.example&input%5Baccount_manager_email%5D=rita%40msp.example"
            );
            let begun = Instant::now();
            client.post("/fn/customer-create", "application/x-www-form-urlencoded", form.as_bytes())?.expect(200)?;
            times.push(ms(begun));
        }
        worst.push(p99(times));
    }
    print("customers.save_p99_ms", 10_000, "ms", worst);
    Ok(())
}
