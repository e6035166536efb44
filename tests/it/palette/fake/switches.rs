//! What nobody knows of Palette, each as a switch with the answers that it may have. keyplan has to be right under all.

/// A switch for each unknown, and all of them together. The first answer is the default.
macro_rules! switches {
    ($($(#[$about:meta])* $field:ident: $name:ident { $($answer:ident),+ })+) => {
        $(
            $(#[$about])*
            #[derive(Clone, Copy, Debug, PartialEq, Eq)]
            pub(crate) enum $name { $($answer),+ }

            impl $name {
                const ALL: &[Self] = &[$(Self::$answer),+];
            }
        )+

        #[derive(Clone, Debug)]
        pub(crate) struct Switches {
            $(pub(crate) $field: $name,)+
            /// Not among the pairs: under a PUT that does nothing no apply can succeed.
            pub(crate) puts: Puts,
            /// The most items of a page.
            pub(crate) page: usize,
        }

        impl Switches {
            /// How many answers each switch has.
            const ANSWERS: &[usize] = &[$($name::ALL.len()),+];

            /// The switches with the answers of these numbers, with pages of two items.
            fn numbered(answers: &[usize]) -> Self {
                let mut answers = answers.iter();
                let mut next = || *answers.next().expect("each switch has an answer");
                Self { $($field: $name::ALL[next()],)+ puts: Puts::TakeEffect, page: 2 }
            }
        }
    };
}

switches! {
    /// Does a PUT of a subject's roles leave the projects alone that it does not name?
    role_puts: RolePuts { Replace, Merge }
    /// Does a PUT of a key take another name?
    key_rename: KeyRename { Taken, Ignored }
    key_labels: KeyLabels { Kept, Dropped }
    /// Are the tenant's keys in the lists of its projects, with the annotation `scope: tenant`?
    tenant_keys: TenantKeys { Hidden, Listed }
    /// Does a page begin at a number, or behind the last item of the one before?
    page_tokens: PageTokens { Numbers, Cursors }
    /// The answer to a wrong API key; the 404 has it in its message.
    bad_api_key: BadApiKey { Unauthorized, NotFound }
    /// The answer to a `ProjectUid` that is none.
    wrong_project: WrongProject { ResourceNotFound, ProjectNotFoundInTenant, ResourceAccessDenied }
    duplicate_name: DuplicateName { Conflict, BadRequest, InternalError }
    /// May a cluster have more than one key?
    more_keys: MoreKeys { Taken, Refused }
    /// Has the summary of a project all who have a role in it?
    project_summary: ProjectSummary { Complete, WithoutSubjects }
    /// Does `GET /v1/users/me`, which is not published, answer, and are permissions called there as they are elsewhere?
    users_me: UsersMe { Answers, NotFound, OtherWords }
    /// Do nodes wait to be replaced when their cluster gets another key?
    key_change: KeyChange { Repaves, InPlace }
    /// Is there more in each object than is known?
    unknown_fields: UnknownFields { Absent, Everywhere }
    empty_values: EmptyValues { Empty, Null }
}

/// Does a PUT do what it says that it did?
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Puts {
    TakeEffect,
    DoNothing,
}

impl Default for Switches {
    /// The first answers, with pages of 50.
    fn default() -> Self {
        Self { page: 50, ..Self::numbered(&vec![0; Self::ANSWERS.len()]) }
    }
}

/// A switch and one of its answers.
type Choice = (usize, usize);

impl Switches {
    /// As few as are needed so that any two answers of any two switches occur together, and the defaults first.
    pub(crate) fn pairs() -> Vec<Self> {
        let defaults = vec![0; Self::ANSWERS.len()];
        let mut open: Vec<_> = Self::all_pairs().filter(|pair| !has(&defaults, *pair)).collect();
        let mut rows = vec![Self::default()];
        while let Some(first) = open.first().copied() {
            let row = row_with(first, &open);
            open.retain(|pair| !has(&row, *pair));
            rows.push(Self::numbered(&row));
        }
        rows
    }

    fn all_pairs() -> impl Iterator<Item = (Choice, Choice)> {
        let choices = |from| {
            let switches = Self::ANSWERS.iter().enumerate().skip(from);
            switches.flat_map(|(switch, answers)| (0..*answers).map(move |answer| (switch, answer)))
        };
        choices(0).flat_map(move |left| choices(left.0 + 1).map(move |right| (left, right)))
    }
}

fn has(row: &[usize], (left, right): (Choice, Choice)) -> bool {
    row[left.0] == left.1 && row[right.0] == right.1
}

/// A row with a pair, and otherwise with the answers that make the most open pairs, one switch after the other.
fn row_with(pair: (Choice, Choice), open: &[(Choice, Choice)]) -> Vec<usize> {
    let mut row: Vec<Option<usize>> = vec![None; Switches::ANSWERS.len()];
    (row[pair.0.0], row[pair.1.0]) = (Some(pair.0.1), Some(pair.1.1));
    for switch in 0..row.len() {
        if row[switch].is_some() {
            continue;
        }
        let made = |answer: usize| {
            let joins = |one: Choice, other: Choice| one == (switch, answer) && row[other.0] == Some(other.1);
            open.iter().filter(|(left, right)| joins(*left, *right) || joins(*right, *left)).count()
        };
        row[switch] = (0..Switches::ANSWERS[switch]).max_by_key(|answer| made(*answer));
    }
    row.into_iter().map(Option::unwrap_or_default).collect()
}
