//! How much work a condition can be at worst, in bytes looked at or copied: known before it is ever asked.

use cel::IdedExpr;
use cel::common::ast::{CallExpr, ComprehensionExpr, EntryExpr, Expr, LiteralValue, operators};

use super::condition::Flaw;
use crate::desk::facts::{BYTES_MAX, VALUES_MAX};

/// A condition may look at so many bytes: some milliseconds on an old machine.
const WORK_MAX: usize = 16 << 20;
/// What a step costs that looks at nothing much.
const STEP: usize = 64;
/// All values of a list share the bytes that their source may bring.
const ITEM: usize = BYTES_MAX / VALUES_MAX;

/// Is it short enough at worst?
///
/// # Errors
/// It is not.
pub(super) fn check(expression: &IdedExpr) -> Result<(), Flaw> {
    if of(expression, None).work <= WORK_MAX {
        return Ok(());
    }
    let advice = "add fewer texts together, or look at texts outside of `exists` and `all`";
    Err(Flaw::new(0, "with long texts the condition would take too long", advice))
}

#[derive(Clone, Copy)]
struct Cost {
    /// Bytes that are looked at.
    work: usize,
    /// Bytes that the value may have.
    size: usize,
}

/// `item`: what the loop around it calls its item.
fn of(expression: &IdedExpr, item: Option<&str>) -> Cost {
    match &expression.expr {
        Expr::Literal(LiteralValue::String(text)) => Cost { work: STEP, size: text.inner().len() },
        Expr::Literal(_) | Expr::Unspecified | Expr::Struct(_) => Cost { work: STEP, size: STEP },
        Expr::Ident(name) if Some(name.as_str()) == item => Cost { work: STEP, size: ITEM },
        Expr::Ident(name) if name.starts_with('@') => Cost { work: STEP, size: STEP },
        Expr::Ident(_) => Cost { work: STEP, size: BYTES_MAX },
        Expr::Select(select) => {
            let operand = of(&select.operand, item);
            Cost { work: operand.work.saturating_add(STEP), ..operand }
        }
        Expr::Call(call) => of_call(call, item),
        Expr::List(list) => sum(list.elements.iter(), item),
        Expr::Map(map) => {
            let parts = map.entries.iter().flat_map(|entry| match &entry.expr {
                EntryExpr::MapEntry(entry) => vec![&entry.key, &entry.value],
                EntryExpr::StructField(field) => vec![&field.value],
            });
            sum(parts, item)
        }
        Expr::Comprehension(comprehension) => of_loop(comprehension),
    }
}

fn of_call(call: &CallExpr, item: Option<&str>) -> Cost {
    let parts: Vec<Cost> =
        call.target.iter().map(|target| of(target, item)).chain(call.args.iter().map(|part| of(part, item))).collect();
    let work: usize = parts.iter().fold(STEP, |work, part| work.saturating_add(part.work));
    let all: usize = parts.iter().fold(0, |size, part| size.saturating_add(part.size));
    let (looked_at, size) = match call.func_name.as_str() {
        operators::ADD => (all, all),
        "string" | "lowerAscii" => (all, all.max(STEP)),
        operators::CONDITIONAL | operators::INDEX => (STEP, all),
        operators::EQUALS | operators::NOT_EQUALS => (parts.iter().map(|part| part.size).min().unwrap_or(STEP), STEP),
        operators::LOGICAL_AND | operators::LOGICAL_OR | operators::LOGICAL_NOT => (STEP, STEP),
        _ => (all, STEP),
    };
    Cost { work: work.saturating_add(looked_at), size }
}

fn of_loop(comprehension: &ComprehensionExpr) -> Cost {
    let range = of(&comprehension.iter_range, None);
    let times = match &comprehension.iter_range.expr {
        Expr::List(list) => list.elements.len(),
        _ => VALUES_MAX,
    };
    let item = Some(comprehension.iter_var.as_str());
    let step = of(&comprehension.loop_step, item).work.saturating_add(of(&comprehension.loop_cond, item).work);
    Cost { work: range.work.saturating_add(step.saturating_mul(times)), size: STEP }
}

fn sum<'a>(parts: impl Iterator<Item = &'a IdedExpr>, item: Option<&str>) -> Cost {
    parts.map(|part| of(part, item)).fold(Cost { work: STEP, size: 0 }, |sum, part| Cost {
        work: sum.work.saturating_add(part.work).saturating_add(part.size),
        size: sum.size.saturating_add(part.size),
    })
}
