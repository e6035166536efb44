//! A request as the rules see it, and how a list goes out in pages.

use data_encoding::BASE64;
use serde_json::{Value, json};

use super::super::contract::{Answer, Request};
use super::answers::{Answered, found, invalid, refusal};
use super::switches::{DuplicateName, PageTokens, Switches};
use super::tenant::Metadata;

pub(super) struct Call<'a> {
    pub(super) request: &'a Request,
    pub(super) switches: &'a Switches,
    /// The project in whose scope it is.
    pub(super) project: Option<&'a str>,
    /// Null where there is none.
    pub(super) body: Value,
}

/// Makes tokens such that one who does not escape `+` and `/` in a query asks for another page.
const MARK: [u8; 3] = [0xfb, 0xef, 0xff];

impl Call<'_> {
    /// The page of a list that was asked for.
    pub(super) fn page(&self, items: &[Value]) -> Answered {
        let limit = self.request.parameter("limit").map_or(Ok(50), str::parse);
        let limit: usize = limit.map_err(|_| invalid("limit is no number"))?;
        let size = limit.min(self.switches.page);
        let start = self.request.parameter("continue").map_or(Ok(0), |token| self.start(token, items))?;
        let end = items.len().min(start + size);
        let page = items.get(start..end).unwrap_or_default();
        let token = page.last().filter(|_| end < items.len()).map(|last| match self.switches.page_tokens {
            PageTokens::Numbers => token(&end.to_string()),
            PageTokens::Cursors => token(uid(last)),
        });
        let token = token.unwrap_or_default();
        let listmeta = json!({"continue": token, "count": items.len(), "limit": limit, "offset": start});
        found(json!({"items": page, "listmeta": listmeta}))
    }

    /// Where the page of a token begins.
    fn start(&self, token: &str, items: &[Value]) -> Result<usize, Answer> {
        let bytes = BASE64.decode(token.as_bytes()).ok();
        let place = bytes.as_ref().and_then(|bytes| bytes.strip_prefix(&MARK));
        let place = place.and_then(|place| str::from_utf8(place).ok());
        let start = place.and_then(|place| match self.switches.page_tokens {
            PageTokens::Numbers => place.parse().ok(),
            // Uids grow: the place of one that has gone is known as well.
            PageTokens::Cursors => Some(items.partition_point(|item| uid(item) <= place)),
        });
        start.ok_or_else(|| invalid("continue is no token of this list"))
    }

    /// Has none of these that name, but the one with that uid?
    pub(super) fn check_name<'a>(
        &self,
        name: &str,
        uid: Option<&str>,
        mut others: impl Iterator<Item = &'a Metadata>,
    ) -> Result<(), Answer> {
        if !others.any(|other| other.name == name && uid != Some(&other.uid)) {
            return Ok(());
        }
        let status = match self.switches.duplicate_name {
            DuplicateName::Conflict => 409,
            DuplicateName::BadRequest => 400,
            DuplicateName::InternalError => 500,
        };
        Err(refusal(status, "DuplicateName", &format!("the name {name} is taken")))
    }
}

fn token(place: &str) -> String {
    BASE64.encode(&[&MARK[..], place.as_bytes()].concat())
}

fn uid(item: &Value) -> &str {
    item["metadata"]["uid"].as_str().unwrap_or_default()
}
