//! Who plays guests and operators: chance, or the record of a day.

use super::agenda::{Agenda, StaffNumber};
use super::case::Case;
use crate::desk::event::Invitation;
use crate::desk::facts::Facts;
use crate::desk::record::Choice;

/// Guests and operators. The world tells them what concerns them, and they plan what they do.
pub trait Cast {
    /// It is the next guest's time: whom and what they invite to. The cast plans the guest after them.
    fn invite(&mut self, agenda: &mut Agenda) -> Option<Invitation>;

    /// The desk has opened a chat for this guest, who sits in the room.
    fn opened(&mut self, case: &Case, agenda: &mut Agenda);

    /// The desk offers the chat to this operator.
    fn offered(&mut self, case: &Case, operator: StaffNumber, agenda: &mut Agenda);

    /// The operator has the chat now.
    fn accepted(&mut self, case: &Case, operator: StaffNumber, agenda: &mut Agenda);

    /// The operator, who had the chat, has it no more; it may be over.
    fn released(&mut self, case: &Case, operator: StaffNumber, agenda: &mut Agenda);

    /// The operator gets no more offers, because they missed too many.
    fn benched(&mut self, operator: StaffNumber, agenda: &mut Agenda);

    /// A CRM is asked about the guest: what it knows.
    fn known(&mut self, case: &Case) -> Facts;

    /// The desk chose.
    fn chose(&mut self, case: &Case, choice: &Choice);

    /// The chat is over, or was refused.
    fn closed(&mut self, case: &Case, agenda: &mut Agenda);
}
