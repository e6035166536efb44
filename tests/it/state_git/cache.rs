//! The cache, which is nobody's only copy.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use camino::Utf8Path;
use keyplan::state::store::StateStore;

use super::server::server;

#[test]
fn the_cache_may_be_deleted_or_torn_at_any_time() {
    let Some(server) = server() else { return };
    let tears: [fn(&Utf8Path); 5] = [
        |cache| fs::remove_dir_all(cache).unwrap(),
        |cache| fs::remove_dir_all(cache.join("objects")).unwrap(),
        |cache| fs::write(cache.join("HEAD"), "").unwrap(),
        |cache| fs::write(cache.join("shallow.lock"), "").unwrap(),
        |cache| {
            for entry in walkdir::WalkDir::new(cache.join("objects")).into_iter().map(Result::unwrap) {
                if entry.file_type().is_file() {
                    fs::remove_file(entry.path()).unwrap();
                    fs::write(entry.path(), "").unwrap();
                }
            }
        },
    ];
    let open = server.store("cache");
    for (number, tear) in tears.into_iter().enumerate() {
        for store in [&open, &server.store("cache")] {
            for step in 0..3 {
                let name = format!("log/{number}{step}.json");
                server.store("other").create(&name, b"x").unwrap();
                let _ = store.list("log", "");
                let names = store.list("log", "").unwrap();
                assert!(names.contains(&format!("{number}{step}.json")), "{number}: {names:?}");
                tear(&server.cache("cache"));
                match step {
                    0 => assert_eq!(store.get(&name).unwrap().unwrap(), b"x", "{number}"),
                    1 => assert!(!store.list("log", "").unwrap().is_empty(), "{number}"),
                    _ => {
                        assert_eq!(store.create(&name, b"y"), Ok(false), "{number}");
                        let new = format!("log/new{}.json", server.pushes());
                        assert_eq!(store.create(&new, b"y"), Ok(true), "{number}");
                    }
                }
            }
        }
    }
}

#[test]
fn others_cannot_read_the_cache() {
    let Some(server) = server() else { return };
    server.store("cache").list("log", "").unwrap();
    let mode = fs::metadata(server.files.root.join("cache")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o700);
}
