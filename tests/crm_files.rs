//! CRMs in files: CSV and somebody else's SQLite database, with hostile values, damage, and questions that take for ever.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use frontdesk::crm::{Crm, FILE_MAX, Names, Place, Source};
use frontdesk::desk::crm::{CrmReply, CrmTrouble, LookUp};
use frontdesk::desk::event::Event;
use frontdesk::desk::facts::{Excess, Facts};
use frontdesk::desk::ids::ChatId;
use rusqlite::Connection;
use serde_json::json;
use tempfile::TempDir;

const LIMIT: Duration = Duration::from_millis(700);
const QUERY: &str = "SELECT name, licence, open, rate, photo, gone FROM customer WHERE number = ?1";
/// Values that would do harm where values are spliced into something.
const HOSTILE: [&str; 8] = [
    "' OR '1'='1",
    "'; DROP TABLE customer; --",
    "\" OR \"\"=\"",
    "4711'--",
    "=cmd|'/c calc'!A1",
    "%",
    "47\0",
    "4711,x\n",
];

fn source(place: Place) -> Source {
    Source { name: "customers".to_owned(), limit: LIMIT, fields: None, place }
}

fn csv(file: &Path) -> Source {
    source(Place::Csv { file: file.to_owned(), key: "number".to_owned() })
}

fn sqlite(file: &Path, query: &str) -> Source {
    source(Place::Sqlite { file: file.to_owned(), query: query.to_owned() })
}

fn ask(source: &Source, value: &str) -> CrmReply {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let (source, values) = (source.clone(), vec![value.to_owned()]);
    runtime.block_on(async {
        let mut crm = Crm::new(vec![(source, None)], &Names::system()).unwrap();
        crm.ask(LookUp { chat: ChatId(1), source: "customers".into(), values });
        match crm.answered().await {
            Event::LookedUp { reply, .. } => reply,
            other => panic!("{other:?}"),
        }
    })
}

fn known(json: serde_json::Value) -> CrmReply {
    let serde_json::Value::Object(object) = json else { panic!("an object") };
    CrmReply::Known(Facts::from_json(object).unwrap())
}

fn failed(trouble: CrmTrouble) -> CrmReply {
    CrmReply::Failed(trouble)
}

fn written(folder: &TempDir, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
    let file = folder.path().join(name);
    fs::write(&file, content).unwrap();
    file
}

// CSV

const CUSTOMERS: &str = "number,name,licence\n 4711 ,\"Ada, Countess\",enterprise\n4712,Bob,\n=1+1,Eve,basic\n";

#[test]
fn a_line_of_csv_is_what_is_known() {
    let folder = tempfile::tempdir().unwrap();
    let crm = csv(&written(&folder, "customers.csv", CUSTOMERS));
    let ada = known(json!({ "number": "4711", "name": "Ada, Countess", "licence": "enterprise" }));
    assert_eq!(ask(&crm, "4711"), ada);
    assert_eq!(ask(&crm, " 4711 "), ada);
    // An empty field says nothing.
    assert_eq!(ask(&crm, "4712"), known(json!({ "number": "4712", "name": "Bob" })));
    // What a spreadsheet would calculate is a text like others.
    assert_eq!(ask(&crm, "=1+1"), known(json!({ "number": "=1+1", "name": "Eve", "licence": "basic" })));
    assert_eq!(
        ask(&Source { fields: Some(vec!["licence".to_owned()]), ..crm }, "4711"),
        known(json!({ "licence": "enterprise" }))
    );
}

#[test]
fn csv_compares_as_written_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let crm = csv(&written(&folder, "customers.csv", CUSTOMERS));
    for value in HOSTILE.into_iter().chain(["", " ", "471", "47110", "04711", "4711.0", "number"]) {
        assert_eq!(ask(&crm, value), CrmReply::Unknown, "{value:?}");
    }
}

#[test]
fn the_first_line_and_the_first_column_of_a_name_count() {
    let folder = tempfile::tempdir().unwrap();
    let crm = csv(&written(&folder, "customers.csv", "\u{feff}number,name,name\n1,first,second\n1,other,other\n"));
    assert_eq!(ask(&crm, "1"), known(json!({ "number": "1", "name": "first" })));
}

#[test]
fn what_was_changed_counts_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let file = written(&folder, "customers.csv", CUSTOMERS);
    let crm = csv(&file);
    assert_eq!(ask(&crm, "4713"), CrmReply::Unknown);
    fs::write(&file, format!("{CUSTOMERS}4713,Carl,basic\n")).unwrap();
    assert_eq!(ask(&crm, "4713"), known(json!({ "number": "4713", "name": "Carl", "licence": "basic" })));
    fs::remove_file(&file).unwrap();
    assert_eq!(ask(&crm, "4713"), failed(CrmTrouble::Unreadable));
}

#[test]
fn csv_that_cannot_be_used_is_told_as_such() {
    let folder = tempfile::tempdir().unwrap();
    let told = |content: &[u8]| {
        let crm = csv(&written(&folder, "customers.csv", content));
        (ask(&crm, "1"), crm.look().unwrap_err().to_string())
    };
    let (reply, words) = told(b"id,name\n1,Ada\n");
    assert_eq!(reply, failed(CrmTrouble::Unreadable));
    assert!(words.contains("no column \"number\", but \"id\", \"name\""), "{words}");
    let (reply, words) = told(b"number,name\n2,Secret,Words\n1,Ada\n");
    assert_eq!(reply, failed(CrmTrouble::Nonsense));
    assert!(words.contains("line 2 has 3 fields and the first one 2") && !words.contains("Secret"), "{words}");
    let (reply, words) = told(b"number,name\n2,\xff\xfe\n");
    assert_eq!(reply, failed(CrmTrouble::Nonsense));
    assert!(words.contains("line 2 is not UTF-8"), "{words}");
    assert_eq!(told(b"").0, failed(CrmTrouble::Unreadable));
    let long = written(&folder, "long.csv", format!("number,name\n1,{}\n", "x".repeat(20_000)));
    assert_eq!(ask(&csv(&long), "1"), failed(CrmTrouble::TooMuch(Excess::Bytes)));
    let large = written(&folder, "large.csv", "number\n");
    fs::File::options().write(true).open(&large).unwrap().set_len(FILE_MAX + 1).unwrap();
    assert_eq!(ask(&csv(&large), "1"), failed(CrmTrouble::Unreadable));
    assert_eq!(ask(&csv(folder.path()), "1"), failed(CrmTrouble::Unreadable));
}

// SQLite

fn database(folder: &TempDir) -> PathBuf {
    let file = folder.path().join("customers.db");
    let connection = Connection::open(&file).unwrap();
    let rows =
        "CREATE TABLE customer (number TEXT, name TEXT, licence TEXT, open INTEGER, rate REAL, photo BLOB, gone TEXT);
                INSERT INTO customer VALUES ('4711', 'Ada', 'enterprise', 3, 0.5, x'00ff', NULL);
                INSERT INTO customer VALUES ('4711', 'Other', 'basic', 0, 0.0, NULL, NULL);";
    connection.execute_batch(rows).unwrap();
    file
}

#[test]
fn the_first_row_is_what_is_known() {
    let folder = tempfile::tempdir().unwrap();
    let file = database(&folder);
    let before = fs::read(&file).unwrap();
    let crm = sqlite(&file, QUERY);
    assert_eq!(
        crm.look().unwrap(),
        format!("{} can be asked for name, licence, open, rate, photo, gone", file.display())
    );
    let ada = known(json!({ "name": "Ada", "licence": "enterprise", "open": 3, "rate": 0.5 }));
    assert_eq!(ask(&crm, "4711"), ada);
    for value in HOSTILE {
        assert_eq!(ask(&crm, value), CrmReply::Unknown, "{value:?}");
    }
    assert_eq!(fs::read(&file).unwrap(), before);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing was put beside it");
}

#[test]
fn a_query_reads_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let file = database(&folder);
    for (query, words) in [
        ("DELETE FROM customer WHERE number = ?1", "does more than read"),
        ("INSERT INTO customer (number) VALUES (?1) RETURNING number", "does more than read"),
        ("PRAGMA user_version = 7", "does more than read"),
        ("SELECT name FROM customer", "0 parameters"),
        ("SELECT name FROM customer WHERE number = ?1 OR name = ?2", "2 parameters"),
        ("SELECT shoe FROM customer WHERE number = ?1", "no such column: shoe"),
        ("SELEKT", "syntax error"),
    ] {
        let crm = sqlite(&file, query);
        let told = crm.look().unwrap_err().to_string();
        assert!(told.contains(words), "{told:?} does not say {words:?}");
        assert!(matches!(ask(&crm, "4711"), CrmReply::Failed(_)) || query.starts_with("SELECT name"), "{query}");
    }
    assert_eq!(
        Connection::open(&file).unwrap().query_row("SELECT count(*) FROM customer", (), |row| row.get(0)),
        Ok(2)
    );
}

#[test]
fn a_query_that_takes_for_ever_is_stopped() {
    let folder = tempfile::tempdir().unwrap();
    let endless = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT max(x) FROM n WHERE x <> ?1";
    let crm = sqlite(&database(&folder), endless);
    let begun = Instant::now();
    // The runtime ends only when its threads do: the query itself was stopped.
    assert_eq!(ask(&crm, "4711"), failed(CrmTrouble::Slow));
    assert!(begun.elapsed() < LIMIT * 4, "{:?}", begun.elapsed());
}

#[test]
fn a_locked_database_is_waited_for_no_longer_than_the_limit() {
    let folder = tempfile::tempdir().unwrap();
    let file = database(&folder);
    let crm = sqlite(&file, QUERY);
    let writer = Connection::open(&file).unwrap();
    writer.execute_batch("BEGIN EXCLUSIVE").unwrap();
    let begun = Instant::now();
    assert_eq!(ask(&crm, "4711"), failed(CrmTrouble::Slow));
    assert!(begun.elapsed() < LIMIT * 4, "{:?}", begun.elapsed());
    writer.execute_batch("COMMIT").unwrap();
    assert!(matches!(ask(&crm, "4711"), CrmReply::Known(_)));
}

#[test]
fn what_is_no_database_is_told_and_never_made() {
    let folder = tempfile::tempdir().unwrap();
    let missing = sqlite(&folder.path().join("missing.db"), QUERY);
    assert_eq!(ask(&missing, "1"), failed(CrmTrouble::Unreadable));
    assert!(missing.look().unwrap_err().to_string().contains("missing.db cannot be used: unable to open"));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    let text = sqlite(&written(&folder, "text.db", "words ".repeat(500)), QUERY);
    assert_eq!(ask(&text, "1"), failed(CrmTrouble::Unreadable));
    assert!(text.look().unwrap_err().to_string().contains("not a database"));
    let mut damaged = fs::read(database(&folder)).unwrap();
    damaged.truncate(4_096);
    let damaged = sqlite(&written(&folder, "damaged.db", damaged), QUERY);
    assert_eq!(ask(&damaged, "1"), failed(CrmTrouble::Unreadable));
}

#[test]
fn a_row_is_held_against_the_bounds() {
    let folder = tempfile::tempdir().unwrap();
    let file = database(&folder);
    for (query, trouble) in [
        ("SELECT printf('%.20000c', 'x') AS long, ?1", CrmTrouble::TooMuch(Excess::Bytes)),
        ("SELECT printf('%.100000c', 'x') AS long, ?1", CrmTrouble::TooLarge),
    ] {
        assert_eq!(ask(&sqlite(&file, query), "1"), failed(trouble));
    }
    let infinite = sqlite(&file, "SELECT 9e999 AS infinite, 1 AS one WHERE ?1 <> ''");
    assert_eq!(ask(&infinite, "1"), known(json!({ "one": 1 })));
}
