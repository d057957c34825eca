//! When a chat needs attention next, and what it does then.

use super::Chat;
use super::cause::Cause;
use super::stage::{Inside, Service, Stage, Visit};
use crate::desk::moment::Mono;
use crate::desk::office::{Office, Out};

impl Chat {
    /// When the chat next needs attention, and why. Nothing is due while nobody hears us.
    pub fn deadline(&self, office: &Office) -> Option<(Mono, Cause)> {
        if !office.online() {
            return None;
        }
        // Asked after every event: no list is made of them.
        let mut first = self.visit_deadline();
        first = sooner(first, self.guest_deadline(office));
        first = sooner(first, self.stage_deadline(office));
        first = sooner(first, self.notice_deadline());
        first = sooner(first, self.look_deadline(office));
        first = sooner(first, self.direct_deadline(office));
        sooner(first, self.look_up_deadline())
    }

    /// A deadline of this chat may have come.
    pub fn time_passed(&mut self, office: &mut Office, out: &mut Out) {
        let now = out.mono();
        let due = |deadline: Option<(Mono, Cause)>| deadline.is_some_and(|(at, _)| at <= now);
        if due(self.visit_deadline()) {
            self.visit_overdue(office, out);
        }
        if due(self.guest_deadline(office)) {
            self.guest_stayed_away(office, out);
        }
        if due(self.stage_deadline(office)) {
            self.stage_overdue(office, out);
        }
        if due(self.look_up_deadline()) {
            self.look_up_overdue(office, out);
        }
        if due(self.look_deadline(office)) {
            self.look_again(office, out);
        }
        if due(self.notice_deadline()) {
            self.tell_waiting(office, out);
        }
        if due(self.direct_deadline(office)) {
            self.direct_overdue(office, out);
        }
    }

    fn visit_deadline(&self) -> Option<(Mono, Cause)> {
        match &self.visit {
            Visit::Outside => None,
            Visit::Queued { since } => self.crowd_deadline(*since).map(|at| (at, Cause::TooManyWantIn)),
            Visit::Entering(entry) => Some((self.entry_deadline(entry), Cause::NotLetIn)),
            Visit::Inside(inside) => self.inside_deadline(inside),
        }
    }

    fn inside_deadline(&self, inside: &Inside) -> Option<(Mono, Cause)> {
        let because = |why: Cause| move |at: Mono| (at, why);
        let unanswered = because(Cause::RoomSilent);
        let mut first = self.silence_deadline().map(unanswered);
        first = sooner(first, inside.guard.deadline().map(unanswered));
        first = sooner(first, inside.absence.deadline().map(unanswered));
        first = sooner(first, self.hush_deadline().map(because(Cause::SomebodyMaySpeak)));
        sooner(first, self.throttle_deadline().map(because(Cause::WeMaySpeak)))
    }

    fn visit_overdue(&mut self, office: &mut Office, out: &mut Out) {
        match &self.visit {
            Visit::Outside => {}
            Visit::Queued { .. } => self.crowded_out(office, out),
            Visit::Entering(_) => self.entry_overdue(office, out),
            Visit::Inside(_) => self.inside_overdue(office, out),
        }
    }

    fn inside_overdue(&mut self, office: &mut Office, out: &mut Out) {
        let Visit::Inside(inside) = &self.visit else { return };
        let overdue = |deadline: Option<Mono>| deadline.is_some_and(|at| at <= out.mono());
        let (guard, archive) = (overdue(inside.guard.deadline()), overdue(inside.absence.deadline()));
        let silence = overdue(self.silence_deadline());
        let (hush, throttle) = (overdue(self.hush_deadline()), overdue(self.throttle_deadline()));
        if guard {
            self.guard_overdue(office, out);
        }
        if archive {
            self.archive_failed(office, out);
        }
        if silence {
            self.silence_overdue(out);
        }
        if hush {
            self.hush_over(out);
        }
        if throttle {
            self.say_held(out);
        }
    }

    fn guest_deadline(&self, office: &Office) -> Option<(Mono, Cause)> {
        let gone = self.guest_gone.filter(|_| !self.stage.ending())?;
        Some((gone + office.settings.guest_grace, Cause::GuestAway))
    }

    fn stage_deadline(&self, office: &Office) -> Option<(Mono, Cause)> {
        match &*self.stage {
            Stage::Pleading(plea) => Some((plea.until, Cause::RightNotGranted)),
            Stage::Offered(offer) => Some((offer.lapses, Cause::OfferLapses)),
            Stage::Serving(service) => self.service_deadline(service, office),
            // Whoever comes back from a lost link enters, and closes then; the way in has its own limit.
            Stage::Closing(_) if matches!(self.visit, Visit::Queued { .. } | Visit::Entering(_)) => None,
            Stage::Closing(closing) => Some((closing.limit, Cause::ClosingTakesLong)),
            Stage::Joining | Stage::Waiting | Stage::Closed(_) => None,
        }
    }

    fn service_deadline(&self, service: &Service, office: &Office) -> Option<(Mono, Cause)> {
        let away = service.gone.map(|gone| (gone + office.settings.operator_grace, Cause::OperatorAway));
        let transfer = service.transfer.as_ref().map(|transfer| (transfer.lapses, Cause::TransferLapses));
        let silent = self.silence_limit(service).map(|at| (at, Cause::OperatorSilent));
        sooner(sooner(away, transfer), silent)
    }

    /// Until when whoever serves must have said something. Nobody hears them while the guest, or the desk, is away.
    pub(super) fn silence_limit(&self, service: &Service) -> Option<Mono> {
        let heard = matches!(self.visit, Visit::Inside(_)) && self.guest_gone.is_none();
        service.reply.deadline().filter(|_| heard)
    }

    fn service_overdue(&mut self, office: &mut Office, out: &mut Out) {
        let now = out.mono();
        let Stage::Serving(service) = &*self.stage else { return };
        let away = service.gone.is_some_and(|gone| gone + office.settings.operator_grace <= now);
        let transfer = service.transfer.as_ref().is_some_and(|transfer| transfer.lapses <= now);
        if away {
            return self.operator_stayed_away(office, out);
        }
        if transfer {
            self.transfer_lapsed(office, out);
        }
        let Stage::Serving(service) = &*self.stage else { return };
        if self.silence_limit(service).is_some_and(|at| at <= now) {
            self.operator_stayed_silent(office, out);
        }
    }

    pub(super) fn stage_overdue(&mut self, office: &mut Office, out: &mut Out) {
        match &*self.stage {
            Stage::Pleading(_) => self.plea_unheard(office, out),
            Stage::Offered(_) => self.offer_lapsed(office, out),
            Stage::Serving(_) => self.service_overdue(office, out),
            Stage::Closing(_) => self.closing_overdue(office, out),
            Stage::Joining | Stage::Waiting | Stage::Closed(_) => {}
        }
    }
}

/// The one that comes first, if there is one; of two at the same time the latter.
pub(super) fn sooner(one: Option<(Mono, Cause)>, other: Option<(Mono, Cause)>) -> Option<(Mono, Cause)> {
    match (one, other) {
        (Some(one), Some(other)) => Some(if one.0 < other.0 { one } else { other }),
        (one, other) => one.or(other),
    }
}
