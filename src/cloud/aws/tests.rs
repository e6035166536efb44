//! Sources of credentials on a machine that is made up, with services that answer from a table.

use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use camino::{Utf8Path, Utf8PathBuf};
use jiff::Timestamp;

use super::*;
use crate::cloud::{Machine, Printed};
use crate::http::virtual_clock::VirtualClock;
use crate::http::{Request, Response, Transport, TransportError};

/// A machine.
#[derive(Clone, Default)]
struct Made {
    variables: BTreeMap<&'static str, &'static str>,
    files: BTreeMap<&'static str, &'static str>,
    /// What programs print, by their command line.
    programs: BTreeMap<&'static str, &'static str>,
}

impl Machine for Made {
    fn variable(&self, name: &str) -> Option<String> {
        self.variables.get(name).map(|value| (*value).to_owned())
    }
    fn home(&self) -> Option<Utf8PathBuf> {
        Some("/home/ana".into())
    }
    fn now(&self) -> Timestamp {
        at(0)
    }
    fn read(&self, path: &Utf8Path) -> io::Result<Vec<u8>> {
        let file = self.files.get(path.as_str());
        file.map(|text| text.as_bytes().to_vec()).ok_or_else(|| io::ErrorKind::NotFound.into())
    }
    fn run(&self, program: &str, args: &[&str]) -> io::Result<Printed> {
        let line = [&[program], args].concat().join(" ");
        let printed = self.programs.get(&*line).ok_or(io::ErrorKind::NotFound)?;
        let is_success = printed.starts_with('{');
        Ok(Printed { is_success, out: printed.as_bytes().to_vec(), err: (*printed).into() })
    }
}

/// What services answer, by method and address, and what they were asked.
#[derive(Clone, Default)]
struct Services {
    answers: Arc<BTreeMap<&'static str, (u16, &'static str)>>,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Transport for Services {
    fn send(&self, request: &Request, _: Duration) -> Result<Response, TransportError> {
        let line = format!("{} {}", request.method, request.url);
        let headers =
            request.headers.iter().map(|header| format!("{}: {}", header.name, header.value.as_sent()));
        let body = String::from_utf8(request.body.clone().unwrap_or_default()).unwrap();
        let headers: Vec<_> = headers.collect();
        self.asked.lock().unwrap().push(format!("{line} {headers:?} {body}"));
        let Some((status, body)) = self.answers.get(&*line) else {
            return Err(TransportError::NotSent("no route to host".into()));
        };
        Ok(Response { status: *status, headers: Vec::new(), body: body.as_bytes().to_vec() })
    }
}

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + seconds).unwrap()
}

fn chain(machine: &Made, services: &Services) -> CredentialChain {
    let clock: Arc<dyn crate::http::Clock> = Arc::new(VirtualClock::default());
    let transport = || Box::new(services.clone());
    CredentialChain::new(Arc::new(machine.clone()), transport(), transport(), &clock)
}

/// The access key that is found, or why none is. Nothing that is told holds a secret.
fn found(machine: &Made, services: &Services) -> Result<String, String> {
    let found = chain(machine, services).credentials(at(0));
    let told = format!("{found:?}");
    assert!(!told.contains("TopSecret"), "{told}");
    found.map(|credentials| credentials.access_key.into()).map_err(|error| error.to_string())
}

fn answers(answers: &[(&'static str, (u16, &'static str))]) -> Services {
    Services { answers: Arc::new(answers.iter().copied().collect()), ..Services::default() }
}

const NOBODY: (&str, &str) = ("AWS_EC2_METADATA_DISABLED", "true");
const KEY: (&str, &str) = ("AWS_ACCESS_KEY_ID", "AKIAENV");
const SECRET: (&str, &str) = ("AWS_SECRET_ACCESS_KEY", "TopSecretOfEnv");
const PRINTED: &str =
    r#"{"Version": 1, "AccessKeyId": "AKIAPRINTED", "SecretAccessKey": "TopSecretPrinted"}"#;

fn made(variables: &[(&'static str, &'static str)], files: &[(&'static str, &'static str)]) -> Made {
    Made {
        variables: variables.iter().copied().chain([NOBODY]).collect(),
        files: files.iter().copied().collect(),
        programs: BTreeMap::new(),
    }
}

const CONFIG: &str = "
[default]
region = eu-west-1
aws_access_key_id = AKIADEFAULT
aws_secret_access_key = TopSecretDefault
[profile ops] # the one for humans
Region=eu-central-1
s3 =
  aws_access_key_id = AKIANESTED
credential_process = /opt/get 'two words'
[profile sso]
sso_session = acme
[profile half]
aws_access_key_id = AKIAHALF
[ops]
aws_access_key_id = AKIANOPROFILE
aws_secret_access_key = TopSecretNoProfile
[profile role]
role_arn = arn:aws:iam::1:role/x
source_profile = default
[profile empty]
";

#[test]
fn variables_count_first_and_half_of_a_key_is_not_passed_over() {
    let files = [("/home/ana/.aws/config", CONFIG)];
    let none = Services::default();
    assert_eq!(found(&made(&[KEY, SECRET], &files), &none).unwrap(), "AKIAENV");
    assert_eq!(found(&made(&[], &files), &none).unwrap(), "AKIADEFAULT");
    assert_eq!(
        found(&made(&[KEY], &files), &none).unwrap_err(),
        "there are no credentials: the environment: `AWS_ACCESS_KEY_ID` is set, and `AWS_SECRET_ACCESS_KEY` is not"
    );
    let short = ("AWS_SECRET_ACCESS_KEY", "S3RVER");
    assert_eq!(found(&made(&[KEY, short], &files), &none).unwrap(), "AKIAENV");
    let spaced = ("AWS_SECRET_ACCESS_KEY", "two words");
    assert!(found(&made(&[KEY, spaced], &files), &none).unwrap_err().contains("it has a space"));
}

#[test]
fn each_source_says_why_it_gave_nothing() {
    assert_eq!(
        found(&made(&[], &[]), &Services::default()).unwrap_err(),
        "there are no credentials: the environment: `AWS_ACCESS_KEY_ID` is not set; web identity: \
         `AWS_WEB_IDENTITY_TOKEN_FILE` is not set; the profile: there is no profile `default` in `~/.aws/config` and \
         `~/.aws/credentials`; the container: `AWS_CONTAINER_CREDENTIALS_RELATIVE_URI` and \
         `AWS_CONTAINER_CREDENTIALS_FULL_URI` are not set; the instance: `AWS_EC2_METADATA_DISABLED` is set"
    );
    let mut machine = made(&[], &[]);
    machine.variables.clear();
    let told = found(&machine, &Services::default()).unwrap_err();
    assert!(told.contains("the instance: no answer from `169.254.169.254`: no route to host"), "{told}");
}

#[test]
fn a_profile_is_read_as_the_tools_of_aws_read_it() {
    let of = |profile, more: &[(&'static str, &'static str)], programs: &[(&'static str, &'static str)]| {
        let files = [("/home/ana/.aws/config", CONFIG)];
        let mut machine = made(&[("AWS_PROFILE", profile)], &files);
        machine.files.extend(more.iter().copied());
        machine.programs = programs.iter().copied().collect();
        found(&machine, &Services::default())
    };
    let process = [("/opt/get two words", PRINTED)];
    assert_eq!(of("ops", &[], &process).unwrap(), "AKIAPRINTED");
    // The file of credentials counts before that of settings.
    let shared = "[ops]\naws_access_key_id=AKIASHARED\naws_secret_access_key=TopSecretShared\n";
    let shared = [("/home/ana/.aws/credentials", shared)];
    assert_eq!(of("ops", &shared, &process).unwrap(), "AKIASHARED");
    for (profile, line) in [
        ("sso", "aws configure export-credentials --format process --profile sso"),
        ("role", "aws configure export-credentials --format process --profile role"),
    ] {
        assert_eq!(of(profile, &[], &[(line, PRINTED)]).unwrap(), "AKIAPRINTED");
        let expired = [(line, "The SSO session has expired: run aws sso login")];
        assert!(of(profile, &[], &expired).unwrap_err().contains("run aws sso login"));
        assert!(of(profile, &[], &[]).unwrap_err().contains("`aws` cannot be run"));
    }
    for (profile, why) in [
        ("half", "it has half of a key"),
        ("empty", "the profile `empty` names no credentials"),
        ("other", "there is no profile `other`"),
    ] {
        let told = of(profile, &[], &[]).unwrap_err();
        // What was asked for and fails is not made good for by another source.
        assert!(told.contains(why) && !told.contains("the container"), "{told}");
    }
}

#[test]
fn the_region_is_that_of_the_environment_or_of_the_profile() {
    let files = [("/home/ana/.aws/config", CONFIG), ("/etc/aws", "[default]\nregion = ap-south-1\n")];
    let of = |variables: &[(&'static str, &'static str)]| region(&made(variables, &files));
    let both = [("AWS_REGION", "a"), ("AWS_DEFAULT_REGION", "b")];
    assert_eq!(of(&both).as_deref(), Some("a"));
    assert_eq!(of(&both[1..]).as_deref(), Some("b"));
    assert_eq!(of(&[]).as_deref(), Some("eu-west-1"));
    assert_eq!(of(&[("AWS_PROFILE", "ops")]).as_deref(), Some("eu-central-1"));
    assert_eq!(of(&[("AWS_CONFIG_FILE", "/etc/aws")]).as_deref(), Some("ap-south-1"));
    assert_eq!(of(&[("AWS_PROFILE", "other")]), None);
    assert_eq!(
        ["eu-west-1", "cn-north-1", "eusc-de-east-1"].map(domain),
        ["amazonaws.com", "amazonaws.com.cn", "amazonaws.eu"]
    );
}

const ASSUMED: &str = "<AssumeRoleWithWebIdentityResponse xmlns='https://sts.amazonaws.com/doc/2011-06-15/'>
<AssumeRoleWithWebIdentityResult><Credentials><SessionToken>TopSecretToken</SessionToken>
<SecretAccessKey>TopSecretAssumed</SecretAccessKey><Expiration>2027-01-15T09:00:00Z</Expiration>
<AccessKeyId>AKIAASSUMED</AccessKeyId></Credentials></AssumeRoleWithWebIdentityResult>
</AssumeRoleWithWebIdentityResponse>";

#[test]
fn a_token_of_another_issuer_is_changed_for_a_role() {
    let variables = [
        ("AWS_WEB_IDENTITY_TOKEN_FILE", "/var/token"),
        ("AWS_ROLE_ARN", "arn:aws:iam::1:role/ci"),
        ("AWS_REGION", "eu-central-1"),
    ];
    let machine = made(&variables, &[("/var/token", "TopSecretJwt\n")]);
    let address = "POST https://sts.eu-central-1.amazonaws.com/";
    let services = answers(&[(address, (200, ASSUMED))]);
    assert_eq!(found(&machine, &services).unwrap(), "AKIAASSUMED");
    let asked = services.asked.lock().unwrap()[0].clone();
    let form = "Action=AssumeRoleWithWebIdentity&Version=2011-06-15&RoleArn=arn%3Aaws%3Aiam%3A%3A1%3Arole%2Fci&\
                RoleSessionName=keyplan&WebIdentityToken=TopSecretJwt";
    assert!(asked.ends_with(form), "{asked}");

    let refusal = "<ErrorResponse><Error><Code>InvalidIdentityToken</Code><Message>TopSecretJwt is no token</Message>\
                   </Error></ErrorResponse>";
    let told = found(&machine, &answers(&[(address, (400, refusal))])).unwrap_err();
    assert!(
        told.ends_with("web identity: the answer was 400 InvalidIdentityToken: [redacted] is no token"),
        "{told}"
    );
    let told = found(&machine, &answers(&[(address, (200, "<html>"))])).unwrap_err();
    assert!(told.ends_with("the answer with status 200 is none of AWS"), "{told}");
    let told = found(&made(&variables, &[]), &services).unwrap_err();
    assert!(told.contains("`/var/token` cannot be read"), "{told}");
    let told = found(&made(&variables[..1], &[]), &services).unwrap_err();
    assert!(told.ends_with("`AWS_WEB_IDENTITY_TOKEN_FILE` is set, and `AWS_ROLE_ARN` is not"), "{told}");
    // The same in a profile.
    let config = "[default]\nrole_arn = arn:aws:iam::1:role/ci\nweb_identity_token_file = /var/token\n\
                  region = eu-central-1\n";
    let machine = made(&[], &[("/var/token", "TopSecretJwt"), ("/home/ana/.aws/config", config)]);
    assert_eq!(found(&machine, &services).unwrap(), "AKIAASSUMED");
}

const HANDED: &str = r#"{"AccessKeyId": "AKIAHANDED", "SecretAccessKey": "TopSecretHanded", "Token": "TopSecretToken",
        "Expiration": "2027-01-15T09:00:00Z"}"#;

#[test]
fn a_container_asks_the_service_beside_it_and_no_other() {
    let relative = made(&[("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/v2/a?b")], &[]);
    let services = answers(&[
        ("GET http://169.254.170.2/v2/a?b", (200, HANDED)),
        ("GET http://169.254.170.23/v1/credentials", (200, HANDED)),
    ]);
    assert_eq!(found(&relative, &services).unwrap(), "AKIAHANDED");
    let full = |address, token| {
        let variables = [
            ("AWS_CONTAINER_CREDENTIALS_FULL_URI", address),
            ("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", token),
        ];
        found(&made(&variables, &[("/var/token", "TopSecretJwt\n")]), &services)
    };
    assert_eq!(full("http://169.254.170.23/v1/credentials", "/var/token").unwrap(), "AKIAHANDED");
    assert!(services.asked.lock().unwrap()[1].contains("authorization: TopSecretJwt"));
    for address in ["http://example.com/", "http://169.254.170.3/", "http://10.0.0.1/", "file:///etc/passwd"]
    {
        let told = full(address, "/var/token").unwrap_err();
        assert!(told.contains("leads to no service"), "{told}");
    }
    assert!(
        full("http://169.254.170.23/v1/credentials", "/var/other").unwrap_err().contains("cannot be read")
    );
    assert_eq!(services.asked.lock().unwrap().len(), 2);
    let away = answers(&[("GET http://169.254.170.2/v2/a?b", (403, "no"))]);
    assert!(found(&relative, &away).unwrap_err().ends_with("`http://169.254.170.2` answers 403"));
}

#[test]
fn an_instance_is_asked_for_a_token_first() {
    let mut machine = made(&[], &[]);
    machine.variables.clear();
    let all = [
        ("PUT http://169.254.169.254/latest/api/token", (200, "TopSecretImds")),
        ("GET http://169.254.169.254/latest/meta-data/iam/security-credentials/", (200, "ops")),
        ("GET http://169.254.169.254/latest/meta-data/iam/security-credentials/ops", (200, HANDED)),
    ];
    let services = answers(&all);
    assert_eq!(found(&machine, &services).unwrap(), "AKIAHANDED");
    let asked = services.asked.lock().unwrap();
    assert!(asked[0].contains("x-aws-ec2-metadata-token-ttl-seconds: 300"), "{asked:?}");
    assert!(
        asked[1..].iter().all(|one| one.contains("x-aws-ec2-metadata-token: TopSecretImds")),
        "{asked:?}"
    );
    let without_role = [all[0], (all[1].0, (404, "no"))];
    assert!(found(&machine, &answers(&without_role)).unwrap_err().ends_with("this instance has no role"));
    let old = [(all[0].0, (405, "no"))];
    assert!(found(&machine, &answers(&old)).unwrap_err().ends_with("no token: the answer was 405"));
    machine.variables.insert("AWS_EC2_METADATA_SERVICE_ENDPOINT", "http://example.com");
    assert!(found(&machine, &services.clone()).unwrap_err().contains("leads to no service"));
}

#[test]
fn credentials_are_kept_renewed_before_their_end_and_dropped_when_refused() {
    // They are good until 3600 seconds after the beginning.
    let services = answers(&[("GET http://169.254.170.2/v2", (200, HANDED))]);
    let chain = chain(&made(&[("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/v2")], &[]), &services);
    let asked = || services.asked.lock().unwrap().len();
    // Those that end within five minutes are renewed when half of the rest is over.
    for (time, expected) in [(0, 1), (3299, 1), (3300, 2), (3449, 2), (3450, 3), (3524, 3), (3525, 4)] {
        chain.credentials(at(time)).unwrap();
        assert_eq!(asked(), expected, "at {time}");
    }
    chain.credentials(at(0)).unwrap();
    assert_eq!(asked(), 4);
    chain.forget();
    chain.credentials(at(0)).unwrap();
    assert_eq!(asked(), 5);
}

#[test]
fn what_cannot_be_renewed_is_used_to_its_end() {
    struct Once(Services, Mutex<bool>);
    impl Transport for Once {
        fn send(&self, request: &Request, timeout: Duration) -> Result<Response, TransportError> {
            let was_asked = std::mem::replace(&mut *self.1.lock().unwrap(), true);
            if was_asked {
                Err(TransportError::NotSent("gone".into()))
            } else {
                self.0.send(request, timeout)
            }
        }
    }
    let services = answers(&[("GET http://169.254.170.2/v2", (200, HANDED))]);
    let machine = made(&[("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/v2")], &[]);
    let clock: Arc<dyn crate::http::Clock> = Arc::new(VirtualClock::default());
    let once = Box::new(Once(services.clone(), Mutex::default()));
    let chain = CredentialChain::new(Arc::new(machine), Box::new(services), once, &clock);
    chain.credentials(at(0)).unwrap();
    chain.credentials(at(3599)).unwrap();
    let told = chain.credentials(at(3600)).unwrap_err().to_string();
    assert!(told.contains("no answer from `169.254.170.2`: gone"), "{told}");
}
