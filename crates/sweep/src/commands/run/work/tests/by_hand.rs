//! Work that is driven by hand, call by call.

use super::*;

/// The seeds of the next bundle, and its order.
fn next(work: &mut Work<'_>) -> (Vec<u64>, BundleOrder) {
    let Supply::Bundle(order) = work.next_bundle(NonZeroUsize::MIN).unwrap() else {
        panic!("nothing is due")
    };
    (order.bundle.jobs().map(|job| job.spec.seed).collect(), *order)
}

#[test]
fn a_training_without_room_is_tried_so_often() {
    let jobs = jobs(&[(4, 2)]);
    let (_folder, mut store) = recorded(&jobs);
    let (one, other) = (Slot::default(), jobs[1].id);
    let mut work = work(jobs, 1, &mut store);
    let (no_room, mut pauses) = (out_of_memory(MemoryEvidence::OnDevice), Vec::new());
    loop {
        work.waiting.iter_mut().for_each(|portion| portion.not_before = None);
        let (_, order) = next(&mut work);
        let job = order.bundle.jobs().next().unwrap().id;
        for event in &events(&order.bundle, Fate::Dies) {
            work.hear(RunEvent::Job { slot: one, job, event: &event.1 }).unwrap();
        }
        let heard = work.hear(RunEvent::Job { slot: one, job, event: &no_room }).unwrap();
        assert_eq!(heard.trains_again, heard.rest.is_some());
        assert_ne!(job, other, "the costliest first");
        let Some(rest) = heard.rest else { break };
        pauses.push(rest.as_secs());
    }
    assert_eq!(pauses, [2, 4, 8, 16, 32, 60]);
    assert_eq!(work.failures, 1);
    // An epoch elsewhere shows that the run goes on, and the count begins anew.
    let mut shortage = Shortage::new(1);
    (0..6).for_each(|_| assert!(shortage.found(one, 0).is_some()));
    assert_eq!(shortage.found(one, 0), None);
    shortage.trained(one);
    let pause = shortage.found(one, 0).map(|wait| (wait.pause.as_secs(), wait.is_news));
    assert_eq!(pause, Some((2, true)));
    assert_eq!(Shortage::new(0).found(one, 0), None, "without retries");
}

#[test]
fn what_is_tried_again_did_not_fail() {
    let jobs = jobs(&[(4, 2)]);
    let (_folder, mut store) = recorded(&jobs);
    let mut work = work(jobs.clone(), 2, &mut store);
    let slot = Slot::default();
    let died = JobEvent::Failed(FailureReason::WorkerDied { how: "exit code 1".into() });
    for failure in [out_of_memory(MemoryEvidence::OnDevice), died] {
        work.waiting.iter_mut().for_each(|portion| portion.not_before = None);
        work.widths = Widths::new(&work.assignment.trainings, |_| 2);
        let (_, order) = next(&mut work);
        for (job, event) in events(&order.bundle, Fate::Dies) {
            work.hear(RunEvent::Job { slot, job, event: &event }).unwrap();
        }
        for job in &jobs {
            let heard = work.hear(RunEvent::Job { slot, job: job.id, event: &failure }).unwrap();
            assert_eq!(heard, Heard { trains_again: true, rest: None });
        }
    }
    assert_eq!(work.failures, 0);
}

#[test]
fn one_without_retries_left_stays_alone_when_it_is_interrupted() {
    let jobs = jobs(&[(4, 4)]);
    let (_folder, mut store) = recorded(&jobs);
    let mut work = work(jobs, 4, &mut store);
    let (all, order) = next(&mut work);
    assert_eq!(all, [0, 1, 2, 3]);
    let used_up = work.assignment.trainings.iter().position(|it| it.jobs[0].spec.seed == 2).unwrap();
    work.retries.so_far.insert(used_up, 2);
    work.take_back(order).unwrap();
    assert_eq!([next(&mut work).0, next(&mut work).0], [vec![0, 1, 3], vec![2]]);
}

#[test]
fn what_a_dead_run_held_is_trained_side_by_side() {
    let jobs = jobs(&[(4, 4)]);
    let ids: Vec<JobId> = jobs.iter().map(|job| job.id).collect();
    let (_folder, mut store) = recorded(&jobs);
    let mut other = Store::open(store.reader().path()).unwrap();
    other.claim(&ids).unwrap();
    let mut work = work(jobs, 3, &mut store);
    for _ in 0..2 {
        assert!(matches!(work.next_bundle(NonZeroUsize::MIN).unwrap(), Supply::Later));
    }
    assert_eq!((work.held_elsewhere.len(), work.waiting.len()), (4, 0));
    drop(other);
    assert_eq!([next(&mut work).0, next(&mut work).0], [vec![0, 1, 2], vec![3]]);
    assert!(matches!(work.next_bundle(NonZeroUsize::MIN).unwrap(), Supply::Exhausted));
}
