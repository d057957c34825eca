//! `frontdesk faq review` as a person meets it: the real binary on a real terminal (a pty), asked and answered key by key.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

#[path = "support/place.rs"]
mod place;
#[path = "support/records.rs"]
mod records;
#[path = "support/shell.rs"]
mod shell;
#[path = "support/terminal.rs"]
mod terminal;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;
use std::sync::Arc;

use frontdesk::desk::record::Record;
use records::{at, chat, chat_record, faq_alias, faq_entry};
use shell::Shell;
use terminal::{CTRL_C, CTRL_D, Terminal};

const CONFIG: &str = r#"
[xmpp]
jid = "support@chat.example"
[rooms]
services = ["rooms.chat.example"]
[store]
url = "sqlite:desk.db"
[[queue]]
name = "support"
"#;

const PRINTER: &str = "# How do I print?\naliases: printer\nlang: en\n\nSwitch it on.\n";
const PROMPT: &str = "[a/e/r/s/q, ? for help] ";

/// A desk with proposals that wait.
async fn desk(proposals: Vec<Record>) -> Shell {
    let shell = Shell::within(&["faq"], CONFIG);
    fs::create_dir(shell.place.file("faq")).unwrap();
    fs::write(shell.place.file("faq/printer.md"), PRINTER).unwrap();
    let store = shell.place.open();
    let all = [chat_record(chat(1))].into_iter().chain(proposals).collect();
    store.commit(Arc::new(all), at(0)).await.unwrap();
    store.close().await.unwrap();
    shell
}

fn entries(count: i64) -> Vec<Record> {
    (1..=count).map(|n| faq_entry(Some(1), n, &format!("Question {n}?"), &format!("Answer {n}."))).collect()
}

/// The command on a terminal that can show colours.
fn on_a_terminal(shell: &Shell) -> Terminal {
    Terminal::running(&coloured(shell))
}

fn coloured(shell: &Shell) -> Command {
    let mut command = shell.command(&["review"]);
    command.env("TERM", "xterm").env_remove("NO_COLOR");
    command
}

/// What is shown up to the next question.
fn asked(terminal: &mut Terminal) -> String {
    terminal.read_to(PROMPT)
}

/// What is shown up to the end, which is a good one.
fn ended(terminal: &mut Terminal) -> String {
    let (rest, status) = terminal.read_to_end();
    assert!(status.success(), "{status:?}: {rest}");
    rest
}

fn waiting(shell: &Shell) -> Vec<i64> {
    let list = shell.json(&["review", "list", "--format", "json"]);
    list.as_array().unwrap().iter().map(|one| one["id"].as_i64().unwrap()).collect()
}

fn file(shell: &Shell, name: &str) -> String {
    fs::read_to_string(shell.place.file(&format!("faq/{name}"))).unwrap()
}

#[tokio::test]
async fn each_proposal_is_asked_about_and_each_key_does_what_it_says() {
    let mut proposals = entries(3);
    proposals.push(faq_alias(Some(1), 4, "my thing is jammed", "printer"));
    let shell = desk(proposals).await;
    let mut terminal = on_a_terminal(&shell);
    let shown = asked(&mut terminal);
    assert!(shown.contains("1 of 4") && shown.contains("Question 1?") && shown.contains("Answer 1."), "{shown}");
    terminal.type_line("a");
    let shown = asked(&mut terminal);
    assert!(shown.contains("written: ./faq/question-1.md") && shown.contains("2 of 4"), "{shown}");
    terminal.type_line("Reject");
    assert!(asked(&mut terminal).contains("3 of 4"));
    terminal.type_line("");
    let shown = asked(&mut terminal);
    assert!(shown.contains("4 of 4") && shown.contains("alias for `printer`"), "{shown}");
    terminal.type_line("accept");
    let rest = ended(&mut terminal);
    assert!(rest.contains("2 accepted, 1 rejected, 1 still waiting"), "{rest}");
    assert_eq!(waiting(&shell), [3]);
    assert_eq!(file(&shell, "question-1.md"), "# Question 1?\nlang: en\n\nAnswer 1.\n");
    assert_eq!(file(&shell, "printer.md"), PRINTER.replace("printer\n", "printer, my thing is jammed\n"));
}

#[tokio::test]
async fn wrong_keys_are_answered_with_the_right_ones() {
    let shell = desk(entries(1)).await;
    let mut terminal = on_a_terminal(&shell);
    asked(&mut terminal);
    for wrong in ["?", "yes please", "\u{1b}[A"] {
        terminal.type_line(wrong);
        let shown = asked(&mut terminal);
        for key in ["a  accept", "e  edit", "r  reject", "s  skip", "q  quit", "Ctrl-D"] {
            assert!(shown.contains(key), "{wrong:?}: {shown}");
        }
    }
    terminal.type_line("q");
    assert!(ended(&mut terminal).contains("0 accepted, 0 rejected, 1 still waiting"));
    assert_eq!(waiting(&shell), [1]);
}

/// A terminal that is set to another encoding sends such a byte for `ä`.
#[tokio::test]
async fn bytes_that_are_no_text_are_a_wrong_key() {
    let shell = desk(entries(1)).await;
    let mut terminal = on_a_terminal(&shell);
    asked(&mut terminal);
    terminal.press(b"\xe4\n");
    assert!(asked(&mut terminal).contains("a  accept"));
    terminal.type_line("s");
    ended(&mut terminal);
}

#[tokio::test]
async fn the_end_of_input_is_a_way_out() {
    let shell = desk(entries(2)).await;
    let mut terminal = on_a_terminal(&shell);
    asked(&mut terminal);
    terminal.type_line("a");
    asked(&mut terminal);
    terminal.press(CTRL_D);
    let rest = ended(&mut terminal);
    assert!(rest.contains("\r\n1 accepted, 0 rejected, 1 still waiting"), "{rest:?}");
    assert_eq!(waiting(&shell), [2]);
}

#[tokio::test]
async fn who_interrupts_keeps_what_was_decided() {
    let shell = desk(entries(2)).await;
    let mut terminal = on_a_terminal(&shell);
    asked(&mut terminal);
    terminal.type_line("r");
    asked(&mut terminal);
    terminal.press(CTRL_C);
    let (_, status) = terminal.read_to_end();
    assert_eq!(status.code(), Some(128 + 2), "SIGINT");
    assert_eq!(waiting(&shell), [2]);
    assert!(!shell.place.file("faq/question-2.md").exists());
}

#[tokio::test]
async fn an_editor_has_the_terminal_and_what_it_spoils_is_asked_again() {
    let shell = desk(entries(1)).await;
    let editor = shell.place.file("an editor");
    let script = "#!/bin/sh\ntest -t 0 && test -t 1 && sed -i \"s/.*Answer.*/$(head -n 1)/\" \"$1\"\n";
    fs::write(&editor, script).unwrap();
    fs::set_permissions(&editor, fs::Permissions::from_mode(0o755)).unwrap();
    let mut terminal = on_a_terminal(&shell);
    asked(&mut terminal);
    terminal.type_line("e");
    terminal.type_line("");
    let shown = asked(&mut terminal);
    assert!(shown.contains("frontdesk: ") && shown.contains("no answer"), "{shown}");
    terminal.type_line("e");
    terminal.type_line("Typed into the editor.");
    let rest = ended(&mut terminal);
    assert!(rest.contains("written: ./faq/question-1.md"), "{rest}");
    assert!(file(&shell, "question-1.md").ends_with("\n\nTyped into the editor.\n"));
}

#[tokio::test]
async fn colours_are_for_terminals_that_can_and_people_who_like_them() {
    let shell = desk(entries(1)).await;
    let shown = |command: Command| {
        let mut terminal = Terminal::running(&command);
        let shown = asked(&mut terminal);
        terminal.press(CTRL_D);
        shown + &ended(&mut terminal)
    };
    assert!(shown(coloured(&shell)).contains("\u{1b}[1mQuestion 1?\u{1b}[0m"));
    for (name, value) in [("NO_COLOR", "1"), ("TERM", "dumb")] {
        let mut command = coloured(&shell);
        command.env(name, value);
        let shown = shown(command);
        assert!(!shown.contains('\u{1b}'), "{name}: {shown:?}");
    }
    assert!(!shell.printed(&["review"]).contains('\u{1b}'), "a pipe is no terminal, and is not asked");
}

#[tokio::test]
async fn where_nothing_waits_nothing_is_asked() {
    let shell = desk(Vec::new()).await;
    let told = ended(&mut on_a_terminal(&shell));
    assert!(told.starts_with("Nothing waits."), "{told}");
}
