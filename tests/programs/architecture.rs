//! The arrows of `docs/architecture.md`: the rooms and files of `src/` use only what the page allows.
//!
//! `cargo test --test programs architecture -- --nocapture` prints the arrows.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// The rooms in order. Each may use those before it.
const ROOMS: [&str; 15] = [
    "text",
    "error",
    "scalar",
    "kernels",
    "matrix",
    "forward",
    "graph",
    "program",
    "nn",
    "data",
    "train",
    "model",
    "trace",
    "plot",
    "precompiled",
];

/// The file of `Scalar`, which names the storage of its matrices. Storage is generic over scalars, so Rust needs both
/// in one circle.
const STORAGE: &str = "scalar/mod.rs";

/// The paths that a file uses.
struct Source {
    /// The paths of its `use` statements and those in its code that start with `crate::`.
    uses: Vec<Vec<String>>,
    /// The names that it re-exports, with their paths.
    reexports: BTreeMap<String, Vec<String>>,
}

/// Reads the files of `src/` except `lib.rs` and `bin/`, by their paths relative to it.
fn sources() -> BTreeMap<String, Source> {
    fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                collect(&path, files);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                files.push(path);
            }
        }
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    collect(&root, &mut files);
    let named = files.into_iter().map(|path| {
        let name = path.strip_prefix(&root).unwrap().to_str().unwrap().replace('\\', "/");
        (name, Source::read(&fs::read_to_string(path).unwrap()))
    });
    named.filter(|(name, _)| name != "lib.rs" && !name.starts_with("bin/")).collect()
}

impl Source {
    fn read(text: &str) -> Source {
        let code: Vec<&str> = text.lines().map(str::trim).take_while(|line| *line != "#[cfg(test)]").collect();
        // In a module within the file, `super` is the file.
        let code: Vec<&str> =
            code.into_iter().filter(|line| !line.starts_with("//") && *line != "use super::*;").collect();
        let (mut uses, mut reexports, mut statement) = (Vec::new(), BTreeMap::new(), String::new());
        let mut is_public = false;
        for line in code {
            let visibilities = ["pub ", "pub(crate) ", "pub(super) "];
            let without_pub = visibilities.iter().find_map(|pub_| line.strip_prefix(pub_)).unwrap_or(line);
            if let Some(rest) = without_pub.strip_prefix("use ").filter(|_| statement.is_empty()) {
                (statement, is_public) = (rest.into(), without_pub != line);
            } else if !statement.is_empty() {
                statement += line;
            } else {
                uses.extend(line.split("crate::").skip(1).filter(|_| !line.contains("$crate")).map(|path| {
                    let path = path.split(|c: char| !(c.is_alphanumeric() || c == '_' || c == ':')).next().unwrap();
                    ["crate"].into_iter().chain(path.split("::")).map(String::from).collect::<Vec<String>>()
                }));
                continue;
            }
            if let Some(tree) = statement.strip_suffix(';') {
                for path in expanded(tree) {
                    if is_public {
                        reexports.insert(path.last().unwrap().clone(), path); // which is no use of it
                    } else {
                        uses.push(path);
                    }
                }
                statement.clear();
            }
        }
        Source { uses, reexports }
    }
}

/// Returns the paths of a `use` tree: `a::b` and `a::c::d` for `a::{b, c::d}`. Omits `as` and `self`.
fn expanded(tree: &str) -> Vec<Vec<String>> {
    let tree = tree.trim();
    let Some((prefix, group)) = tree.split_once('{') else {
        let path = tree.split(" as ").next().unwrap().trim().trim_end_matches("::self");
        return vec![path.split("::").map(|segment| segment.trim().to_string()).collect()];
    };
    let (mut depth, mut parts, mut part) = (0, Vec::new(), String::new());
    for c in group.trim().strip_suffix('}').unwrap().chars() {
        depth += i32::from(c == '{') - i32::from(c == '}');
        if c == ',' && depth == 0 {
            parts.push(std::mem::take(&mut part));
        } else {
            part.push(c);
        }
    }
    parts.push(part);
    parts
        .iter()
        .filter(|part| !part.trim().is_empty())
        .flat_map(|part| expanded(&format!("{prefix}{}", part.trim())))
        .collect()
}

/// Returns the file that a path in `file` leads to, through re-exports. Returns `None` outside the crate.
fn resolve(sources: &BTreeMap<String, Source>, file: &str, path: &[String]) -> Option<String> {
    let segments: Vec<&str> = file.trim_end_matches(".rs").split('/').filter(|part| *part != "mod").collect();
    let mut module: Vec<&str> = match path[0].as_str() {
        "crate" => Vec::new(),
        "self" => segments.clone(),
        "super" => segments[..segments.len() - 1].to_vec(),
        first if sources.contains_key(&file_of(sources, &[&segments[..], &[first]].concat())?) => segments.clone(),
        _ => return None,
    };
    let skip = usize::from(["crate", "self", "super"].contains(&path[0].as_str()));
    for (index, segment) in path[skip..].iter().enumerate() {
        if segment == "super" {
            module.pop();
            continue;
        }
        let child = [&module[..], &[segment]].concat();
        if file_of(sources, &child).is_some() {
            module = child;
            continue;
        }
        let current = file_of(sources, &module)?;
        if let Some(source) = sources[&current].reexports.get(segment) {
            if current != file || index > 0 {
                return resolve(sources, &current, source);
            }
        }
        return Some(current);
    }
    file_of(sources, &module)
}

/// Returns the file of a module.
fn file_of(sources: &BTreeMap<String, Source>, module: &[&str]) -> Option<String> {
    let path = module.join("/");
    [format!("{path}.rs"), format!("{path}/mod.rs")].into_iter().find(|file| sources.contains_key(file))
}

/// Returns the index of the room of a file.
fn room_of(file: &str) -> usize {
    let room = file.split('/').next().unwrap().trim_end_matches(".rs");
    ROOMS.iter().position(|other| *other == room).unwrap_or_else(|| panic!("{file} is not in a room"))
}

/// Returns the files that each file uses.
fn arrows(sources: &BTreeMap<String, Source>) -> BTreeMap<&str, BTreeSet<String>> {
    let used_files = |(file, source): (&'_ String, &'_ Source)| -> BTreeSet<String> {
        let found = source.uses.iter().filter_map(|path| resolve(sources, file, path));
        found.filter(|other| other != file).collect()
    };
    sources.iter().map(|(file, source)| (&file[..], used_files((file, source)))).collect()
}

#[test]
fn rooms_use_only_earlier_rooms() {
    let sources = sources();
    let mut rooms = BTreeMap::<usize, BTreeSet<usize>>::new();
    for (file, others) in arrows(&sources) {
        for other in others {
            let (from, to) = (room_of(file), room_of(&other));
            if file != STORAGE {
                assert!(to <= from, "{file} uses {other}: {} comes after {}", ROOMS[to], ROOMS[from]);
                rooms.entry(from).or_default().insert(to);
            }
        }
    }
    for (from, to) in &rooms {
        let to: Vec<&str> = to.iter().filter(|to| *to != from).map(|to| ROOMS[*to]).collect();
        println!("{:8} uses {}", ROOMS[*from], to.join(", "));
    }
    assert!(rooms.len() >= ROOMS.len() - 2 && rooms[&room_of("train/mod.rs")].contains(&room_of("nn/mod.rs")));
}

#[test]
fn modules_do_not_import_from_the_crate_root() {
    for (file, source) in sources() {
        for path in source.uses.iter().filter(|path| path[0] == "crate") {
            assert!(ROOMS.contains(&&path[1][..]), "{file} imports {}", path.join("::"));
        }
    }
}

/// The two allowed circles are a scalar and its storage, and a graph and its values.
#[test]
fn files_form_only_the_two_allowed_circles() {
    let sources = sources();
    let arrows = arrows(&sources);
    let reachable_from = |start: &str| {
        let (mut found, mut queue) = (BTreeSet::new(), vec![start.to_string()]);
        while let Some(file) = queue.pop() {
            for next in &arrows[&file[..]] {
                if found.insert(next.clone()) {
                    queue.push(next.clone());
                }
            }
        }
        found
    };
    let reachable: BTreeMap<&str, BTreeSet<String>> = arrows.keys().map(|file| (*file, reachable_from(file))).collect();
    let mut circles = BTreeSet::new();
    for (file, files) in &reachable {
        let circle: Vec<&String> = files.iter().filter(|other| reachable[&other[..]].contains(*file)).collect();
        if circle.len() > 1 {
            circles.insert(circle);
        }
    }
    for circle in &circles {
        println!("circle: {circle:?}");
        let is_storage = circle.iter().any(|file| *file == STORAGE);
        let is_graph = *circle == ["graph/gradients.rs", "graph/matrix.rs", "graph/mod.rs", "graph/value.rs"];
        assert!(is_storage || is_graph, "a circle of files: {circle:?}");
        if is_storage {
            let rooms: BTreeSet<&str> = circle.iter().map(|file| ROOMS[room_of(file)]).collect();
            assert_eq!(rooms, BTreeSet::from(["kernels", "matrix", "scalar"]), "{circle:?}");
        }
    }
    assert!(!circles.is_empty(), "the circle of a scalar and its storage must be found");
}
