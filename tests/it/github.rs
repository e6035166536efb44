//! Workflow commands as GitHub's runner reads them: `ActionCommand.TryParseV2`.

/// A workflow command.
pub(crate) struct Annotation {
    pub(crate) command: String,
    pub(crate) properties: Vec<(String, String)>,
    pub(crate) data: String,
}

/// The command that a line is.
pub(crate) fn parsed(line: &str) -> Option<Annotation> {
    let rest = line.trim_start().strip_prefix("::")?;
    let (about, data) = rest.split_once("::")?;
    let (command, properties) = about.split_once(' ').unwrap_or((about, ""));
    let pairs = properties.trim().split(',').filter_map(|property| property.split_once('='));
    let pairs = pairs.filter(|(name, value)| !name.is_empty() && !value.is_empty());
    Some(Annotation {
        command: command.to_owned(),
        properties: pairs.map(|(name, value)| (name.to_owned(), unescaped_property(value))).collect(),
        data: unescaped_data(data),
    })
}

fn unescaped_data(text: &str) -> String {
    text.replace("%0D", "\r").replace("%0A", "\n").replace("%25", "%")
}

fn unescaped_property(text: &str) -> String {
    let text = text.replace("%0D", "\r").replace("%0A", "\n").replace("%3A", ":").replace("%2C", ",");
    text.replace("%25", "%")
}
