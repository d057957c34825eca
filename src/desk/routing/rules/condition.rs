//! A condition: an expression in the Common Expression Language, read once, asked for each chat.

use std::fmt;
use std::sync::{Arc, LazyLock};

use cel::parser::{Expression, ParseErrors};
use cel::{Context, Env, ExecutionError, Value, extensions};

use super::sure::{self, Term};
use super::{allowed, cost};

/// No condition is longer, in bytes: the parser goes as deep as it is long, at worst.
pub(super) const SOURCE_BYTES_MAX: usize = 1_024;
/// How deep brackets may lie in each other.
const NESTING_MAX: u16 = 12;
/// How deep the parts of a condition may lie in each other: the interpreter goes so deep, on a thread with a usual stack.
const DEPTH_MAX: usize = 32;
/// So large a stack the parser needs at worst, in bytes: a thousand signs in a row, some 50 KiB each in a debug build. It
/// is reserved, and used only as far as it goes. Whoever reads conditions that are not known to be harmless reads
/// them on such a thread.
pub const PARSER_STACK_BYTES: usize = 256 << 20;

/// The language without anything of ours. `extensions::strings` adds functions of which [`allowed`] lets one through.
pub(super) static LANGUAGE: LazyLock<Arc<Env>> = LazyLock::new(|| {
    let mut env = Env::stdlib();
    // It fails only where a name is there twice.
    let added = env.add_extension(extensions::strings);
    debug_assert!(added.is_ok(), "{added:?}");
    Arc::new(env)
});

/// A condition that can be asked.
#[derive(Clone)]
pub struct Condition {
    source: Arc<str>,
    expression: Arc<Expression>,
    /// What can be said of it without CEL.
    sure: Term,
}

/// What is wrong with a condition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flaw {
    /// Where, in bytes from its beginning.
    pub at: usize,
    /// What.
    pub what: String,
    /// What to write instead.
    pub advice: String,
}

impl Flaw {
    pub(super) fn new(at: usize, what: impl Into<String>, advice: impl Into<String>) -> Self {
        Self { at, what: what.into(), advice: advice.into() }
    }
}

/// Why a condition could not be asked. It tells nothing of what the guest said (I7).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Failure {
    /// It looks at something that is not there.
    Missing,
    /// It does with a value what cannot be done with such a one.
    Kind,
    /// A number or an index is out of bounds.
    Range,
    /// It says neither yes nor no.
    NoAnswer,
    /// The interpreter gave up.
    Other,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Missing => "it looks at something that is not there; `has(…)` asks first",
            Self::Kind => "it compares or uses a value of another kind",
            Self::Range => "a number or an index is out of bounds",
            Self::NoAnswer => "it says neither true nor false",
            Self::Other => "the interpreter gave up",
        })
    }
}

impl Condition {
    /// Reads a condition. The parser may need much of the stack: see [`PARSER_STACK_BYTES`].
    ///
    /// # Errors
    /// What is wrong with it, and where.
    pub fn compile(source: &str) -> Result<Self, Flaw> {
        if source.trim().is_empty() {
            let advice = "write one such as `guest.said.department == \"billing\"`; `true` holds always";
            return Err(Flaw::new(0, "there is no condition", advice));
        }
        if source.len() > SOURCE_BYTES_MAX {
            let what = format!("the condition is {} bytes long, at most {SOURCE_BYTES_MAX} are read", source.len());
            return Err(Flaw::new(0, what, "make two rules of it"));
        }
        let parser = LANGUAGE.parser().enable_optional_syntax(false).max_recursion_depth(NESTING_MAX);
        let (expression, places) = parser.parse_with_source_info(source).map_err(|errors| flaw_of(source, &errors))?;
        if allowed::depth(&expression) > DEPTH_MAX {
            let what = format!("its parts lie more than {DEPTH_MAX} deep in each other");
            return Err(Flaw::new(0, what, "make two rules of it"));
        }
        allowed::check(&expression, &allowed::Places::new(source, &places))?;
        cost::check(&expression)?;
        let sure = sure::of(&expression);
        Ok(Self { source: source.into(), expression: Arc::new(expression), sure })
    }

    /// As it was written.
    pub fn source(&self) -> &str {
        &self.source
    }

    pub(super) fn sure(&self) -> &Term {
        &self.sure
    }

    /// Does it hold?
    ///
    /// # Errors
    /// Why nobody can say.
    pub(super) fn holds(&self, context: &Context<'_, '_>) -> Result<bool, Failure> {
        match Value::resolve(&self.expression, context) {
            Ok(Value::Bool(holds)) => Ok(holds),
            Ok(_) => Err(Failure::NoAnswer),
            Err(error) => Err(Failure::of(&error)),
        }
    }
}

/// What is written is what is meant.
impl PartialEq for Condition {
    fn eq(&self, other: &Self) -> bool {
        self.source == other.source
    }
}

impl Eq for Condition {}

impl fmt::Debug for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Condition").field(&self.source).finish()
    }
}

impl Failure {
    fn of(error: &ExecutionError) -> Self {
        match error {
            ExecutionError::NoSuchKey(_) | ExecutionError::UndeclaredReference(_) => Self::Missing,
            ExecutionError::DivisionByZero(_)
            | ExecutionError::RemainderByZero(_)
            | ExecutionError::Overflow(..)
            | ExecutionError::IndexOutOfBounds(_) => Self::Range,
            ExecutionError::UnexpectedType { .. }
            | ExecutionError::NoSuchOverload(_)
            | ExecutionError::ValuesNotComparable(..)
            | ExecutionError::UnsupportedBinaryOperator(..)
            | ExecutionError::UnsupportedKeyType(_)
            | ExecutionError::UnsupportedIndex(..)
            | ExecutionError::UnsupportedTargetType { .. }
            | ExecutionError::FunctionError { .. } => Self::Kind,
            _ => Self::Other,
        }
    }
}

/// The first thing that the parser stumbled over.
fn flaw_of(source: &str, errors: &ParseErrors) -> Flaw {
    let Some(first) = errors.errors.first() else { return Flaw::new(0, "this is no condition", ADVICE) };
    let message = first.msg.strip_prefix("Syntax error: ").unwrap_or(&first.msg);
    let message = message.split(" expecting ").next().unwrap_or(message);
    if message == "UNKNOWN" {
        let what = format!("the condition is nested more than {NESTING_MAX} deep");
        return Flaw::new(0, what, "make two rules of it");
    }
    Flaw::new(offset_of(source, first.pos), format!("this is no condition: {message}"), ADVICE)
}

const ADVICE: &str = "write one such as `has(guest.crm.licence) && guest.crm.licence == \"enterprise\"`";

/// The parser counts lines from 1 and characters from 1.
fn offset_of(source: &str, (line, column): (isize, isize)) -> usize {
    let (line, column) = (usize::try_from(line).unwrap_or(1), usize::try_from(column).unwrap_or(1));
    let before: usize = source.split_inclusive('\n').take(line.saturating_sub(1)).map(str::len).sum();
    let rest = source.get(before..).unwrap_or_default();
    before + rest.char_indices().nth(column.saturating_sub(1)).map_or(rest.len(), |(at, _)| at)
}
