//! Calls with what their answers mean.

use serde_json::Value;

use super::super::Uid;
use super::super::wire::{self, Item, Items, Permissions, UserInfo, UserMe, Whole};
use super::answer;
use super::calls::{Call, Client, Scope};
use super::paging::{LIMIT, Pages};
use super::parallel::{both, in_parallel, work_off};
use crate::http::{Limits, Method, RequestKind, Response, SendError};
use crate::targets::{TargetError, TargetErrorKind};

/// One run against Palette: it has an end, and may be told to stop.
#[derive(Clone, Copy)]
pub struct Session<'a> {
    client: &'a Client,
    limits: Limits<'a>,
}

/// A list in pages.
#[derive(Clone, Copy, Debug)]
pub struct Listing<'a> {
    pub scope: &'a Scope,
    pub path: &'a [&'a str],
    /// The body of a search; nothing for a list that is simply asked for.
    pub search: Option<&'a Value>,
}

/// What became of a change. A read has to prove it: Palette has been seen to say yes and do nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Written {
    Done,
    /// What was to be changed is not there.
    Gone,
    /// Nobody knows whether it was done: why.
    Unknown(TargetError),
}

/// What became of something that was to be created.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Created {
    Uid(Uid),
    /// It may be there, from this call or an earlier one: why that is not known. Look before it is created again.
    Unknown(TargetError),
}

/// Why a call has brought nothing.
enum Rejected {
    /// The API key is good, and what was asked for is not there.
    Missing(TargetError),
    /// Another answer that says no.
    Answered(TargetError),
    /// Nobody knows whether it was done.
    Unknown(TargetError),
    /// It was not done.
    Failed(TargetError),
}

impl Rejected {
    fn into_error(self) -> TargetError {
        match self {
            Self::Missing(error) | Self::Answered(error) | Self::Unknown(error) | Self::Failed(error) => {
                error
            }
        }
    }
}

impl<'a> Session<'a> {
    #[must_use]
    pub const fn new(client: &'a Client, limits: Limits<'a>) -> Self {
        Self { client, limits }
    }

    /// Whose the API key is. To be asked first of all: a key that is no good makes Palette say that things are not
    /// there, and one of another tenant is refused.
    ///
    /// # Errors
    /// When it is not taken, or is that of another tenant.
    pub fn preflight(&self) -> Result<UserInfo, TargetError> {
        let call = Call::get(&Scope::Tenant, &["v1", "users", "info"]);
        let denied = |why: String| TargetError::new(TargetErrorKind::Denied, why);
        let unreached = |error| {
            let mut failed = answer::failed(&call, &error);
            // Whoever is not reached at all is to be named.
            if !matches!(error, SendError::Stopped(_)) {
                failed.why = format!("{}: {}", self.client.settings.origin, failed.why);
            }
            failed
        };
        let response = self.client.send(&call, &self.limits).map_err(unreached)?;
        if matches!(response.status, 401 | 403 | 404) {
            let why = answer::rejected(&call, &response).why;
            return Err(denied(format!("{} does not take the API key: {why}", self.client.settings.origin)));
        }
        if !response.is_success() {
            return Err(answer::rejected(&call, &response));
        }
        let info: UserInfo = answer::body(&call, &response)?;
        let tenant = &*self.client.settings.tenant;
        if info.org_name == tenant || info.tenant_uid.as_str() == tenant {
            return Ok(info);
        }
        let other = answer::escaped(&info.org_name);
        Err(denied(format!("the API key is of the tenant `{other}`, and not of `{tenant}`")))
    }

    /// What the caller may do; nothing where Palette does not tell.
    ///
    /// # Errors
    /// When there is no answer at all.
    pub fn permissions(&self) -> Result<Option<Permissions>, TargetError> {
        let call = Call::get(&Scope::Tenant, &["v1", "users", "me"]);
        let response =
            self.client.send(&call, &self.limits).map_err(|error| answer::failed(&call, &error))?;
        let me = response.is_success().then(|| answer::body::<UserMe>(&call, &response).ok());
        Ok(me.flatten().map(|me| me.status))
    }

    /// What has to be there.
    ///
    /// # Errors
    /// When it is not read.
    pub fn get<T: Whole>(&self, scope: &Scope, path: &[&str]) -> Result<T, TargetError> {
        let call = Call::get(scope, path);
        answer::body(&call, &self.ask(&call).map_err(Rejected::into_error)?)
    }

    /// An object by its uid, with all its fields, as it has to be put back; nothing when it is not there.
    ///
    /// # Errors
    /// When it is not read.
    pub fn object(&self, scope: &Scope, path: &[&str]) -> Result<Option<Value>, TargetError> {
        let call = Call::get(scope, path);
        match self.ask(&call) {
            Ok(response) => answer::raw(&call, &response).map(Some),
            Err(Rejected::Missing(_)) => Ok(None),
            Err(rejected) => Err(rejected.into_error()),
        }
    }

    /// A list that comes in one answer.
    ///
    /// # Errors
    /// When it is not read, or not to its end.
    pub fn all<T: Item>(&self, scope: &Scope, path: &[&str]) -> Result<Vec<T>, TargetError> {
        let call = Call::get(scope, path);
        let response = self.ask(&call).map_err(Rejected::into_error)?;
        let mut pages = Pages::new();
        let next = pages.add(answer::body::<Items<T>>(&call, &response)?);
        match (next, pages.whole()) {
            (Ok(None), Ok(items)) => Ok(items),
            _ => Err(TargetError::refused(format!("{}: the list has not come whole", call.shown()))),
        }
    }

    /// A list in pages. One that changes while it is read is read once more.
    ///
    /// # Errors
    /// When it is not read, or is not the same from beginning to end.
    pub fn list<T: Item>(&self, listing: &Listing<'_>) -> Result<Vec<T>, TargetError> {
        let first = self.pages(listing)?.whole();
        first.or_else(|_| {
            self.pages(listing)?
                .whole()
                .map_err(|error| TargetError::unreachable(format!("{}: {error}", listing.call(&[]).shown())))
        })
    }

    fn pages<T: Item>(&self, listing: &Listing<'_>) -> Result<Pages<T>, TargetError> {
        let (mut pages, mut token) = (Pages::new(), None::<String>);
        loop {
            let mut query = vec![("limit", LIMIT)];
            query.extend(token.as_deref().map(|token| ("continue", token)));
            let call = listing.call(&query);
            let response = self.ask(&call).map_err(Rejected::into_error)?;
            let next = pages.add(answer::body::<Items<T>>(&call, &response)?);
            token = next.map_err(|error| TargetError::refused(format!("{}: {error}", call.shown())))?;
            if token.is_none() {
                return Ok(pages);
            }
        }
    }

    /// Puts an object in the place of what is there.
    ///
    /// # Errors
    /// When it was not sent, or was refused.
    pub fn put(&self, scope: &Scope, path: &[&str], body: &Value) -> Result<Written, TargetError> {
        self.write(&Call { method: Method::Put, body: Some(body), ..Call::write(scope, path) })
    }

    /// Deletes an object.
    ///
    /// # Errors
    /// When it was not sent, or was refused.
    pub fn delete(&self, scope: &Scope, path: &[&str]) -> Result<Written, TargetError> {
        self.write(&Call { method: Method::Delete, ..Call::write(scope, path) })
    }

    fn write(&self, call: &Call<'_>) -> Result<Written, TargetError> {
        match self.ask(call) {
            Ok(_) => Ok(Written::Done),
            Err(Rejected::Missing(_)) => Ok(Written::Gone),
            Err(Rejected::Unknown(error)) => Ok(Written::Unknown(error)),
            Err(Rejected::Answered(error) | Rejected::Failed(error)) => Err(error),
        }
    }

    /// Creates an object. A refusal is no proof that it is not there: only that the caller may not do it is.
    ///
    /// # Errors
    /// When it was not sent, or the caller may not do it.
    pub fn create(&self, scope: &Scope, path: &[&str], body: &Value) -> Result<Created, TargetError> {
        let call = Call {
            method: Method::Post,
            kind: RequestKind::Create,
            body: Some(body),
            ..Call::write(scope, path)
        };
        match self.ask(&call) {
            Ok(response) => Ok(match answer::body::<wire::Created>(&call, &response) {
                Ok(created) => Created::Uid(created.uid),
                Err(error) => Created::Unknown(error),
            }),
            Err(Rejected::Failed(error)) => Err(error),
            Err(Rejected::Answered(error)) if error.kind == TargetErrorKind::Denied => Err(error),
            Err(rejected) => Ok(Created::Unknown(rejected.into_error())),
        }
    }

    /// Does something with each item, with as many at the same time as the settings allow, in the order of the items.
    pub fn each<T: Sync, R: Send>(&self, items: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
        in_parallel(self.client.clock(), self.client.settings.parallel, items, work)
    }

    /// The same for tasks that lead to others. The results are in no order.
    pub fn work_off<T: Send, R: Send>(
        &self,
        tasks: Vec<T>,
        work: impl Fn(T, &mut Vec<T>) -> R + Sync,
    ) -> Vec<R> {
        work_off(self.client.clock(), self.client.settings.parallel, tasks, work)
    }

    /// Does two things at the same time: calls of one part of the API do not wait for those of another. How many are on
    /// their way is limited all the same.
    pub fn both<A, B: Send>(&self, one: impl FnOnce() -> A, other: impl FnOnce() -> B + Send) -> (A, B) {
        both(self.client.clock(), one, other)
    }

    /// The answer to a call, if it is a good one. That something is not there is believed only of a key that is
    /// known to be good.
    fn ask(&self, call: &Call<'_>) -> Result<Response, Rejected> {
        let response = match self.client.send(call, &self.limits) {
            Ok(response) => response,
            Err(error @ SendError::Ambiguous(_)) => {
                return Err(Rejected::Unknown(answer::failed(call, &error)));
            }
            Err(error) => return Err(Rejected::Failed(answer::failed(call, &error))),
        };
        if response.is_success() {
            return Ok(response);
        }
        let error = answer::rejected(call, &response);
        if matches!(response.status, 401 | 404) {
            self.preflight().map_err(Rejected::Failed)?;
        }
        Err(if response.status == 404 { Rejected::Missing(error) } else { Rejected::Answered(error) })
    }
}

impl Listing<'_> {
    fn call<'b>(&'b self, query: &'b [(&'b str, &'b str)]) -> Call<'b> {
        let method = if self.search.is_some() { Method::Post } else { Method::Get };
        Call { method, query, body: self.search, ..Call::get(self.scope, self.path) }
    }
}

impl<'a> Call<'a> {
    const fn write(scope: &'a Scope, path: &'a [&'a str]) -> Self {
        Self { kind: RequestKind::Write, ..Call::get(scope, path) }
    }
}
