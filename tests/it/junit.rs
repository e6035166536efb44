//! JUnit's XML, read strictly: what `junit-10.xsd` of Jenkins does not allow is a panic, and so is all of XML that a
//! report has no need of.

/// A report, with all cases of all suites.
pub(crate) struct Report {
    pub(crate) cases: Vec<Case>,
}

pub(crate) struct Case {
    pub(crate) name: String,
    pub(crate) class: String,
    /// What it says of its failure.
    pub(crate) failure: Option<String>,
    pub(crate) is_skipped: bool,
}

impl Case {
    /// Whether it is an access test.
    pub(crate) fn is_test(&self) -> bool {
        self.name.starts_with("AccessTest ")
    }
}

/// The name of an attribute, and whether it must be there.
type Attribute = (&'static str, bool);

/// Elements, what each is in, and its attributes.
const ELEMENTS: [(&str, &str, &[Attribute]); 5] = [
    ("testsuites", "", &[("name", false), ("tests", false), ("failures", false), ("errors", false)]),
    (
        "testsuite",
        "testsuites",
        &[("name", true), ("tests", true), ("failures", true), ("errors", true), ("skipped", false)],
    ),
    ("testcase", "testsuite", &[("name", true), ("classname", true)]),
    ("failure", "testcase", &[("type", true), ("message", true)]),
    ("skipped", "testcase", &[("message", true)]),
];

struct Element {
    name: &'static str,
    attributes: Vec<(String, String)>,
    is_empty: bool,
}

/// Reads a report.
pub(crate) fn read(text: &str) -> Report {
    let is_legal =
        |letter: char| letter == '\n' || (letter >= ' ' && !matches!(letter, '\u{fffe}' | '\u{ffff}'));
    assert!(text.chars().all(is_legal), "characters that XML 1.0 does not allow in {text:?}");
    let mut rest = text.strip_prefix("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n").unwrap();
    let (mut open, mut cases, mut counts) = (Vec::<&str>::new(), Vec::<Case>::new(), Vec::new());
    while let Some(at) = rest.find('<') {
        let content = unescaped(&rest[..at]);
        match (open.last(), cases.last_mut()) {
            (Some(&"failure"), Some(case)) => case.failure.get_or_insert_default().push_str(&content),
            _ => assert_eq!(content.trim(), "", "text outside of a failure"),
        }
        let (tag, behind) = rest[at + 1..].split_once('>').unwrap();
        rest = behind;
        if let Some(name) = tag.strip_prefix('/') {
            assert_eq!(open.pop(), Some(name));
            continue;
        }
        let element = element(tag, open.last().copied().unwrap_or_default());
        let value = |name: &str| {
            element.attributes.iter().find(|(other, _)| other == name).map(|(_, value)| value.clone())
        };
        match (element.name, cases.last_mut()) {
            ("testcase", _) => cases.push(Case {
                name: value("name").unwrap(),
                class: value("classname").unwrap(),
                failure: None,
                is_skipped: false,
            }),
            ("failure", Some(case)) => case.failure = value("message"),
            ("skipped", Some(case)) => case.is_skipped = true,
            ("testsuite", _) => {
                counts.push(["tests", "failures", "skipped"].map(|name| value(name).unwrap()));
            }
            _ => {}
        }
        if !element.is_empty {
            open.push(element.name);
        }
    }
    assert!(open.is_empty() && rest.trim().is_empty());
    let sum = |at: usize| counts.iter().map(|counts| counts[at].parse::<usize>().unwrap()).sum::<usize>();
    assert_eq!(sum(0), cases.len());
    assert_eq!(sum(1), cases.iter().filter(|case| case.failure.is_some()).count());
    assert_eq!(sum(2), cases.iter().filter(|case| case.is_skipped).count());
    Report { cases }
}

/// A start tag, within another element.
fn element(tag: &str, within: &str) -> Element {
    let (tag, is_empty) = tag.strip_suffix('/').map_or((tag, false), |tag| (tag, true));
    let (name, mut rest) = tag.split_once(' ').unwrap_or((tag, ""));
    let (name, parent, allowed) = ELEMENTS.into_iter().find(|(known, ..)| *known == name).unwrap();
    assert_eq!(parent, within, "{name} within {within}");
    let mut attributes = Vec::new();
    while !rest.is_empty() {
        let (attribute, behind) = rest.split_once("=\"").unwrap();
        let (value, behind) = behind.split_once('"').unwrap();
        let attribute = attribute.trim();
        assert!(allowed.iter().any(|(known, _)| *known == attribute), "{attribute} of {name}");
        attributes.push((attribute.to_owned(), unescaped(value)));
        rest = behind.trim_start();
    }
    for (attribute, _) in allowed.iter().filter(|(_, is_required)| *is_required) {
        assert_eq!(
            attributes.iter().filter(|(other, _)| other == attribute).count(),
            1,
            "{attribute} of {name}"
        );
    }
    Element { name, attributes, is_empty }
}

/// A text without its references.
fn unescaped(text: &str) -> String {
    let mut unescaped = String::new();
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once('&') {
        let (reference, behind) = behind.split_once(';').unwrap();
        unescaped.push_str(before);
        unescaped.push(match reference {
            "amp" => '&',
            "lt" => '<',
            "gt" => '>',
            "quot" => '"',
            number => char::from_u32(number.strip_prefix('#').unwrap().parse().unwrap()).unwrap(),
        });
        rest = behind;
    }
    assert!(!rest.contains(['<', '>']), "{rest}");
    unescaped + rest
}
