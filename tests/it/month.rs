//! The month of a company: what plan, apply and the questions say from the first day on, as one transcript. Read
//! `tests/snapshots/month.snap` as a user would.

use std::fmt::Write as _;

use crate::support::{Workspace, keyplan, stderr, stdout};

/// Public keys that differ.
const KEYS: [&str; 4] = [
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIG8V+P/4lJWrPH+9D/7s4Dy4aNqV4uxEIG0mCoddgO9/",
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIMRDZQkF1FucKnu2ZkM8jMGvAvxOx/cWuwVPhLPz8fPc",
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKRJe7pr44xXgJUxdm6bfDNkl4mbvQ1sbML2uUMzm9EI",
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIID63ctlqdhWSl/7rovOssEU5qS2BwhgmfKS0qYDO0aq",
];

/// What is declared.
struct Company {
    sre: &'static str,
    web: &'static str,
    /// The number of the key `ops`.
    ops: usize,
    /// The project of payments, and what it was called before.
    payments: (&'static str, Option<&'static str>),
    /// The project of the cluster `shop`, and the name of its key.
    shop: &'static str,
}

impl Company {
    fn files(&self) -> [(&'static str, String); 3] {
        let Self { sre, web, ops, payments: (payments, before), shop } = self;
        let previous = before.map(|before| format!(", previousName: {before}")).unwrap_or_default();
        let document = |kind: &str, metadata: &str, spec: &str| {
            format!("apiVersion: keyplan/v1\nkind: {kind}\nmetadata: {{{metadata}}}\nspec:\n{spec}")
        };
        let teams = [
            document("Team", "name: sre", &format!("  members: [{sre}]\n")),
            document("Team", "name: web", &format!("  members: [{web}]\n")),
        ];
        let key = |name: &str, project: &str, number: usize, owner: &str| {
            let spec = format!("  publicKey: {}\n  owner: '{owner}'\n", KEYS[number]);
            document("SSHKey", &format!("name: {name}, project: {project}"), &spec)
        };
        let cluster = |name: &str, project: &str, key: &str, node: &str| {
            let spec = format!("  sshKey: {key}\n  nodes: [{node}]\n");
            document("Cluster", &format!("name: {name}, project: {project}"), &spec)
        };
        let admin =
            "    - {user: ana@example.com, role: Project Admin}\n    - {team: sre, role: Cluster Admin}\n";
        let of_payments = [
            document("Project", &format!("name: {payments}{previous}"), &format!("  members:\n{admin}")),
            key("ops", payments, *ops, "team:sre"),
            cluster("prod-eu", payments, "ops", "10.0.0.11"),
            cluster("prod-us", payments, "ops", "10.0.1.11"),
        ];
        let editor = "    - {team: web, role: Cluster Editor}\n";
        let of_web = [
            document("Project", "name: web", &format!("  members:\n{editor}")),
            key("shop", shop, 1, "team:web"),
            cluster("shop", shop, "shop", "10.0.2.11"),
        ];
        [
            ("teams.yaml", teams.join("---\n")),
            ("payments.yaml", of_payments.join("---\n")),
            ("web.yaml", of_web.join("---\n")),
        ]
    }
}

struct Month {
    workspace: Workspace,
    transcript: String,
}

impl Month {
    fn day(&mut self, what: &str, company: &Company) {
        writeln!(self.transcript, "# {what}\n").unwrap();
        for (path, text) in company.files() {
            self.workspace.write(path, text.as_bytes());
        }
    }

    /// Types a command, which ends like this.
    fn types(&mut self, line: &str, code: i32) {
        let args: Vec<_> = line.split(' ').collect();
        let output = keyplan(&self.workspace.root, &args);
        let text = stdout(&output) + &stderr(&output);
        assert_eq!(output.status.code(), Some(code), "{line}\n{text}");
        writeln!(self.transcript, "$ keyplan {line}\n{}", text.trim_end()).unwrap();
        if code != 0 {
            writeln!(self.transcript, "(ended with {code})").unwrap();
        }
        writeln!(self.transcript).unwrap();
    }

    fn applies(&mut self, more: &str) {
        let line = format!("apply --auto-approve{more}");
        let output = keyplan(&self.workspace.root, &line.split(' ').collect::<Vec<_>>());
        let last = stdout(&output).lines().last().unwrap_or_default().to_owned();
        assert!(output.status.success(), "{}{}", stdout(&output), stderr(&output));
        writeln!(self.transcript, "$ keyplan {line} | tail -n 1\n{last}\n").unwrap();
    }
}

#[test]
fn a_month_reads_as_what_happened() {
    let mut month = Month { workspace: Workspace::with(&[]), transcript: String::new() };
    let five = "eva@example.com, fay@example.com, gus@example.com, hal@example.com, ida@example.com";
    let mut company = Company {
        sre: "ana@example.com, ben@example.com",
        web: five,
        ops: 0,
        payments: ("payments", None),
        shop: "web",
    };
    month.day("The first day: everything is new", &company);
    month.types("plan", 0);
    month.applies("");
    month.types("who payments/prod-eu", 0);

    company.sre = "ana@example.com, ben@example.com, dana@example.com";
    month.day("dana@example.com comes to the team that is on call", &company);
    month.types("plan", 0);
    month.applies("");
    month.types("reach dana@example.com", 0);
    month.types("why dana@example.com payments/prod-eu", 0);
    month.types("why dana@example.com web/shop", 10);

    company.ops = 2;
    month.day("The key of the team is rotated", &company);
    month.types("plan", 0);
    month.applies("");

    company.sre = "ana@example.com, dana@example.com";
    month.day("ben@example.com leaves, who held it through the team", &company);
    month.types("reach ben@example.com", 0);
    month.types("plan", 0);
    month.applies("");
    month.types("who payments/prod-eu", 0);

    company.ops = 3;
    month.day("So the team gets another key", &company);
    month.types("plan", 0);
    month.applies("");
    month.types("who payments/prod-eu", 0);

    company.payments = ("billing", Some("payments"));
    month.day("The project has another name from now on", &company);
    month.types("plan", 0);
    month.applies("");
    month.types("who billing/prod-eu", 0);

    company.shop = "billing";
    month.day("A cluster moves to another project, with its key", &company);
    month.types("plan", 0);
    month.applies("");

    company.web = "";
    month.day("By mistake, a team is emptied", &company);
    month.types("plan", 0);
    month.types("apply --auto-approve", 5);

    company.web = five;
    month.day("It is corrected, and the month ends as it was planned", &company);
    month.types("plan", 0);
    month.types("who", 0);
    insta::with_settings!({snapshot_path => "../snapshots", prepend_module_to_snapshot => false}, {
        insta::assert_snapshot!("month", month.transcript);
    });
}
