//! `frontdesk faq eval`: its figures are those of `score.py`, and as good as was promised.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, clippy::print_stderr)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// The `faq-eval` data and its scorer lie beside the checkout.
fn shared() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/faq-eval");
    if folder.is_dir() {
        return Some(folder);
    }
    eprintln!("SKIPPED: there is no {}, so nothing was compared with score.py", folder.display());
    None
}

fn fixture() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/faq-eval")
}

fn eval(arguments: &[&Path]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_frontdesk")).args(["faq", "eval"]).args(arguments).output().unwrap()
}

/// The figures that the command prints, without the times.
fn figures(output: &Output) -> Vec<String> {
    let text = String::from_utf8(output.stdout.clone()).unwrap();
    assert!(output.status.success(), "{output:?}");
    let line = text.lines().nth(1).unwrap_or_else(|| panic!("{text}"));
    words(line)
}

fn words(line: &str) -> Vec<String> {
    line.split_whitespace().skip(1).take(11).map(str::to_owned).collect()
}

/// Runs the command, lets `score.py` score what it wrote, and gives the figures if both say the same.
fn agreed(shared: &Path, set: &Path) -> Vec<f64> {
    let folder = tempfile::tempdir().unwrap();
    let run = folder.path().join("run.jsonl");
    let ours = figures(&eval(&[set, Path::new("--run"), &run]));
    let scored = Command::new("python3").arg(shared.join("score.py")).args([set, &run]).output().unwrap();
    let text = String::from_utf8(scored.stdout).unwrap();
    let theirs =
        words(text.lines().nth(1).unwrap_or_else(|| panic!("{text} {}", String::from_utf8_lossy(&scored.stderr))));
    assert_eq!(ours, theirs, "{}", set.display());
    ours.iter().map(|figure| figure.parse().unwrap_or(f64::NAN)).collect()
}

#[test]
fn the_figures_are_those_of_the_scorer() {
    if let Some(shared) = shared() {
        agreed(&shared, &fixture());
    }
}

/// The gate of the study, mean of the eight sets; the sets' own figures are in docs/faq.md.
#[test]
fn the_eight_sets_are_answered_as_well_as_promised() {
    let Some(shared) = shared() else { return };
    let mut sets: Vec<PathBuf> = fs::read_dir(shared.join("dev")).unwrap().map(|item| item.unwrap().path()).collect();
    sets.sort();
    let all: Vec<Vec<f64>> = sets.iter().map(|set| agreed(&shared, set)).collect();
    let mean = |column: usize| all.iter().map(|figures| figures[column]).sum::<f64>() / all.len() as f64;
    let (first, three, f1, wrong, false_answers) = (mean(0), mean(1), mean(6), mean(8), mean(9));
    let told = format!("P@1 {first:.1} hit@3 {three:.1} F1 {f1:.1} wrong {wrong:.1} false {false_answers:.1}");
    assert!(first >= 55.0 && three >= 71.0 && f1 >= 53.0, "{told}");
    assert!(wrong <= 26.0 && false_answers <= 34.0, "{told}");
}

#[test]
fn the_run_has_a_line_for_each_question() {
    let folder = tempfile::tempdir().unwrap();
    let run = folder.path().join("run.jsonl");
    let output = eval(&[&fixture(), Path::new("--run"), &run]);
    assert!(String::from_utf8_lossy(&output.stdout).contains("with the shipped thresholds"), "{output:?}");
    let text = fs::read_to_string(run).unwrap();
    let lines: Vec<serde_json::Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), 13);
    assert_eq!(lines[0]["hits"][0][0], "password");
    assert!(lines[0]["conf"].as_f64().unwrap() > 0.5 && lines[0]["us"].as_f64().unwrap() > 0.0, "{}", lines[0]);
    assert_eq!((&lines[12]["hits"], &lines[12]["conf"]), (&serde_json::json!([]), &serde_json::json!(0.0)));
}

#[test]
fn what_is_no_dataset_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let told = |wanted: &str| {
        let output = eval(&[folder.path()]);
        let words = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(64), "{output:?}");
        assert!(words.contains(wanted), "{words}");
    };
    told("entries.jsonl: cannot be read");
    fs::write(folder.path().join("entries.jsonl"), "{\"id\": \"a\", \"question\": \"A\"}\nno json\n").unwrap();
    told("entries.jsonl: line 2");
    fs::write(folder.path().join("entries.jsonl"), "\n").unwrap();
    told("queries.jsonl: cannot be read");
    fs::write(folder.path().join("queries.jsonl"), "").unwrap();
    assert!(eval(&[folder.path()]).status.success(), "nothing asked of nothing is no failure");
}
