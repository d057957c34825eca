//! Who was there when, as far as the desk knew: written whenever it changes, so that a day can be played again.

use crate::desk::moment::Moment;
use crate::desk::record::{Attendance, AttendanceRecord};

use super::{Operator, Operators};

impl Operators {
    /// Where the attendance of those who were looked at has changed: the records to be written.
    pub fn take_attendance(&mut self, at: Moment) -> Vec<AttendanceRecord> {
        if self.looked_at.is_empty() {
            return Vec::new();
        }
        let looked_at = std::mem::take(&mut self.looked_at);
        let changed = looked_at.into_iter().filter_map(|id| self.get_mut(id)?.news(at));
        changed.collect()
    }
}

impl Operator {
    fn news(&mut self, at: Moment) -> Option<AttendanceRecord> {
        let now = self.attendance();
        let news = self.written != Some(now);
        self.written = Some(now);
        news.then(|| AttendanceRecord { jid: self.settings.jid.clone(), at: at.wall, attendance: now })
    }

    fn attendance(&self) -> Attendance {
        Attendance {
            shows: self.availability(),
            away: self.away.is_some(),
            busy: self.busy,
            benched: self.benched_at.is_some(),
        }
    }

    /// Is it worth looking?
    pub(super) fn attendance_changed(&self) -> bool {
        self.written != Some(self.attendance())
    }
}
