//! The rule of incidents: examples that a person would draw, and what holds for any outages whatever.

use super::*;
use crate::monitors::{Check, Profile};

fn ping(host: &str) -> Check {
    Check::Ping { host: host.into(), latency_limit_ms: None }
}

fn begun(number: u128, customer: u128, at: i64, check: &Check, reason: &str, city: &str) -> Begun {
    Begun {
        outage: OutageId::from_u128(number),
        latest: OutageId::from_u128(number),
        monitor: MonitorId::from_u128(number),
        customer: CustomerId::from_u128(customer),
        at,
        ended_at: None,
        interval_s: 60,
        traits: Traits::of(check, reason, city),
    }
}

/// Outages at one host of so many customers in turn, a second apart.
fn at_gateway(count: u32, customers: u32) -> Vec<Begun> {
    let one = |i: u32| {
        begun(u128::from(i) + 1, u128::from(i % customers), i64::from(i) * 1000, &ping("gateway.example"), "No answer", "")
    };
    (0..count).map(one).collect()
}

fn sizes(outages: Vec<Begun>) -> Vec<usize> {
    incidents(outages).iter().map(|incident| incident.outages.len()).collect()
}

#[test]
fn f13_outages_of_several_customers_at_one_host_are_one_incident_that_says_why() {
    let found = incidents(at_gateway(34, 6));
    let [Incident { head, outages }] = found.as_slice() else { panic!("{found:?}") };
    assert_eq!((outages.len(), head.monitors, head.customers, head.lasting, head.span_ms), (34, 34, 6, 34, 33_000));
    assert_eq!(head.id, OutageId::from_u128(1));
    assert_eq!((head.name().as_str(), head.cause().as_str()), ("gateway.example", "all at gateway.example"));
    assert_eq!(head.why(), "Began within 33 s; all at gateway.example; all checked by Ping; all for the same reason: No answer");
}

#[test]
fn f13_too_few_or_of_one_customer_alone_are_none() {
    assert!(incidents(at_gateway(2, 2)).is_empty());
    assert!(incidents(at_gateway(40, 1)).is_empty());
    assert_eq!(sizes(at_gateway(3, 2)), [3]);
    // One monitor that fails again and again is one monitor.
    let mut flapping = at_gateway(3, 2);
    flapping[2].monitor = MonitorId::from_u128(1);
    assert!(incidents(flapping).is_empty());
    assert!(incidents(Vec::new()).is_empty());
}

#[test]
fn f13_the_minute_begins_with_the_first_and_a_slow_check_has_its_interval() {
    let at = |seconds: &[i64], intervals: &[u32]| {
        let one = |(i, (at, interval_s)): (usize, (&i64, &u32))| Begun {
            interval_s: *interval_s,
            ..begun(i as u128 + 1, i as u128 % 2, at * 1000, &ping("10.0.0.5"), "", "")
        };
        sizes(seconds.iter().zip(intervals).enumerate().map(one).collect())
    };
    assert_eq!(at(&[0, 30, 60], &[60; 3]), [3]);
    assert_eq!(at(&[0, 30, 61], &[60; 3]), [0usize; 0]);
    assert_eq!(at(&[0, 30, 61], &[10, 60, 120]), [3]);
    assert_eq!(at(&[0, 30, 300], &[10, 60, 86_400]), [3]);
    assert_eq!(at(&[0, 30, 301], &[10, 60, 86_400]), [0usize; 0], "five minutes at most");
    // One that began long before does not keep the others apart.
    assert_eq!(at(&[0, 50, 70, 90, 110], &[60; 5]), [4]);
    assert_eq!(at(&[0, 10, 20, 200, 210, 220], &[60; 6]), [3, 3]);
}

#[test]
fn f13_little_in_common_takes_more_outages() {
    let far_apart = |count: u128, city: &str, reason: &str| {
        let one = |i: u128| begun(i + 1, i % 3, 0, &ping(&format!("host{i}.customer{i}.example")), reason, city);
        (0..count).map(one).collect::<Vec<_>>()
    };
    assert!(incidents(far_apart(9, "Hull", "No answer from 10.0.0.1")).is_empty());
    let found = incidents(far_apart(10, "Hull", ""));
    assert_eq!(found[0].head.cause(), "all in Hull");
    let found = incidents(far_apart(10, "", "No answer from 10.0.0.1"));
    assert_eq!(
        found[0].head.why(),
        "Began in the same second; all checked by Ping; all for the same reason: No answer from 10.0.0.1"
    );
    assert!(incidents(far_apart(40, "", "")).is_empty(), "that all are pinged is no cause");
}

#[test]
fn f13_simulated_monitors_share_nothing() {
    let simulated = Check::Simulated { profile: Profile::Broken };
    assert!(incidents((0..100).map(|i| begun(i, i % 9, 0, &simulated, "Connection refused", "Hull")).collect()).is_empty());
}

#[test]
fn f13_an_incident_is_over_when_fewer_than_two_monitors_still_fail() {
    let mut outages = at_gateway(4, 2);
    for outage in &mut outages[..2] {
        outage.ended_at = Some(90_000);
    }
    let before = incidents(outages.clone()).remove(0).head;
    assert!(before.lasts());
    outages[2].ended_at = Some(100_000);
    let after = incidents(outages).remove(0).head;
    assert!(!after.lasts());
    assert_eq!((after.id, after.monitors, after.lasting), (before.id, 4, 1), "its name stays while outages end");
}

#[test]
fn f13_trouble_that_turns_to_down_is_the_same_outage() {
    let trouble = at_gateway(6, 2);
    let mut outages = trouble.clone();
    // One by one, the last long after the first.
    for (i, outage) in outages.iter_mut().enumerate() {
        outage.ended_at = Some(120_000 + i as i64 * 600_000);
    }
    let down: Vec<Begun> = (7..).zip(&outages).filter_map(|(number, outage)| goes_on(outage, number, None)).collect();
    outages.extend(down);
    let found = incidents(outages.clone());
    let [Incident { head, outages: joined }] = found.as_slice() else { panic!("{found:?}") };
    assert_eq!(*head, incidents(trouble).remove(0).head, "as if they had never turned");
    assert!(joined.iter().all(Begun::lasts));
    let latest: Vec<u128> = joined.iter().map(|outage| outage.latest.to_u128()).collect();
    assert_eq!(latest, [7, 8, 9, 10, 11, 12], "these are the outages that last");
    // A pause between two makes them two.
    outages[6].at += 1;
    assert_eq!(incidents(outages).remove(0).head.lasting, 5);
}

/// What the outage goes on as in the moment in which it ends, if it does.
fn goes_on(before: &Begun, number: u128, ended_at: Option<i64>) -> Option<Begun> {
    let (id, at) = (OutageId::from_u128(number), before.ended_at?);
    let traits = Traits::of(&ping("elsewhere.example"), "Another reason", "York");
    Some(Begun { outage: id.clone(), latest: id, at, ended_at, traits, ..before.clone() })
}

#[test]
fn f13_an_incident_was_over_when_the_last_but_one_was_well_again() {
    let mut outages = at_gateway(3, 2);
    let mut lasted_at = |ended: [Option<i64>; 3], at: i64| {
        for (outage, ended) in outages.iter_mut().zip(ended) {
            outage.ended_at = ended;
        }
        incidents(outages.clone()).remove(0).lasted_at(at)
    };
    assert!(lasted_at([None, Some(50_000), None], 90_000));
    assert!(lasted_at([Some(80_000), Some(50_000), None], 80_000));
    assert!(!lasted_at([Some(80_000), Some(50_000), None], 80_001));
    assert!(!lasted_at([Some(80_000), Some(50_000), Some(90_000)], 90_000));
    assert!(lasted_at([Some(80_000), Some(50_000), Some(90_000)], -1), "it began later");
}

#[test]
fn f13_what_is_over_for_long_is_looked_for_where_at_least_two_last() {
    let at = |minutes: &[i64]| -> Vec<Begun> {
        (1..).zip(minutes).map(|(number, at)| begun(number, number, at * 60_000, &ping("gateway.example"), "", "")).collect()
    };
    let minutes = |outages: &[Begun]| -> Vec<[i64; 2]> {
        spans(outages, 1_000 * 60_000).into_iter().map(|span| span.map(|at| at / 60_000)).collect()
    };
    assert_eq!(minutes(&at(&[])), [[0i64; 2]; 0]);
    assert_eq!(minutes(&at(&[100, 106, 200])), [[0i64; 2]; 0], "each alone");
    assert_eq!(minutes(&at(&[300, 104, 100, 108, 305])), [[295, 310], [95, 113]], "the newest first");
    // All that is younger is known.
    assert_eq!(minutes(&at(&[999, 1_004])), [[994, 1_009]]);
    assert_eq!(minutes(&at(&[1_003, 1_005, 1_006])), [[0i64; 2]; 0]);
    // It began when the first of those began that it goes on from.
    let mut outages = at(&[100, 102]);
    outages[1].ended_at = Some(500 * 60_000);
    outages.extend(goes_on(&outages[1], 3, None));
    assert_eq!(minutes(&outages), [[95, 107]]);
}

/// Seeded: the same outages with every run.
struct Random(u64);

impl Random {
    fn below(&mut self, most: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % most
    }

    fn outage(&mut self, number: u128, minutes: u64) -> Begun {
        let check = match self.below(5) {
            0 => ping(&format!("10.0.{}.{}", self.below(3), self.below(4))),
            1 => ping(&format!("h{}.site{}.example", self.below(3), self.below(4))),
            2 => Check::Heartbeat { grace_s: 1 },
            3 => Check::Tcp { host: format!("h{}.example", self.below(900)), port: 1, latency_limit_ms: None },
            _ => Check::Simulated { profile: Profile::Broken },
        };
        let reason = ["", "No answer from 10.0.0.1", "Nothing heard"][self.below(3) as usize];
        let city = ["", "", "Hull", "York"][self.below(4) as usize];
        let at = self.below(minutes * 60_000).cast_signed();
        Begun {
            monitor: MonitorId::from_u128(self.below(400).into()),
            interval_s: [10, 60, 120, 300, 3600][self.below(5) as usize],
            ended_at: (self.below(2) != 0).then_some(at + 90_000),
            ..begun(number, self.below(7).into(), at, &check, reason, city)
        }
    }

    fn shuffle(&mut self, outages: &mut [Begun]) {
        for last in (1..outages.len()).rev() {
            outages.swap(last, self.below(last as u64 + 1) as usize);
        }
    }
}

#[test]
fn f13_whatever_fails_the_rule_holds() {
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    let mut seen = 0;
    for round in 0..300u64 {
        let mut outages: Vec<Begun> = (0..random.below(160)).map(|i| random.outage(u128::from(i) + 1, 1 + round % 20)).collect();
        let found = incidents(outages.clone());
        random.shuffle(&mut outages);
        outages.extend(outages.first().cloned());
        assert_eq!(incidents(outages), found, "neither the order of what is given nor a repetition matters");
        let mut members = HashSet::new();
        for Incident { head, outages } in &found {
            seen += 1;
            assert!(outages.iter().all(|outage| members.insert(outage.outage.clone())), "an outage is in one incident at most");
            assert!(outages.is_sorted_by_key(|outage| (outage.at, outage.outage.clone())));
            let first = &outages[0];
            assert_eq!((&head.id, head.began_at), (&first.outage, first.at));
            for outage in outages {
                let slack = (i64::from(outage.interval_s) * 1000).clamp(SPAN_MS, SPAN_MOST_MS);
                assert!((0..=slack).contains(&(outage.at - first.at)), "it began together with the first");
                assert_ne!(outage.traits.kind(), Kind::Simulated);
            }
            let (monitors, customers): (HashSet<_>, HashSet<_>) = outages.iter().map(|o| (&o.monitor, &o.customer)).unzip();
            assert_eq!((head.monitors as usize, head.customers as usize), (monitors.len(), customers.len()));
            let same = |of: Cause| of(&first.traits).is_some() && outages.iter().all(|o| of(&o.traits) == of(&first.traits));
            let least = if same(Traits::area) { BY_TARGET } else { BY_SIGNS };
            assert!(same(Traits::area) || same(Traits::place) || same(Traits::signs), "they share a cause");
            assert!(head.monitors >= least.monitors && head.customers >= least.customers);
            assert!(!head.shared.is_empty() && head.lasting <= head.monitors);
        }
        assert!(found.is_sorted_by_key(|incident| std::cmp::Reverse(incident.head.began_at)));
    }
    assert!(seen > 100, "only {seen} incidents: these outages prove little");
}

#[test]
fn f13_however_often_an_outage_turns_it_is_one() {
    let mut random = Random(0x2545_f491_4f6c_dd1d);
    for round in 0..100u64 {
        let numbers = 0..u128::from(random.below(160));
        let mut whole: Vec<Begun> = numbers.map(|i| random.outage(i * 4 + 1, 1 + round % 20)).collect();
        whole.retain(|outage| outage.traits.kind() != Kind::Simulated);
        let mut turned = Vec::new();
        for outage in &mut whole {
            let number = outage.outage.to_u128();
            // Each has its own: two outages of one monitor would not overlap.
            outage.monitor = MonitorId::from_u128(number);
            let mut last = outage.clone();
            for turn in 1..=u128::from(random.below(4)) {
                let before = Begun { ended_at: Some(last.at + 1 + random.below(20_000).cast_signed()), ..last };
                last = goes_on(&before, number + turn, outage.ended_at).unwrap();
                turned.push(before);
            }
            turned.push(last);
        }
        random.shuffle(&mut turned);
        let heads = |outages: Vec<Begun>| incidents(outages).into_iter().map(|incident| incident.head).collect::<Vec<_>>();
        assert_eq!(heads(turned), heads(whole));
    }
}

#[test]
fn f13_ten_thousand_outages_at_once_are_one_incident() {
    let outages = |count: u32| {
        let one = |i: u32| {
            let host = ping(&format!("h{i}.cloud.example"));
            begun(u128::from(i) + 1, u128::from(i % 500), i64::from(i % 60) * 1000, &host, "No answer", "")
        };
        (0..count).map(one).collect::<Vec<_>>()
    };
    assert_eq!(sizes(outages(10_000)), [10_000]);
    // Half an hour of outages of one customer, and one of another now and then: never enough, however long the search.
    let mut alone = outages(10_000);
    for (i, outage) in alone.iter_mut().enumerate() {
        outage.customer = CustomerId::from_u128(u128::from(i % 5_000 == 0));
        outage.at = if i % 5_000 == 0 { 290_000 } else { (i as i64 % 30) * 1000 };
    }
    assert_eq!(sizes(alone), [0usize; 0]);
}
