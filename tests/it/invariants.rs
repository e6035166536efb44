//! What holds for every input, however hostile. The fuzz targets in `tests/fuzz` call these functions
//! on what they make up; `properties` calls them on a bounded number of generated inputs.

use camino::Utf8Path;
use jiff::civil::date;
use keyplan::check::proofs::Proofs;
use keyplan::check::resolve::public_key::read_public_key;
use keyplan::check::{Validated, validate};
use keyplan::diagnostics::{Diagnostic, LocatedText, Location};
use keyplan::report::findings::draw;
use keyplan::report::json_v1::Validation;
use keyplan::report::paths::Shown;
use keyplan::report::view::View;
use keyplan::rules::private_key;
use keyplan::source::walk::Texts;
use keyplan::source::{FileId, SourceSet, SourceSpan, Span, yaml};

/// A file of any bytes is checked without a panic; every span lies inside of its file, on character
/// boundaries; both outputs can be made, and nothing of a private key is in them.
pub(crate) fn loader(bytes: &[u8]) {
    let files = [("a.yaml", bytes), ("keys/a.pub", bytes)].map(|(path, bytes)| (path.into(), bytes.to_vec()));
    let validated = validate(&Texts(files.into()), date(2026, 11, 22), &Proofs::default()).unwrap();
    for diagnostic in &validated.diagnostics {
        spans_are_sound(diagnostic, &validated.sources);
    }
    assert_eq!(validated.desired.is_none(), validated.diagnostics.iter().any(is_error));
    let (human, json) = outputs(&validated);
    assert!(human.chars().all(|letter| !letter.is_control() || letter == '\n'), "{human:?}");
    for (_, file) in validated.sources.files() {
        assert!(private_key::scan(file.text()).is_empty(), "a secret is left in the text");
    }
    let text = String::from_utf8_lossy(bytes);
    let secrets = private_key::scan(&text);
    let mut public = text.clone().into_owned();
    private_key::mask(&mut public, &secrets);
    for secret in secrets {
        for window in text.as_bytes()[secret].windows(16).filter(|window| looks_random(window)) {
            let window = std::str::from_utf8(window).unwrap();
            // What stands in public elsewhere in the file may be shown.
            let is_secret = !public.contains(window);
            assert!(
                !is_secret || !(human.contains(window) || json.contains(window)),
                "`{window}` of a secret is printed"
            );
        }
    }
}

/// The fast lane and the parser read any text alike: each node with its place, each fault.
pub(crate) fn fast_path(text: &str) {
    let (fast, parser) = (yaml::read(text), yaml::read_with_parser(text));
    if fast != parser {
        let (fast, parser) = (format!("{fast:?}"), format!("{parser:?}"));
        let same = fast.bytes().zip(parser.bytes()).take_while(|(one, other)| one == other).count();
        let from = fast.floor_char_boundary(same.saturating_sub(200));
        panic!("{text:?}\nis read as\n{}\nby the parser as\n{}", &fast[from..], &parser[from..]);
    }
}

/// Text as a public key is read without a panic; what is accepted is one line that reads back as the
/// same key with nothing more to say of it.
pub(crate) fn public_key(text: &str) {
    let whole = Location::Bytes(SourceSpan {
        file: FileId(0),
        span: Span::new(0, u32::try_from(text.len()).unwrap()),
    });
    let mut findings = Vec::new();
    let key = read_public_key(&LocatedText::new(text, whole.clone()), &mut findings);
    for label in findings.iter().flat_map(|finding| &finding.labels) {
        let Location::Bytes(SourceSpan { span, .. }) = label.at else { panic!("a label without bytes") };
        assert!(text.get(span.range()).is_some(), "{span:?} does not lie in {text:?}");
    }
    let Some(key) = key else {
        assert!(!findings.is_empty(), "refused without a reason: {text:?}");
        return;
    };
    let line = key.line_with_comment();
    assert_eq!(line.lines().count(), 1);
    let mut again = Vec::new();
    let reread = read_public_key(&LocatedText::new(&line, whole), &mut again).unwrap();
    assert_eq!(reread.fingerprint(), key.fingerprint());
    assert_eq!(reread.line_with_comment(), line);
    assert!(again.iter().all(|finding| !finding.rule.fixed), "{again:?}");
}

fn is_error(diagnostic: &Diagnostic) -> bool {
    diagnostic.severity == keyplan::diagnostics::Severity::Error
}

fn spans_are_sound(diagnostic: &Diagnostic, sources: &SourceSet) {
    assert!(!diagnostic.labels.is_empty(), "{diagnostic:?}");
    for (place, _) in &diagnostic.labels {
        assert!(sources.file(place.file).text().get(place.span.range()).is_some(), "{diagnostic:?}");
    }
}

/// What people and machines read.
pub(crate) fn outputs(validated: &Validated) -> (String, String) {
    let shown = Shown::below(Utf8Path::new(""));
    let view = View { width: 80, color: false, unicode: true, accessible: false };
    let mut human = Vec::new();
    draw(&mut human, validated, &shown, view).unwrap();
    let json = serde_json::to_string(&Validation::new(validated, &shown)).unwrap();
    (String::from_utf8(human).unwrap(), json)
}

/// Letters and digits of both cases, as base64 has them and words do not.
fn looks_random(window: &[u8]) -> bool {
    window.iter().all(u8::is_ascii_alphanumeric)
        && window.iter().any(u8::is_ascii_digit)
        && window.iter().any(u8::is_ascii_lowercase)
        && window.iter().any(u8::is_ascii_uppercase)
}
