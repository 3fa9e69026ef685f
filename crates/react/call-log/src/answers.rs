//! What look-ups answered about numbers, kept until it is too old to be believed.

use std::time::SystemTime;

use crate::backend::Row;
use crate::time::{from_millis, millis};
use crate::{CallLog, LogError};

/// What a source said of a number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// Who said it.
    pub source: String,
    /// Of which number.
    pub number: String,
    /// When.
    pub at: SystemTime,
    /// Until when it is believed.
    pub expires: SystemTime,
    /// What it said, in the source's own form.
    pub answer: String,
}

impl CallLog {
    /// Keeps an answer in place of an older one.
    ///
    /// # Errors
    ///
    /// The log could not be written.
    pub fn record_answer(&mut self, answer: &Answer) -> Result<(), LogError> {
        let sql = "INSERT INTO answers (source, number, at, expires, answer) VALUES (?1, ?2, ?3, ?4, ?5) \
             ON CONFLICT (source, number) DO UPDATE SET at = excluded.at, expires = excluded.expires, \
             answer = excluded.answer";
        self.db.execute(
            sql,
            &[
                (&answer.source).into(),
                (&answer.number).into(),
                millis(answer.at).into(),
                millis(answer.expires).into(),
                (&answer.answer).into(),
            ],
        )?;
        Ok(())
    }

    /// What the source said of the number, if that is still believed at `now`.
    ///
    /// # Errors
    ///
    /// The log could not be read.
    pub fn answer(
        &mut self,
        source: &str,
        number: &str,
        now: SystemTime,
    ) -> Result<Option<Answer>, LogError> {
        let sql = "SELECT source, number, at, expires, answer FROM answers \
             WHERE source = ?1 AND number = ?2 AND expires > ?3";
        self.db.query_one(sql, &[source.into(), number.into(), millis(now).into()], read)
    }

    /// All answers still believed at `now`, to fill the look-ups' own memory at the start.
    ///
    /// # Errors
    ///
    /// The log could not be read.
    pub fn answers(&mut self, now: SystemTime, limit: u32) -> Result<Vec<Answer>, LogError> {
        let sql = "SELECT source, number, at, expires, answer FROM answers WHERE expires > ?1 \
             ORDER BY expires DESC LIMIT ?2";
        self.db.query(sql, &[millis(now).into(), i64::from(limit).into()], read)
    }
}

fn read(row: &mut Row) -> Result<Answer, crate::backend::Odd> {
    Ok(Answer {
        source: row.text()?,
        number: row.text()?,
        at: from_millis(row.int()?),
        expires: from_millis(row.int()?),
        answer: row.text()?,
    })
}
