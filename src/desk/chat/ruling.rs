//! The rules' word on a chat: asked once, when all that can be known of the guest is known.

use std::sync::Arc;

use super::Chat;
use crate::desk::action::Notice;
use crate::desk::ids::QueueName;
use crate::desk::office::{Office, Out};
use crate::desk::record::{Choice, ChoiceKind, Counter, Others, Outcome, RuleReason};
use crate::desk::routing::rules::{Decision, Route, Scene, Then};
use crate::desk::wording::duty;

impl Chat {
    /// All that can be known of the guest is known, or nobody waits for it any longer: the rules are asked, once.
    pub fn ask_rules(&mut self, office: &mut Office, out: &mut Out) {
        if self.marks.ruled || self.stage.ending() {
            return;
        }
        self.marks.ruled = true;
        if office.settings.rules.is_empty() {
            return;
        }
        let scene = Scene::new(&self.facts, &self.room, out.stamp.at.wall, office.settings.zone);
        let decision = office.settings.rules.decide(&scene);
        self.note_failures(&decision, office, out);
        let rule = decision.rule.and_then(|number| office.settings.rules.get(number)).cloned();
        let refusal = rule.and_then(|rule| {
            self.ruling.tags = rule.tags;
            match rule.then {
                Then::Refuse(sentence) => Some(sentence),
                Then::Route(route) => {
                    self.follow_rule(route, office);
                    None
                }
            }
        });
        self.note_ruling(&decision, refusal.is_some(), office, out);
        if let Some(sentence) = refusal {
            self.refused_by_rule(sentence, office, out);
        }
    }

    fn follow_rule(&mut self, route: Route, office: &Office) {
        self.ruling.priority = route.priority;
        self.ruling.skills = route.skills;
        self.ruling.operator = route.operator;
        self.come_to(route.queue.unwrap_or_else(|| QueueName::clone(&self.queue)), office);
    }

    fn refused_by_rule(&mut self, sentence: String, office: &mut Office, out: &mut Out) {
        if self.marks.entered {
            return self.close(Outcome::Refused, sentence, "a rule refuses it", office, out);
        }
        if office.bounds.may_tell(&self.guest, out.mono()) {
            self.tell_guest(sentence, office, out);
        }
        self.end(Outcome::Refused, "a rule refuses it", office, out);
    }

    /// Counted each time, told the admin once for each reading of the configuration.
    fn note_failures(&self, decision: &Decision, office: &mut Office, out: &mut Out) {
        for (number, why) in &decision.failed {
            out.count(Counter::RuleFailed);
            if office.rules_failed.insert(*number)
                && let Some(rule) = office.settings.rules.get(*number)
            {
                out.report(Notice::RuleFailed { number: number + 1, line: rule.line, why: why.to_string() });
            }
        }
    }

    fn note_ruling(&mut self, decision: &Decision, refused: bool, office: &Office, out: &mut Out) {
        let reason = |number: usize, why: Option<String>| {
            let rule = office.settings.rules.get(number)?;
            Some(RuleReason { number: number + 1, line: rule.line, when: rule.when.source().to_owned(), failed: why })
        };
        let failed =
            decision.failed.iter().filter_map(|(number, why)| reason(*number, Some(why.to_string()))).collect();
        let applied = decision.rule.and_then(|number| reason(number, None));
        let because = duty::ruled(applied.as_ref());
        let chosen = match refused {
            true => Vec::new(),
            false => vec![Arc::clone(&self.queue.0)],
        };
        let kind = if refused { ChoiceKind::Refused } else { ChoiceKind::Ruled };
        let choice = Choice {
            chat: self.id,
            at: out.stamp.at.wall,
            kind,
            queue: Arc::clone(&self.queue.0),
            chosen,
            because: because.into(),
            others: Others::default(),
            rule: applied,
            failed,
        };
        self.choose(choice, out);
    }
}
