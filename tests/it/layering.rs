//! Folders are layers. The map in the documentation of the crate says which rooms there are and what each may use; the
//! code is held against it here. Between files no circle is allowed either.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use clap::CommandFactory;

use crate::support::repository;

/// The path of a module, below the crate: `state::log` is `["state", "log"]`.
type Module = Vec<String>;

/// The rooms of the map, from the lowest up, each with those that it may use.
fn map() -> Vec<(String, BTreeSet<String>)> {
    let text = fs::read_to_string(repository().join("src/lib.rs")).unwrap();
    let rows = text.lines().filter_map(|line| line.strip_prefix("//! | `"));
    rows.map(|row| {
        let cells: Vec<_> = row.trim_end_matches('|').split('|').map(str::trim).collect();
        let [room, _, uses] = cells[..] else { panic!("a row of the map has three cells: {row}") };
        let names = uses.split(',').map(|name| name.trim().trim_matches('`')).filter(|name| *name != "–");
        (room.trim_end_matches('`').trim_end_matches('/').into(), names.map(Into::into).collect())
    })
    .collect()
}

/// The code of every module, without comments.
fn modules() -> BTreeMap<Module, String> {
    let source = repository().join("src");
    let mut modules = BTreeMap::new();
    for entry in walkdir::WalkDir::new(&source).into_iter().map(Result::unwrap) {
        if entry.path().extension().is_none_or(|extension| extension != "rs") {
            continue;
        }
        let below = entry.path().strip_prefix(&source).unwrap().with_extension("");
        let mut module: Module = below.iter().map(|part| part.to_str().unwrap().to_owned()).collect();
        if module.last().is_some_and(|name| name == "mod") {
            module.pop();
        }
        let text = fs::read_to_string(entry.path()).unwrap();
        let code = text.lines().map(|line| line.split_once("//").map_or(line, |(code, _)| code));
        modules.insert(module, code.collect::<Vec<_>>().join("\n"));
    }
    modules
}

/// The paths in a piece of code that begin with `crate`, `super` or `self`, with `{…}` written out.
fn paths(code: &str) -> Vec<String> {
    let mut found = Vec::new();
    let is_name = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
    for (at, word) in
        code.match_indices("crate::").chain(code.match_indices("super::")).chain(code.match_indices("self::"))
    {
        let is_start = !code[..at].ends_with(|letter| is_name(letter) || letter == ':');
        if !is_start {
            continue;
        }
        let rest = &code[at + word.len()..];
        let end = rest.find(|letter: char| !is_name(letter) && letter != ':').unwrap_or(rest.len());
        let simple = rest[..end].trim_end_matches(':');
        if rest[end..].starts_with('{') && (rest[..end].ends_with("::") || end == 0) {
            let prefix = format!("{word}{}", &rest[..end]);
            found.extend(branches(&rest[end..]).into_iter().map(|branch| format!("{prefix}{branch}")));
        } else {
            found.push(format!("{word}{simple}"));
        }
    }
    found
}

/// The branches of a tree `{a, b::{c, d}}`, written out.
fn branches(tree: &str) -> Vec<String> {
    let (mut found, mut prefixes, mut word) = (Vec::new(), Vec::<String>::new(), String::new());
    for letter in tree.chars().filter(|letter| !letter.is_whitespace()) {
        match letter {
            '{' => prefixes.push(std::mem::take(&mut word)),
            ',' | '}' => {
                if !word.is_empty() {
                    found.push(prefixes.concat() + &std::mem::take(&mut word));
                }
                if letter == '}' {
                    prefixes.pop();
                    if prefixes.is_empty() {
                        break;
                    }
                }
            }
            _ => word.push(letter),
        }
    }
    found
}

/// The modules that a path leads through: the last is where it ends. A name that a module passes on is followed.
fn leads_to(from: &Module, path: &str, modules: &BTreeMap<Module, String>) -> Module {
    let mut at = from.clone();
    for (number, word) in path.split("::").enumerate() {
        match word {
            "crate" if number == 0 => at.clear(),
            "super" => {
                at.pop();
            }
            "self" => {}
            name => {
                let child: Module = at.iter().cloned().chain([name.to_owned()]).collect();
                if modules.contains_key(&child) {
                    at = child;
                } else {
                    return passed_on(&at, name, modules).unwrap_or(at);
                }
            }
        }
    }
    at
}

/// The module that defines a name which `at` passes on with `pub use`.
fn passed_on(at: &Module, name: &str, modules: &BTreeMap<Module, String>) -> Option<Module> {
    let code = modules.get(at)?;
    let uses =
        code.split("pub use ").chain(code.split("pub(crate) use ")).chain(code.split("pub(super) use "));
    uses.filter_map(|rest| rest.split_once(';')).find_map(|(tree, _)| {
        let (module, names) = tree.split_once("::")?;
        let names = if names.starts_with('{') { branches(names) } else { vec![names.to_owned()] };
        let child: Module = at.iter().cloned().chain([module.to_owned()]).collect();
        (names.iter().any(|one| one == name) && modules.contains_key(&child)).then_some(child)
    })
}

/// Whether code has a path that begins with this name.
fn names(code: &str, name: &str) -> bool {
    let is_name = |letter: char| letter.is_ascii_alphanumeric() || letter == '_' || letter == ':';
    code.match_indices(&format!("{name}::")).any(|(at, _)| !code[..at].ends_with(is_name))
}

/// The code before the tests of a file, without what it only passes on.
fn own_code(code: &str) -> String {
    let code = code.split("mod tests {").next().unwrap_or_default();
    let lines = code.split_inclusive(';').filter(|part| !part.contains("pub use "));
    lines.collect()
}

#[test]
fn the_map_is_in_the_order_of_the_layers_and_complete() {
    let map = map();
    let mut below = BTreeSet::new();
    for (room, uses) in &map {
        assert!(uses.is_subset(&below), "`{room}` uses {:?}, and that is above it", uses - &below);
        below.insert(room.clone());
    }
    let here: BTreeSet<_> = modules()
        .into_keys()
        .filter_map(|module| module.into_iter().next())
        .filter(|room| room != "lib" && room != "main")
        .collect();
    assert_eq!(here, below, "each folder and file of `src` is a room of the map in `src/lib.rs`");
}

#[test]
fn each_room_uses_only_what_it_may() {
    let map: BTreeMap<_, _> = map().into_iter().collect();
    let modules = modules();
    let mut seen = 0;
    for (module, code) in &modules {
        let Some(uses) = map.get(&module[0]) else { continue };
        for path in paths(code) {
            let target = leads_to(module, &path, &modules);
            let Some(room) = target.first() else { continue };
            seen += 1;
            let allowed = *room == module[0] || uses.contains(room);
            assert!(allowed, "{}: `{path}` uses `{room}`, and the map does not let it", module.join("::"));
        }
    }
    assert!(seen > 1000, "the paths are not found: {seen}");
}

#[test]
fn the_files_of_a_room_use_each_other_in_no_circle() {
    let modules = modules();
    let mut uses: BTreeMap<&Module, BTreeSet<Module>> = BTreeMap::new();
    for (module, code) in &modules {
        let code = own_code(code);
        let children =
            modules.keys().filter(|child| child.len() == module.len() + 1 && child.starts_with(module));
        let children = children.filter_map(|child| child.last()).filter(|name| names(&code, name));
        let children = children.map(|name| format!("self::{name}"));
        let paths: Vec<_> = paths(&code).into_iter().chain(children).collect();
        let targets = paths.iter().map(|path| leads_to(module, path, &modules));
        uses.insert(module, targets.filter(|target| target != module && !target.is_empty()).collect());
    }
    let reach = |from: &Module| {
        let (mut reached, mut next) = (BTreeSet::new(), vec![from.clone()]);
        while let Some(module) = next.pop() {
            for target in uses.get(&module).into_iter().flatten() {
                if reached.insert(target.clone()) {
                    next.push(target.clone());
                }
            }
        }
        reached
    };
    let reached: BTreeMap<_, _> = uses.keys().map(|module| (*module, reach(module))).collect();
    let is_circle = |a: &Module, b: &Module| {
        reached[a].contains(b) && reached.get(b).is_some_and(|back| back.contains(a))
    };
    let told: Vec<_> = uses
        .iter()
        .flat_map(|(module, targets)| targets.iter().map(move |target| (*module, target)))
        .filter(|(module, target)| is_circle(module, target))
        .map(|(module, target)| format!("{} -> {}", module.join("::"), target.join("::")))
        .collect();
    assert!(told.is_empty(), "these files use each other in a circle:\n{}", told.join("\n"));
}

#[test]
fn no_command_uses_another() {
    let modules = modules();
    let commands = keyplan::cli::args::Args::command();
    let commands: BTreeSet<_> =
        commands.get_subcommands().map(|command| command.get_name().replace('-', "_")).collect();
    let of_command = |module: &Module| match &module[..] {
        [room, name, ..] if room == "cli" && commands.contains(name) => Some(name.clone()),
        _ => None,
    };
    let mut seen = 0;
    for (module, code) in &modules {
        let Some(command) = of_command(module) else { continue };
        for path in paths(code) {
            let used = of_command(&leads_to(module, &path, &modules)).unwrap_or(command.clone());
            assert_eq!(
                used, command,
                "`{command}` uses another command: share what they need in a file of its own"
            );
            seen += 1;
        }
    }
    assert!(seen > 50, "the commands are not found: {seen}");
}
