//! Walks through all combinations of a sweep and notes what takes effect. Makes no jobs and reports no mistakes.

use sweep_job::Setting;

use crate::{
    combination::Combination,
    setting::{SettingSet, required},
    sweep::Sweep,
};

/// What took effect.
#[derive(Debug)]
pub(crate) struct Observed {
    /// Combinations that were not excluded.
    pub(crate) kept: usize,
    /// Combinations that an `[[exclude]]` block removed.
    pub(crate) excluded: usize,
    /// For every group, the settings that some combination of it can use, excluded or not.
    pub(crate) group_uses: Vec<SettingSet>,
    /// For every rule, the settings that some combination can use that it matches; none where it matches none.
    pub(crate) rule_uses: Vec<Option<SettingSet>>,
    /// For every exclusion, whether it matches a combination.
    pub(crate) exclude_matches: Vec<bool>,
    /// For every setting, how many kept combinations miss it, and the group of the first of them.
    pub(crate) missing: [(usize, usize); Setting::COUNT],
}

/// Calls `keep` with every combination that is not excluded, as the rules leave it, in order.
pub(crate) fn observe(sweep: &Sweep<'_>, mut keep: impl FnMut(&Combination)) -> Observed {
    let mut observed = Observed {
        kept: 0,
        excluded: 0,
        group_uses: vec![SettingSet::EMPTY; sweep.groups.len()],
        rule_uses: vec![None; sweep.rules.len()],
        exclude_matches: vec![false; sweep.excludes.len()],
        missing: [(0, 0); Setting::COUNT],
    };
    let mut matched = Vec::with_capacity(sweep.rules.len());
    for (group_number, group) in sweep.groups.iter().enumerate() {
        group.each(|combination| {
            let mut combination = *combination;
            matched.clear();
            for (number, rule) in sweep.rules.iter().enumerate() {
                if rule.condition.holds(&combination) {
                    rule.apply(&mut combination);
                    matched.push(number);
                }
            }
            if observed.note(sweep, group_number, &matched, &combination) {
                keep(&combination);
            }
        });
    }
    observed
}

impl Observed {
    /// Whether the combination is kept.
    fn note(&mut self, sweep: &Sweep<'_>, group: usize, rules: &[usize], combination: &Combination) -> bool {
        let uses = combination.applicable();
        self.group_uses[group].merge(uses);
        for rule in rules {
            self.rule_uses[*rule].get_or_insert(SettingSet::EMPTY).merge(uses);
        }
        let mut is_excluded = false;
        for (matches, condition) in self.exclude_matches.iter_mut().zip(sweep.excludes) {
            // One that is known to match something need not be asked about a combination that is gone already.
            if (!is_excluded || !*matches) && condition.holds(combination) {
                *matches = true;
                is_excluded = true;
            }
        }
        if is_excluded {
            self.excluded += 1;
            return false;
        }
        self.kept += 1;
        for setting in required() {
            if combination.get(setting).is_none() {
                let (count, first) = &mut self.missing[setting.place()];
                if *count == 0 {
                    *first = group;
                }
                *count += 1;
            }
        }
        true
    }
}
