//! SQLite's full-text search, as one would use it for a FAQ.

use frontdesk::faq::eval::DatasetEntry;
use rusqlite::{Connection, params};

pub struct Fts5(Connection);

impl Fts5 {
    pub fn of(entries: &[DatasetEntry]) -> Self {
        let mut connection = Connection::open_in_memory().unwrap();
        let table = "CREATE VIRTUAL TABLE faq USING fts5(title, aliases, body, tokenize = 'porter unicode61')";
        connection.execute_batch(table).unwrap();
        let transaction = connection.transaction().unwrap();
        for entry in entries {
            let values = params![entry.question, entry.aliases.join("\n"), entry.answer];
            transaction.prepare_cached("INSERT INTO faq VALUES (?, ?, ?)").unwrap().execute(values).unwrap();
        }
        transaction.execute("INSERT INTO faq(faq) VALUES ('optimize')", []).unwrap();
        transaction.commit().unwrap();
        Self(connection)
    }

    /// The best ten.
    pub fn search(&self, question: &str) -> Vec<i64> {
        let words = question.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
        let any: Vec<String> = words.map(|word| format!("\"{word}\"")).collect();
        let sql = "SELECT rowid FROM faq WHERE faq MATCH ? ORDER BY bm25(faq, 3, 3, 1) LIMIT 10";
        let mut statement = self.0.prepare_cached(sql).unwrap();
        statement.query_map([any.join(" OR ")], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
    }
}
