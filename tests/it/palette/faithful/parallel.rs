//! Many connections at once: each request is answered as if it were alone.

use std::collections::BTreeSet;
use std::thread;

use serde_json::json;

use super::super::example::{OPS, fake_with};
use super::super::fake::Switches;
use super::client::{Client, Reply, post};

const THREADS: usize = 8;

#[test]
fn of_many_that_want_a_name_one_gets_it() {
    let (fake, project) = fake_with(Switches::default());
    let create = |name: &str| {
        let body = json!({"metadata": {"name": name}, "spec": {"publicKey": OPS}});
        Client::of(&fake).send(&post("/v1/users/assets/sshkeys", &body).of(&project))
    };
    let replies = thread::scope(|scope| {
        let threads = (0..THREADS)
            .map(|number| scope.spawn(move || [create("the-same"), create(&format!("key-{number}"))]));
        let threads: Vec<_> = threads.collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect::<Vec<_>>()
    });
    let created: BTreeSet<_> = replies.iter().filter(|reply| reply.status == 201).map(Reply::uid).collect();
    assert_eq!(created.len(), THREADS + 1);
    assert_eq!(replies.iter().filter(|reply| reply.status == 409).count(), THREADS - 1);
}
