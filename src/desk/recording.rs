//! What the desk does while what it decides cannot be written: it tells the operators, once, and waits.

use super::Desk;
use super::action::Speech;
use super::event::RecordTrouble;
use super::office::Out;
use super::wording::{self, Language};

/// Whether what is decided is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Recording {
    /// It is.
    #[default]
    Works,
    /// It is not, and no operator could be told yet: the link is down too.
    FailsUntold(RecordTrouble),
    /// It is not, and the operators know.
    FailsTold,
}

impl Desk {
    pub(super) fn record_failed(&mut self, why: RecordTrouble, out: &mut Out) {
        if self.office.recording == Recording::Works {
            self.office.recording = Recording::FailsUntold(why);
            self.warn_of_failing_record(out);
        }
    }

    /// Who was told of the trouble is told of its end.
    pub(super) fn record_restored(&mut self, out: &mut Out) {
        if std::mem::take(&mut self.office.recording) == Recording::FailsTold {
            for speech in self.to_all_operators(&wording::record_restored(), out) {
                out.speak(speech);
            }
        }
    }

    /// Tells the operators, as soon as they can be told.
    pub(super) fn warn_of_failing_record(&mut self, out: &mut Out) {
        let Recording::FailsUntold(why) = self.office.recording else { return };
        if !self.office.online() {
            return;
        }
        self.office.recording = Recording::FailsTold;
        for speech in self.to_all_operators(&wording::record_failing(why), out) {
            out.warn(speech);
        }
    }

    fn to_all_operators(&self, body: &str, out: &mut Out) -> Vec<Speech> {
        let everybody = self.office.operators.employed().map(|(_, operator)| operator.settings.jid.clone());
        everybody
            .map(|jid| Speech::Direct {
                to: jid.into(),
                id: out.fresh_id(),
                body: body.to_owned(),
                language: Language::English,
            })
            .collect()
    }
}
