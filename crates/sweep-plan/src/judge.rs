//! Mistakes that only the jobs show: blocks that match nothing, settings without effect, settings that are missing.

use sweep_job::{InitialWeights, ModelKind, Setting, SettingContext, SettingValue};

use crate::{
    check::{Axis, Checked, Condition, Row, Soundness, Term},
    limits::MOST_COMPARISONS,
    mistake::{Mistake, MistakeKind},
    observe::Observed,
    setting::{SettingSet, required},
    show::AxisValue,
    source::Place,
    suggest::listed,
    sweep::{Group, Origin, Sweep, row_has, shared_axes},
};

/// So many values of the jobs are told beside one that none of them has.
const MOST_TOLD: usize = 8;

/// So many blocks that match nothing are explained, since each costs a walk through all combinations.
const MOST_EXPLAINED: usize = 20;

/// What the file alone, without overrides, is judged by.
pub(crate) struct Judge<'a> {
    pub(crate) checked: &'a Checked,
    pub(crate) sweep: &'a Sweep<'a>,
    pub(crate) weights: &'a [InitialWeights],
    /// Settings of which nothing may be concluded.
    pub(crate) doubtful: SettingSet,
}

impl Judge<'_> {
    /// The mistakes that `observed` shows.
    pub(crate) fn mistakes(&self, observed: &Observed) -> Vec<Mistake> {
        let mut mistakes: Vec<Mistake> =
            self.sweep.groups.iter().flat_map(|group| self.open_axes(group)).collect();
        mistakes.extend(self.unmatched(observed));
        if observed.kept > 0 {
            mistakes.extend(self.without_effect(observed));
        }
        mistakes
    }

    /// Blocks that match no job.
    fn unmatched(&self, observed: &Observed) -> Vec<Mistake> {
        let rules = self.sweep.rules.iter().zip(&observed.rule_uses).enumerate();
        let whens = rules
            .filter(|(_, (_, uses))| uses.is_none())
            .map(|(number, (rule, _))| ("[[when]] block", rule.condition, number));
        let excludes = self.sweep.excludes.iter().zip(&observed.exclude_matches);
        let excludes = excludes
            .filter(|(_, matches)| !**matches)
            .map(|(condition, _)| ("[[exclude]] block", condition, self.sweep.rules.len()));
        let walk = self.sweep.combinations().saturating_mul(1 + self.sweep.rules.len() as u64);
        let most_explained = MOST_EXPLAINED.min((MOST_COMPARISONS / walk.max(1)) as usize);
        let certain = whens.chain(excludes).filter(|(_, condition, _)| !self.is_in_doubt(condition));
        certain
            .enumerate()
            .map(|(index, (block, condition, rules))| match index {
                index if index < most_explained => self.explained(block, condition, rules),
                _ => Mistake::new(MistakeKind::MatchesNothing { block }, condition.header),
            })
            .collect()
    }

    fn is_in_doubt(&self, condition: &Condition) -> bool {
        let in_doubt = |term: &Term| {
            self.doubtful.contains(term.setting) || self.doubtful.contains_any(term.setting.depends_on())
        };
        condition.soundness == Soundness::Mistaken || condition.terms.iter().any(in_doubt)
    }

    /// Axes of several values that a row leaves open.
    fn open_axes(&self, group: &Group<'_>) -> Vec<Mistake> {
        let Origin::Row(number) = group.origin else { return Vec::new() };
        let row = &self.checked.rows[number];
        let open = shared_axes(self.checked, row).filter(|axis| axis.values.len() > 1);
        let open = open.filter(|axis| self.row_can_use(row, axis.setting));
        let mistake = |axis: &Axis| {
            let setting = axis.setting.name();
            let help =
                format!("write `{setting} = ...` into the block; a list gives a job for each of its values");
            Mistake::new(MistakeKind::OpenRow { setting }, row.header)
                .context(axis.key, format!("this has {} values", axis.values.len()))
                .help(help)
        };
        open.map(mistake).collect()
    }

    /// Whether some values that the row can have let `setting` apply.
    fn row_can_use(&self, row: &Row, setting: Setting) -> bool {
        let names = |setting: Setting| -> Vec<&'static str> {
            let own = row.axes.iter().find(|axis| axis.setting == setting);
            let axis = own.or_else(|| shared_axes(self.checked, row).find(|axis| axis.setting == setting));
            let values = axis.map_or(&[][..], |axis| &axis.values);
            let name = |value: &SettingValue| match value {
                SettingValue::Name(name) => Some(*name),
                _ => None,
            };
            values.iter().filter_map(name).collect()
        };
        let can_use = |model, activation, optimizer| {
            setting.applies(SettingContext { model, activation, optimizer, momentum: f64::MAX })
        };
        let models = names(Setting::MODEL).into_iter().filter_map(ModelKind::named);
        let mut optimizers = names(Setting::OPTIMIZER);
        if optimizers.is_empty() {
            optimizers.push("adam");
        }
        models.map(Some).chain([None]).any(|model| {
            let activations = names(Setting::ACTIVATION).into_iter().map(Some).chain([None]);
            activations
                .into_iter()
                .any(|activation| optimizers.iter().any(|optimizer| can_use(model, activation, optimizer)))
        })
    }

    /// Why `condition` matches no job as the first `rules` rules leave it.
    fn explained(&self, block: &'static str, condition: &Condition, rules: usize) -> Mistake {
        let mut held = vec![false; condition.terms.len()];
        let mut seen: Vec<Vec<SettingValue>> = vec![Vec::new(); condition.terms.len()];
        self.sweep.each(rules, |combination| {
            for ((term, held), seen) in condition.terms.iter().zip(&mut held).zip(&mut seen) {
                *held |= term.holds(combination);
                if let Some(value) = combination.get(term.setting)
                    && seen.len() <= MOST_TOLD
                    && !seen.contains(&value)
                {
                    seen.push(value);
                }
            }
        });
        let mistake = |place| Mistake::new(MistakeKind::MatchesNothing { block }, place);
        let Some(never) = held.iter().position(|held| !held) else {
            return mistake(condition.header).label("some jobs match each of these, but none matches all");
        };
        let term = &condition.terms[never];
        self.tell(mistake(term.place), term.setting, &seen[never])
    }

    fn tell(&self, mistake: Mistake, setting: Setting, seen: &[SettingValue]) -> Mistake {
        let name = setting.name();
        let mistake = mistake.label(format!("no job has this {name}"));
        if seen.is_empty() {
            return match setting.condition() {
                Some(condition) => mistake.help(format!("`{name}` exists only where {condition}")),
                None => mistake,
            };
        }
        let told = seen.iter().take(MOST_TOLD).map(|value| AxisValue::new(*value, self.weights).in_file());
        let told = listed(told.chain((seen.len() > MOST_TOLD).then(|| "others".to_owned())), "or");
        mistake.help(format!("the jobs have {name} = {told}"))
    }

    /// Settings that were given for jobs of which none can use them.
    fn without_effect(&self, observed: &Observed) -> Vec<Mistake> {
        let mut mistakes = Vec::new();
        let mut report = |axis: &Axis, uses: SettingSet, block: &'static str| {
            if !uses.contains(axis.setting) && !self.doubtful.contains_any(axis.setting.depends_on()) {
                mistakes.extend(no_effect(axis.setting, axis.key, block));
            }
        };
        for axis in self.checked.grid.iter().chain(self.checked.zips.iter().flatten()) {
            report(axis, self.uses_of_shared(axis.setting, observed), "");
        }
        for (group, uses) in self.sweep.groups.iter().zip(&observed.group_uses) {
            if let Origin::Row(row) = group.origin {
                self.checked.rows[row].axes.iter().for_each(|axis| report(axis, *uses, "of this block "));
            }
        }
        for (rule, uses) in self.sweep.rules.iter().zip(&observed.rule_uses) {
            // A rule that matches nothing is a mistake already.
            let sound = rule.condition.soundness == Soundness::Sound;
            if let Some(uses) = uses.filter(|_| sound) {
                rule.set.iter().for_each(|axis| report(axis, uses, "of this block "));
            }
        }
        mistakes
    }

    /// What the jobs can use that take `setting` from the grid or a zip.
    fn uses_of_shared(&self, setting: Setting, observed: &Observed) -> SettingSet {
        let mut all = SettingSet::EMPTY;
        for (group, uses) in self.sweep.groups.iter().zip(&observed.group_uses) {
            match group.origin {
                Origin::Row(row) if row_has(&self.checked.rows[row], setting) => {}
                _ => all.merge(*uses),
            }
        }
        all
    }
}

/// Overrides that no job of the final sweep can use.
pub(crate) fn overrides_without_effect(
    overrides: &[Axis],
    observed: &Observed,
    doubtful: SettingSet,
) -> Vec<Mistake> {
    let mut uses = SettingSet::EMPTY;
    observed.group_uses.iter().for_each(|group| uses.merge(*group));
    let idle = overrides.iter().filter(|axis| {
        observed.kept > 0 && !uses.contains(axis.setting) && !doubtful.contains_any(axis.setting.depends_on())
    });
    idle.filter_map(|axis| no_effect(axis.setting, axis.key, "")).collect()
}

fn no_effect(setting: Setting, key: Place, block: &'static str) -> Option<Mistake> {
    let kind = MistakeKind::NoEffect { setting: setting.name(), condition: setting.condition()?, block };
    Some(Mistake::new(kind, key))
}

/// Settings without a default that jobs of the final sweep lack.
pub(crate) fn missing(
    sweep: &Sweep<'_>,
    observed: &Observed,
    doubtful: SettingSet,
    top: Place,
) -> Vec<Mistake> {
    let lacking = required().filter(|setting| !doubtful.contains(*setting));
    lacking
        .filter_map(|setting| {
            let (without, group) = observed.missing[setting.place()];
            let place = sweep.groups.get(group).and_then(|group| group.header).unwrap_or(top);
            let kind = MistakeKind::MissingSetting { setting: setting.name(), without, jobs: observed.kept };
            let help = format!("write `{} = ...` below [grid]", setting.name());
            (without > 0).then(|| Mistake::new(kind, place).help(help))
        })
        .collect()
}
