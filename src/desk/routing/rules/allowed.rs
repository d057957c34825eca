//! What a condition may say: names that mean something, functions without a clock, I/O or long work, loops only one deep.

use cel::IdedExpr;
use cel::common::ast::{
    CallExpr, ComprehensionExpr, EntryExpr, Expr, MapExpr, SelectExpr, SourceInfo, StructExpr, operators,
};

use super::condition::Flaw;
use super::scene::{self, ROOTS};

/// Functions that are called on a value, with how many arguments.
const METHODS: &[(&str, usize)] =
    &[("contains", 1), ("startsWith", 1), ("endsWith", 1), ("size", 0), ("lowerAscii", 0)];
/// Functions that are called with a value.
const FUNCTIONS: &[(&str, usize)] = &[("size", 1), ("int", 1), ("double", 1), ("string", 1)];
const OPERATORS: &[&str] = &[
    operators::CONDITIONAL,
    operators::LOGICAL_AND,
    operators::LOGICAL_OR,
    operators::LOGICAL_NOT,
    operators::SUBSTRACT,
    operators::ADD,
    operators::MULTIPLY,
    operators::DIVIDE,
    operators::MODULO,
    operators::EQUALS,
    operators::NOT_EQUALS,
    operators::GREATER_EQUALS,
    operators::LESS_EQUALS,
    operators::GREATER,
    operators::LESS,
    operators::NEGATE,
    operators::INDEX,
    operators::IN,
    operators::NOT_STRICTLY_FALSE,
];

/// Where each part of a condition is written.
pub(super) struct Places<'a> {
    source: &'a str,
    info: &'a SourceInfo,
}

impl<'a> Places<'a> {
    pub(super) fn new(source: &'a str, info: &'a SourceInfo) -> Self {
        Self { source, info }
    }

    /// Where it begins, in bytes: a path with its first name.
    fn of(&self, expression: &IdedExpr) -> usize {
        if let Expr::Select(select) = &expression.expr {
            return self.of(&select.operand);
        }
        let start = self.info.offset_for(expression.id).map_or(0, |(start, _)| start);
        usize::try_from(start).ok().filter(|start| self.source.is_char_boundary(*start)).unwrap_or_default()
    }
}

/// Is everything in it allowed?
///
/// # Errors
/// The first part that is not.
pub(super) fn check(expression: &IdedExpr, places: &Places<'_>) -> Result<(), Flaw> {
    Check { places, variables: Vec::new() }.expression(expression)
}

/// How deep its parts lie in each other.
pub(super) fn depth(expression: &IdedExpr) -> usize {
    let deepest = |parts: &mut dyn Iterator<Item = &IdedExpr>| parts.map(depth).max().unwrap_or_default();
    1 + match &expression.expr {
        Expr::Literal(_) | Expr::Ident(_) | Expr::Unspecified => 0,
        Expr::Select(select) => depth(&select.operand),
        Expr::Call(call) => deepest(&mut call.target.as_deref().into_iter().chain(&call.args)),
        Expr::List(list) => deepest(&mut list.elements.iter()),
        Expr::Map(MapExpr { entries }) | Expr::Struct(StructExpr { entries, .. }) => {
            deepest(&mut entries.iter().flat_map(|entry| match &entry.expr {
                EntryExpr::MapEntry(entry) => [Some(&entry.key), Some(&entry.value)].into_iter().flatten(),
                EntryExpr::StructField(field) => [Some(&field.value), None].into_iter().flatten(),
            }))
        }
        Expr::Comprehension(parts) => deepest(&mut [&parts.iter_range, &parts.loop_step, &parts.result].into_iter()),
    }
}

struct Check<'a> {
    places: &'a Places<'a>,
    /// The names that a loop gives to what it looks at; empty outside of loops.
    variables: Vec<&'a str>,
}

impl<'a> Check<'a> {
    fn expression(&mut self, expression: &'a IdedExpr) -> Result<(), Flaw> {
        match &expression.expr {
            Expr::Literal(_) => Ok(()),
            Expr::Ident(name) => self.name(name, expression),
            Expr::Select(select) => self.select(select, expression),
            Expr::Call(call) => self.call(call, expression),
            Expr::List(list) => list.elements.iter().try_for_each(|element| self.expression(element)),
            Expr::Map(map) => map.entries.iter().try_for_each(|entry| match &entry.expr {
                EntryExpr::MapEntry(entry) => {
                    self.expression(&entry.key)?;
                    self.expression(&entry.value)
                }
                EntryExpr::StructField(field) => self.expression(&field.value),
            }),
            Expr::Comprehension(comprehension) => self.comprehension(comprehension, expression),
            Expr::Struct(_) => Err(self.flaw(expression, "there are no types to make values of", "remove it")),
            Expr::Unspecified => Err(self.flaw(expression, "here is nothing", "remove it")),
        }
    }

    fn flaw(&self, expression: &IdedExpr, what: impl Into<String>, advice: impl Into<String>) -> Flaw {
        Flaw::new(self.places.of(expression), what, advice)
    }

    /// A name on its own: only a loop's.
    fn name(&self, name: &str, expression: &IdedExpr) -> Result<(), Flaw> {
        if self.variables.contains(&name) {
            return Ok(());
        }
        let Some(members) = scene::members(name) else {
            let advice = format!("write {}, and a dot and a name behind it", listed(ROOTS.iter().copied()));
            return Err(self.flaw(expression, format!("nobody knows `{name}`"), advice));
        };
        let names = members.iter().map(|(member, _)| format!("{name}.{member}"));
        Err(self.flaw(expression, format!("`{name}` alone says nothing"), format!("write {}", listed(names))))
    }

    fn select(&mut self, select: &'a SelectExpr, expression: &IdedExpr) -> Result<(), Flaw> {
        let Some(path) = path_of(select) else { return self.expression(&select.operand) };
        let [root, member, rest @ ..] = path.as_slice() else { return Ok(()) };
        if self.variables.contains(root) {
            return Ok(());
        }
        let Some(members) = scene::members(root) else {
            let known = listed(ROOTS.iter().copied());
            return Err(self.flaw(expression, format!("nobody knows `{root}`"), format!("conditions know {known}")));
        };
        let Some((_, open)) = members.iter().find(|(name, _)| name == member) else {
            let known = listed(members.iter().map(|(name, _)| format!("{root}.{name}")));
            let advice = match nearest(member, members.iter().map(|(name, _)| *name)) {
                Some(near) => format!("did you mean `{root}.{near}`? There are {known}"),
                None => format!("there are {known}; what the form said is under `guest.said`"),
            };
            return Err(self.flaw(expression, format!("there is no `{root}.{member}`"), advice));
        };
        if !open && !rest.is_empty() {
            let what = format!("`{root}.{member}` has no parts");
            return Err(self.flaw(expression, what, format!("write `{root}.{member}` alone")));
        }
        Ok(())
    }

    fn call(&mut self, call: &'a CallExpr, expression: &IdedExpr) -> Result<(), Flaw> {
        let name = call.func_name.as_str();
        let known = match &call.target {
            Some(_) => METHODS.contains(&(name, call.args.len())),
            None => OPERATORS.contains(&name) || FUNCTIONS.contains(&(name, call.args.len())),
        };
        if !known {
            return Err(self.unknown_function(name, expression));
        }
        call.target.iter().try_for_each(|target| self.expression(target))?;
        call.args.iter().try_for_each(|argument| self.expression(argument))
    }

    fn unknown_function(&self, name: &str, expression: &IdedExpr) -> Flaw {
        let advice = match name {
            "matches" => "patterns are not offered: use `contains`, `startsWith` or `endsWith`".to_owned(),
            "timestamp" | "duration" => "times are there already: `now.time >= \"09:00\"`, `now.weekday`".to_owned(),
            _ => {
                let known = METHODS.iter().map(|(name, _)| *name).chain(FUNCTIONS.iter().map(|(name, _)| *name));
                let known = known.chain(["has", "exists", "all", "exists_one"]);
                format!("there are {}", listed(known))
            }
        };
        self.flaw(expression, format!("`{name}` cannot be called like this"), advice)
    }

    fn comprehension(&mut self, comprehension: &'a ComprehensionExpr, expression: &IdedExpr) -> Result<(), Flaw> {
        if !self.variables.is_empty() || is_loop(&comprehension.iter_range) {
            let what = "a loop within or behind another takes long";
            return Err(self.flaw(expression, what, "make two rules of it"));
        }
        if matches!(comprehension.accu_init.expr, Expr::List(_) | Expr::Map(_)) {
            let what = "`map` and `filter` make lists, and a condition only asks";
            return Err(self.flaw(expression, what, "use `exists`, `all` or `exists_one`"));
        }
        if ROOTS.contains(&comprehension.iter_var.as_str()) {
            let what = format!("`{}` means something already", comprehension.iter_var);
            return Err(self.flaw(expression, what, "use another name, such as `x`"));
        }
        self.expression(&comprehension.iter_range)?;
        self.variables =
            [Some(&comprehension.iter_var), Some(&comprehension.accu_var), comprehension.iter_var2.as_ref()]
                .into_iter()
                .flatten()
                .map(String::as_str)
                .collect();
        let parts =
            [&comprehension.accu_init, &comprehension.loop_cond, &comprehension.loop_step, &comprehension.result];
        let outcome = parts.into_iter().try_for_each(|part| self.expression(part));
        self.variables.clear();
        outcome
    }
}

/// The names of `a.b.c`, where it is nothing but names.
pub(super) fn path_of(select: &SelectExpr) -> Option<Vec<&str>> {
    let (mut path, mut operand) = (vec![select.field.as_str()], &select.operand.expr);
    loop {
        match operand {
            Expr::Ident(name) => {
                path.push(name);
                path.reverse();
                return Some(path);
            }
            Expr::Select(inner) if !inner.test => {
                path.push(&inner.field);
                operand = &inner.operand.expr;
            }
            _ => return None,
        }
    }
}

fn is_loop(expression: &IdedExpr) -> bool {
    matches!(expression.expr, Expr::Comprehension(_))
}

fn listed<S: AsRef<str>>(names: impl Iterator<Item = S>) -> String {
    names.map(|name| format!("`{}`", name.as_ref())).collect::<Vec<_>>().join(", ")
}

fn nearest<'a>(word: &str, candidates: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let likeness = candidates.map(|candidate| (strsim::jaro_winkler(word, candidate), candidate));
    likeness.filter(|(likeness, _)| *likeness >= 0.8).max_by(|(a, _), (b, _)| a.total_cmp(b)).map(|(_, near)| near)
}
