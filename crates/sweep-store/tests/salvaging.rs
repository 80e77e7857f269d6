//! What can be read of a damaged database becomes a new one, and no result in it is wrong.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on may panic")]

mod salvage_scene;
mod scene;

use std::{fs, path::Path};

use rusqlite::Connection;
use salvage_scene::*;
use scene::*;
use sha2::{Digest, Sha256};
use sweep_job::{JobEvent, JobId, PlannedJob, RunDetails};
use sweep_store::{Salvaged, Store, StoreError, holds_results, salvage, weights_dir};

#[test]
fn a_whole_database_comes_back_as_it_was() {
    let scene = whole(4096);
    let (_folder, new, outcome) = salvaged(&scene.path());
    let outcome = outcome.unwrap();
    let expected = Salvaged {
        sweeps: 2,
        results: FINISHED + 2,
        finished: FINISHED,
        epochs: 3 * FINISHED + 1,
        snapshots: 3 * FINISHED,
        waiting: 2,
        without_weights: planned_jobs()[..FINISHED].iter().map(|job| job.id).collect(),
        ..Salvaged::default()
    };
    assert_eq!(outcome, expected);
    assert_eq!(results(&new), results(&scene.path()));
    let (old, salvaged) = (statuses(&scene.path()), statuses(&new));
    assert_eq!(salvaged, old);
    let sweeps = |path: &Path| {
        let sweeps = Store::open_read_only(path).unwrap().sweeps().unwrap();
        sweeps
            .into_iter()
            .map(|sweep| (sweep.name, sweep.file_text, sweep.jobs, sweep.finished_jobs))
            .collect::<Vec<_>>()
    };
    assert_eq!(sweeps(&new), sweeps(&scene.path()));
    assert_eq!(Store::open_read_only(&new).unwrap().data_set(&identity()).unwrap().leaks, Some(leaks()));
    assert_clean(&new);
}

#[test]
fn weights_come_along_if_they_are_as_they_were_saved() {
    let scene = Scene::new();
    let jobs = seeds(2);
    let mut store = scene.with_sweep(&jobs);
    for job in &jobs {
        let mut events = life();
        let Some(JobEvent::Finished(outcome)) = events.last_mut() else { panic!("a life ends") };
        let weights = format!("weights of {}", job.id);
        let sha256: String = Sha256::digest(&weights).iter().map(|byte| format!("{byte:02x}")).collect();
        let selected = outcome.selected.as_mut().unwrap();
        for (snapshot, name) in
            [(&mut outcome.best, "best"), (selected, "selected"), (&mut outcome.last, "last")]
        {
            snapshot.weights.file = format!("{}/{name}", job.id);
            snapshot.weights.sha256.clone_from(&sha256);
            let path = weights_dir(&scene.path()).join(&snapshot.weights.file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, &weights).unwrap();
        }
        live(&mut store, &job.id, &events);
    }
    drop(store);
    fs::write(weights_dir(&scene.path()).join(format!("{}/last", jobs[1].id)), "damaged").unwrap();
    let (folder, new, outcome) = salvaged(&scene.path());
    let outcome = outcome.unwrap();
    assert_eq!((outcome.weights, outcome.without_weights), (5, vec![jobs[1].id]));
    let file =
        |job: &PlannedJob, name| fs::read_to_string(weights_dir(&new).join(format!("{}/{name}", job.id)));
    assert_eq!(file(&jobs[0], "last").unwrap(), format!("weights of {}", jobs[0].id));
    assert!(file(&jobs[1], "last").is_err() && file(&jobs[1], "best").is_ok());
    drop(folder);
}

/// Nothing that exists is replaced, and the damaged database stays as it is.
#[test]
fn what_is_in_the_way_stays_and_so_does_the_damaged_database() {
    let scene = whole(4096);
    let before = fs::read(scene.path()).unwrap();
    let folder = tempfile::TempDir::new().unwrap();
    let new = folder.path().join("new.db");
    for name in ["new.db", "new.weights", "new.db-wal"] {
        let taken = folder.path().join(name);
        fs::write(&taken, "mine").unwrap();
        let error = salvage(&scene.path(), &new, RunDetails::default()).unwrap_err();
        assert!(matches!(&error, StoreError::Exists { path } if *path == taken), "{error}");
        assert_eq!(fs::read_to_string(&taken).unwrap(), "mine");
        fs::remove_file(&taken).unwrap();
    }
    assert!(salvage(&scene.path(), &scene.path(), RunDetails::default()).is_err());
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    salvage(&scene.path(), &new, RunDetails::default()).unwrap();
    assert_eq!(fs::read(scene.path()).unwrap(), before);
}

#[test]
fn a_file_without_jobs_gives_nothing() {
    let scene = Scene::new();
    for content in [b"".to_vec(), vec![0; 8192], vec![0xff; 5000], b"SQLite format 3\0".repeat(1000)] {
        fs::write(scene.path(), content).unwrap();
        let (_folder, _, outcome) = salvaged(&scene.path());
        assert!(matches!(outcome, Err(StoreError::NothingToSalvage { .. })), "{outcome:?}");
        assert!(!holds_results(&scene.path()));
    }
}

/// Nothing of the first page is needed: neither where tables begin nor which version it is.
#[test]
fn a_lost_header_or_schema_costs_no_result() {
    for page_bytes in [4096, 512] {
        let scene = whole(page_bytes);
        let original = results(&scene.path());
        let bytes = fs::read(scene.path()).unwrap();
        for damaged in [0..16, 16..24, 18..19, 19..20, 60..64, 68..72, 0..100, 100..512] {
            let mut copy = bytes.clone();
            copy[damaged.clone()].fill(0xaa);
            // The size of pages is lost with the header, and taken to be the usual one.
            if page_bytes != 4096 && damaged.start < 18 {
                continue;
            }
            if damaged == (60..64) {
                copy[damaged.clone()].copy_from_slice(&1u32.to_be_bytes());
            }
            fs::write(scene.path(), &copy).unwrap();
            assert!(holds_results(&scene.path()));
            let (_folder, new, outcome) = salvaged(&scene.path());
            let outcome = outcome.unwrap_or_else(|error| panic!("{damaged:?}: {error}"));
            assert_eq!(
                (outcome.finished, outcome.results),
                (FINISHED, FINISHED + 2),
                "{damaged:?}: {outcome:?}"
            );
            assert_eq!(results(&new), original);
            assert_clean(&new);
        }
    }
}

/// A page costs what lies on it, and what lies on it alone.
#[test]
fn a_lost_page_costs_no_more_than_its_rows() {
    let scene = whole(512);
    let original = results(&scene.path());
    let bytes = fs::read(scene.path()).unwrap();
    let pages = bytes.len() / 512;
    assert!(pages > 60, "{pages}");
    let mut finished = Vec::new();
    for page in (0..pages).step_by(2) {
        let mut copy = bytes.clone();
        copy[page * 512..(page + 1) * 512].fill(if page % 4 == 0 { 0 } else { 0xff });
        fs::write(scene.path(), &copy).unwrap();
        let (_folder, new, outcome) = salvaged(&scene.path());
        let outcome = match outcome {
            Ok(outcome) => outcome,
            // With the header, the size of pages is lost.
            Err(StoreError::NothingToSalvage { .. }) if page == 0 => continue,
            Err(error) => panic!("page {page}: {error}"),
        };
        let found = results(&new);
        assert!(found.iter().all(|(job, result)| original[job] == *result), "page {page}");
        assert_eq!(outcome.finished, found.len());
        finished.push(found.len());
    }
    let most = finished.iter().filter(|count| **count + 2 >= FINISHED).count();
    assert!(10 * most >= 9 * finished.len(), "{finished:?}");
}

#[test]
fn the_first_part_of_a_file_gives_the_results_that_lie_in_it() {
    let scene = whole(512);
    let original = results(&scene.path());
    let bytes = fs::read(scene.path()).unwrap();
    let mut kept = Vec::new();
    for tenth in 0..10 {
        fs::write(scene.path(), &bytes[..bytes.len() * tenth / 10]).unwrap();
        let (_folder, new, outcome) = salvaged(&scene.path());
        if outcome.is_ok() {
            let found = results(&new);
            assert!(found.iter().all(|(job, result)| original[job] == *result));
            kept.push(found.len());
        }
    }
    assert!(kept.last().is_some_and(|kept| *kept > 0), "{kept:?}");
}

/// What was forgotten lies on free pages for a while.
#[test]
fn what_was_removed_does_not_come_back() {
    let scene = whole(512);
    let mut store = Store::open(&scene.path()).unwrap();
    let gone: Vec<JobId> = planned_jobs()[..5].iter().map(|job| job.id).collect();
    for job in &gone {
        let what = store.reader().to_forget(&job.to_string()).unwrap();
        store.forget(&what).unwrap();
    }
    drop(store);
    let (_folder, new, outcome) = salvaged(&scene.path());
    assert_eq!(outcome.unwrap().finished, FINISHED - 5);
    assert!(gone.iter().all(|job| !statuses(&new).contains_key(job)));
}

#[test]
fn what_only_the_log_holds_is_read_also_behind_damage() {
    let scene = Scene::new();
    let jobs = seeds(4);
    let mut store = scene.with_sweep(&jobs);
    for job in &jobs {
        live(&mut store, &job.id, &life());
    }
    let copy = Scene::new();
    let log = |scene: &Scene| scene.path().with_extension("db-wal");
    let bytes = fs::read(log(&scene)).unwrap();
    fs::copy(scene.path(), copy.path()).unwrap();
    fs::write(log(&copy), &bytes).unwrap();
    let original = results(&scene.path());
    let frame = 4096 + 24;
    for damaged in 0..=(bytes.len() - 32) / frame {
        let mut bytes = bytes.clone();
        // The header, then each frame.
        bytes[damaged.saturating_sub(1) * frame + if damaged == 0 { 20 } else { 32 + 300 }] ^= 0x10;
        fs::write(log(&copy), &bytes).unwrap();
        let (_folder, new, outcome) = salvaged(&copy.path());
        if outcome.is_ok() {
            let found = results(&new);
            assert!(found.iter().all(|(job, result)| original[job] == *result), "frame {damaged}");
        }
    }
    fs::write(log(&copy), &bytes).unwrap();
    assert_eq!(salvaged(&copy.path()).2.unwrap().finished, 4);
}

#[test]
fn earlier_versions_are_salvaged_too() {
    for version in [1, 2, 3, 4, 8] {
        let database =
            Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/databases/version_{version}.db"));
        let scene = Scene::new();
        fs::copy(&database, scene.path()).unwrap();
        let (_folder, new, outcome) = salvaged(&scene.path());
        let outcome = outcome.unwrap();
        assert_eq!((outcome.finished, outcome.results, outcome.waiting), (5, 7, 2), "{outcome:?}");
        assert!(outcome.left_out.is_empty() && outcome.queued_again.is_empty(), "{outcome:?}");
        drop(Store::open(&scene.path()).unwrap());
        assert_eq!(results(&new), results(&scene.path()));
    }
}

/// Labels have no checksum of their own: the predictions of the jobs are held against them.
#[test]
fn damaged_labels_take_their_jobs_with_them_and_damaged_predictions_only_their_own() {
    let scene = whole(4096);
    let all = fs::read(scene.path()).unwrap();
    Connection::open(scene.path())
        .unwrap()
        .execute("UPDATE data_set SET test_labels = zeroblob(length(test_labels))", [])
        .unwrap();
    let (_folder, _, outcome) = salvaged(&scene.path());
    let outcome = outcome.unwrap();
    assert_eq!((outcome.results, outcome.left_out.len()), (0, planned_jobs().len()), "{outcome:?}");
    fs::write(scene.path(), all).unwrap();
    Connection::open(scene.path())
        .unwrap()
        .execute("UPDATE snapshot SET logits = zeroblob(length(logits)) WHERE job = 2", [])
        .unwrap();
    let (_folder, new, outcome) = salvaged(&scene.path());
    let second = planned_jobs()[1].id;
    let why = "its stored predictions do not give the recorded accuracy".to_owned();
    assert_eq!(outcome.unwrap().queued_again, [(second, why)]);
    assert_eq!(statuses(&new)[&second], "queued");
}

#[test]
fn unreadable_leaks_of_a_data_set_cost_no_result() {
    for leaks in ["'{'", "'{}'", "CAST(x'ff' AS TEXT)", "7"] {
        let scene = whole(4096);
        scene.query(&format!("UPDATE data_set SET leaks = {leaks} RETURNING key"));
        let (_folder, new, outcome) = salvaged(&scene.path());
        let outcome = outcome.unwrap();
        assert_eq!((outcome.finished, outcome.left_out.len()), (FINISHED, 0), "{leaks}: {outcome:?}");
        assert_eq!(Store::open_read_only(&new).unwrap().data_set(&identity()).unwrap().leaks, None);
        assert_clean(&new);
    }
}

#[test]
fn a_finished_job_whose_status_is_damaged_is_told_of() {
    for status in ["queued", "running"] {
        let scene = whole(4096);
        scene.query(&format!("UPDATE job SET status = '{status}' WHERE key = 2 RETURNING key"));
        let (_folder, new, outcome) = salvaged(&scene.path());
        let outcome = outcome.unwrap();
        let second = planned_jobs()[1].id;
        assert_eq!(outcome.queued_again, [(second, "its status is damaged".to_owned())], "{outcome:?}");
        assert!(!outcome.is_complete());
        assert_eq!(statuses(&new)[&second], "queued");
    }
}

/// The version is at byte 60.
#[test]
fn a_flipped_bit_in_the_version_is_damage_and_a_near_version_is_newer() {
    let scene = whole(4096);
    let bytes = fs::read(scene.path()).unwrap();
    let known = u32::from_be_bytes(bytes[60..64].try_into().unwrap());
    for (version, is_newer) in [(known + 1, true), (999, true), (1000, false), (known | 1 << 24, false)] {
        let mut copy = bytes.clone();
        copy[60..64].copy_from_slice(&version.to_be_bytes());
        fs::write(scene.path(), copy).unwrap();
        let error = Store::open_to_check(&scene.path()).err().unwrap();
        assert_eq!(error.is_damage(), !is_newer, "{error}");
        let (_folder, _, outcome) = salvaged(&scene.path());
        match outcome {
            Err(StoreError::Newer { .. }) => assert!(is_newer, "{version}"),
            outcome => assert_eq!((outcome.unwrap().finished, is_newer), (FINISHED, false), "{version}"),
        }
    }
}
