//! The sources of credentials of Azure, in their order.

use std::sync::Arc;

use super::authorization::AzureAuthorization;
use super::shared_access::SharedAccess;
use super::shared_key::SharedKey;
use super::{az, client, managed_identity};
use crate::cloud::access_token::KeptToken;
use crate::cloud::source::{Miss, first};
use crate::cloud::{AccessToken, Issuers, Machine, NoCredentials};

const ACCOUNT: &str = "AZURE_STORAGE_ACCOUNT";
const KEY: &str = "AZURE_STORAGE_KEY";
const SHARED: &str = "AZURE_STORAGE_SAS_TOKEN";

/// What lets requests through at an account.
pub struct AzureCredentials {
    account: Box<str>,
    machine: Arc<dyn Machine>,
    issuers: Issuers,
    kept: KeptToken,
}

impl AzureCredentials {
    #[must_use]
    pub fn new(account: &str, machine: Arc<dyn Machine>, issuers: Issuers) -> Self {
        Self { account: account.into(), machine, issuers, kept: KeptToken::default() }
    }

    /// What lets a request through for now.
    pub fn authorization(&self) -> Result<AzureAuthorization, NoCredentials> {
        let mut none = NoCredentials::default();
        for (name, find) in [(KEY, Self::key as Of), (SHARED, Self::shared)] {
            match find(self) {
                Ok(found) => return Ok(found),
                Err(Miss::Next(why)) => none.tried(format!("`{name}`"), why),
                Err(Miss::Last(why)) => {
                    none.tried(format!("`{name}`"), why);
                    return Err(none);
                }
            }
        }
        let token = self.kept.get(self.issuers.clock(), || self.fetch());
        token.map(AzureAuthorization::Token).map_err(|more| none.and(more))
    }

    /// Takes in that a token was refused.
    pub fn forget(&self) {
        self.kept.forget(self.issuers.clock());
    }

    fn key(&self) -> Result<AzureAuthorization, Miss> {
        let text = self.of_account(KEY)?;
        SharedKey::parse(&self.account, &text).map(AzureAuthorization::Key).map_err(Miss::Last)
    }

    fn shared(&self) -> Result<AzureAuthorization, Miss> {
        SharedAccess::parse(&self.of_account(SHARED)?).map(AzureAuthorization::Shared).map_err(Miss::Last)
    }

    /// A variable that is for one account.
    fn of_account(&self, name: &str) -> Result<String, Miss> {
        let text = self.machine.variable(name).ok_or_else(|| Miss::Next("it is not set".into()))?;
        match self.machine.variable(ACCOUNT) {
            Some(other) if *other != *self.account => {
                Err(Miss::Next(format!("it is for another account, which `{ACCOUNT}` names")))
            }
            _ => Ok(text),
        }
    }

    fn fetch(&self) -> Result<AccessToken, NoCredentials> {
        let (machine, issuers) = (&*self.machine, &self.issuers);
        first(&[
            ("`AZURE_CLIENT_SECRET`", &|| client::by_secret(machine, issuers)),
            ("`AZURE_FEDERATED_TOKEN_FILE`", &|| client::by_workload(machine, issuers)),
            ("the managed identity", &|| managed_identity::token(machine, issuers)),
            ("`az account get-access-token`", &|| az::token(machine).map_err(Miss::Next)),
        ])
    }
}

type Of = fn(&AzureCredentials) -> Result<AzureAuthorization, Miss>;

#[cfg(test)]
mod tests;
