//! What workers write: whatever it is, each line becomes a report or one line of words.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use proptest::{prelude::*, sample::Index};
use sweep_job::WorkerReport;
use sweep_scheduler::read_reports;

fn read(bytes: &[u8]) -> Vec<Result<WorkerReport, String>> {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(read_reports(bytes))
}

#[test]
fn lines_that_are_no_reports_are_quoted() {
    let deep = "[".repeat(100_000);
    let lines = [
        r#"{"report":"ready"}"#,
        "",
        "\u{1b}[31mred\u{7}",
        r#"{"report":"event","detail":["00","interrupted"]}"#,
        r#"{"report":"event","detail":["00000000000000000000000000000000",{"event":"epoch_finished","detail":{"epoch":-1}}]}"#,
        r#"{"report":"event","detail":["00000000000000000000000000000000",{"event":"epoch_finished","detail":{"epoch":1e999}}]}"#,
        r#"{"report":"event","detail":["\u001b[31mred\n",{"event":"interrupted"}]}"#,
        &format!(r#"{{"report":"event","detail":["{}",{{"event":"interrupted"}}]}}"#, "0".repeat(100_000)),
        &deep,
    ];
    let answers: Vec<String> = read((lines.join("\n") + "\n").as_bytes())
        .into_iter()
        .map(|report| report.map_or_else(|why| why, |report| format!("{report:?}")))
        .collect();
    insta::assert_snapshot!(answers.join("\n"));
}

const GOOD: &str = r#"{"report":"event","detail":["0123456789abcdef0123456789abcdef",{"event":"finished","detail":{"best":{"epoch":1,"test":{"loss":0.5,"accuracy":0.5},"weights":{"file":"a/best.safetensors","sha256":"ab"},"predictions":{"classes":2,"logits":[0.5,-1.5]}},"selected":null,"last":{"epoch":1,"test":{"loss":0.5,"accuracy":0.5},"weights":{"file":"a/last.safetensors","sha256":"ab"},"predictions":{"classes":2,"logits":[0.5,-1.5]}}}}]}
{"report":"ready"}
"#;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn damaged_reports_are_reports_or_words_of_one_line(
        damage in prop::collection::vec((any::<Index>(), any::<u8>()), 0..6), cut in prop::option::of(any::<Index>()),
    ) {
        let mut bytes = GOOD.as_bytes().to_vec();
        prop_assert!(!damage.is_empty() || read(&bytes).iter().all(Result::is_ok));
        for (place, value) in damage {
            let place = place.index(bytes.len());
            bytes[place] = value;
        }
        if let Some(cut) = cut {
            bytes.truncate(cut.index(bytes.len()));
        }
        for why in read(&bytes).into_iter().filter_map(Result::err) {
            prop_assert!(!why.chars().any(char::is_control), "{why:?}");
        }
    }
}
