//! Answers that are kept as long as the database has the same content. It asks nothing itself.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use super::Version;

/// The answers to questions of one kind. Only those of the latest version are kept, and no more than so many.
pub(super) struct Kept<Q, A> {
    most: usize,
    latest: Mutex<Latest<Q, A>>,
}

struct Latest<Q, A> {
    version: Option<Version>,
    /// The one that was asked for last comes last.
    answers: VecDeque<(Q, Slot<A>)>,
}

/// Locked while the answer is being found, so that others wait for it instead of finding it too.
type Slot<A> = Arc<Mutex<Option<Arc<A>>>>;

impl<Q: PartialEq, A> Kept<Q, A> {
    pub(super) const fn new(most: usize) -> Self {
        Self { most, latest: Mutex::new(Latest { version: None, answers: VecDeque::new() }) }
    }

    /// The answer to `question` in `version`: a kept one, or else what `find` finds. Without a version it is always found anew.
    ///
    /// # Errors
    /// Those of `find`; the next who asks tries again.
    pub(super) fn answer<E>(
        &self,
        version: Option<Version>,
        question: Q,
        find: impl FnOnce() -> Result<A, E>,
    ) -> Result<Arc<A>, E> {
        let Some(slot) = version.and_then(|version| self.slot(version, question)) else {
            return find().map(Arc::new);
        };
        let mut answer = unpoisoned(&slot);
        if let Some(known) = &*answer {
            return Ok(Arc::clone(known));
        }
        let found = Arc::new(find()?);
        *answer = Some(Arc::clone(&found));
        Ok(found)
    }

    /// Where the answer is, or will be. `None` for a version that is past: who began to read before others recorded something.
    fn slot(&self, version: Version, question: Q) -> Option<Slot<A>> {
        let mut latest = unpoisoned(&self.latest);
        if latest.version > Some(version) {
            return None;
        }
        if latest.version < Some(version) {
            *latest = Latest { version: Some(version), answers: VecDeque::new() };
        }
        let known = latest.answers.iter().position(|(known, _)| *known == question);
        let entry = known.and_then(|place| latest.answers.remove(place));
        let (question, slot) = entry.unwrap_or_else(|| (question, Slot::default()));
        latest.answers.push_back((question, Arc::clone(&slot)));
        if latest.answers.len() > self.most {
            latest.answers.pop_front();
        }
        Some(slot)
    }
}

/// What a thread that panicked left behind is whole: an answer is there, or it is not.
fn unpoisoned<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test that cannot go on may panic")]
mod tests {
    use std::{
        convert::Infallible,
        sync::{
            Barrier,
            atomic::{AtomicUsize, Ordering},
        },
        thread,
        time::Duration,
    };

    use super::*;
    use crate::database::version::version;

    /// What is answered, and whether it had to be found.
    fn ask(kept: &Kept<u32, u32>, at: Option<Version>, question: u32) -> (u32, bool) {
        let mut is_found = false;
        let find = || -> Result<u32, Infallible> {
            is_found = true;
            Ok(10 * question)
        };
        let answer = *kept.answer(at, question, find).unwrap();
        (answer, is_found)
    }

    #[test]
    fn an_answer_is_kept_until_the_next_version() {
        let kept = Kept::new(9);
        assert_eq!(ask(&kept, version(1), 4), (40, true));
        assert_eq!(ask(&kept, version(1), 4), (40, false));
        assert_eq!(ask(&kept, version(1), 5), (50, true));
        assert_eq!(ask(&kept, version(2), 4), (40, true));
        // Who is late neither gets the new answers nor drives them out.
        assert_eq!(ask(&kept, version(1), 4), (40, true));
        assert_eq!(ask(&kept, version(2), 4), (40, false));
        assert_eq!(ask(&kept, None, 4), (40, true));
    }

    #[test]
    fn no_more_answers_are_kept_than_there_is_room_for() {
        let kept = Kept::new(2);
        for question in [1, 2, 1, 3] {
            ask(&kept, version(1), question);
        }
        // The one that was not asked for again went.
        assert_eq!([1, 3].map(|question| ask(&kept, version(1), question).1), [false; 2]);
        assert!(ask(&kept, version(1), 2).1);
    }

    #[test]
    fn what_many_ask_at_once_is_found_once() {
        let (kept, finds, gate) = (Kept::new(9), AtomicUsize::new(0), Barrier::new(8));
        let find = || -> Result<u32, Infallible> {
            finds.fetch_add(1, Ordering::Relaxed);
            thread::sleep(Duration::from_millis(50));
            Ok(7)
        };
        thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    gate.wait();
                    assert_eq!(*kept.answer(version(1), 1, find).unwrap(), 7);
                });
            }
        });
        assert_eq!(finds.into_inner(), 1);
    }

    #[test]
    fn a_failure_is_not_kept() {
        let kept = Kept::<u32, u32>::new(9);
        assert_eq!(kept.answer(version(1), 4, || Err("no disk")), Err("no disk"));
        assert_eq!(ask(&kept, version(1), 4), (40, true));
    }
}
