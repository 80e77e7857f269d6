//! Why a worker process that ended by itself or by the kernel did so, as far as memory is concerned: from its status, its last words
//! and the kernel's counters. It does not know what the worker did.

use sweep_job::MemoryEvidence;

/// What the kernel's counters of out-of-memory kills say of a process that was killed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Counted {
    /// One of them has grown.
    Kill(MemoryEvidence),
    /// None has grown.
    NoKill,
    /// There are none that can be read.
    Nothing,
}

/// How a process was ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Killer {
    /// SIGKILL, and this program did not send it.
    Another,
    /// Anything else.
    None,
}

/// What is known of a death.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Death {
    /// In words.
    pub(super) how: String,
    /// Its last words, or of them the line that says it all.
    pub(super) last_words: Vec<String>,
    /// Whether it was for want of memory.
    pub(super) out_of_memory: Option<MemoryEvidence>,
}

/// Judges a process that ended `how`, by what its log says at its end and by what the kernel `counted` since its start.
pub(super) fn judge(
    how: String,
    killer: Killer,
    last_words: Vec<String>,
    counted: impl FnOnce() -> Counted,
) -> Death {
    if let Some(line) = last_words.iter().find(|line| tells_of_an_allocation(line)) {
        let out_of_memory = Some(MemoryEvidence::AllocationFailed);
        return Death { how, last_words: vec![line.clone()], out_of_memory };
    }
    let (how, out_of_memory) = match killer {
        Killer::None => (how, None),
        Killer::Another => match counted() {
            Counted::Kill(evidence) => (how, Some(evidence)),
            Counted::NoKill => (how + NOT_THE_KERNEL, None),
            Counted::Nothing => (how + PERHAPS_THE_KERNEL, None),
        },
    };
    Death { how, last_words, out_of_memory }
}

const NOT_THE_KERNEL: &str = ", and not by the kernel for want of memory: it counted no such kill";
const PERHAPS_THE_KERNEL: &str =
    "; the usual reason is the kernel's out-of-memory killer, whose count cannot be read here";

/// What Rust's runtime writes before it aborts, and how the system's error reads (ENOMEM), as where no thread can be started.
fn tells_of_an_allocation(line: &str) -> bool {
    (line.contains("memory allocation of ") && line.contains(" bytes failed"))
        || line.contains("Cannot allocate memory (os error 12)")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(how: &str, killer: Killer, last_words: &[&str], counted: Counted) -> Death {
        let last_words: Vec<String> = last_words.iter().map(|line| (*line).to_owned()).collect();
        judge(how.to_owned(), killer, last_words, || counted)
    }

    #[test]
    fn only_a_kill_by_another_is_held_against_the_counters() {
        let kill = Counted::Kill(MemoryEvidence::KillInGroup);
        let killed = judged("killed", Killer::Another, &[], kill);
        assert_eq!(killed.out_of_memory, Some(MemoryEvidence::KillInGroup));
        assert_eq!(judged("killed", Killer::None, &[], kill).out_of_memory, None);
    }

    #[test]
    fn an_allocation_that_failed_is_known_by_its_words() {
        let aborted = |words: &str| {
            let death = judged(
                "killed by signal 6 (SIGABRT)",
                Killer::None,
                &["INFO epoch 1", words],
                Counted::Nothing,
            );
            assert_eq!(death.last_words.len(), if death.out_of_memory.is_some() { 1 } else { 2 });
            death
        };
        let failed = Some(MemoryEvidence::AllocationFailed);
        assert_eq!(aborted("memory allocation of 4096 bytes failed").out_of_memory, failed);
        assert_eq!(aborted("Error: Cannot allocate memory (os error 12)").out_of_memory, failed);
        assert_eq!(aborted("free(): invalid pointer").out_of_memory, None);
    }

    #[test]
    fn a_kill_without_evidence_is_not_said_to_be_one_for_memory() {
        let words = [Counted::NoKill, Counted::Nothing]
            .map(|counted| judged("killed by signal 9 (SIGKILL)", Killer::Another, &[], counted));
        assert!(words.iter().all(|death| death.out_of_memory.is_none()));
        insta::assert_snapshot!(words.map(|death| death.how).join("\n"), @"
        killed by signal 9 (SIGKILL), and not by the kernel for want of memory: it counted no such kill
        killed by signal 9 (SIGKILL); the usual reason is the kernel's out-of-memory killer, whose count cannot be read here
        ");
    }
}
