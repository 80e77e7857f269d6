//! One combination of values: defaults, what applies, and the job that it is. Knows nothing of where values come from.

use sweep_job::{Activation, JobSpec, ModelKind, Setting, SettingContext, SettingKind, SettingValue};

use crate::{
    check::{Condition, Soundness, Term},
    setting::{SettingSet, required},
};

/// The values that settings were given.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Combination([Option<SettingValue>; Setting::COUNT]);

impl Default for Combination {
    fn default() -> Self {
        Self([None; Setting::COUNT])
    }
}

impl Combination {
    pub(crate) fn set(&mut self, setting: Setting, value: SettingValue) {
        self.0[setting.place()] = Some(value);
    }

    fn given(&self, setting: Setting) -> Option<SettingValue> {
        self.0[setting.place()]
    }

    /// The value that counts: the given one or the default. `None` if the setting does not apply, or is missing.
    pub(crate) fn get(&self, setting: Setting) -> Option<SettingValue> {
        self.get_among(setting, self.context())
    }

    /// All values that count.
    pub(crate) fn values(&self) -> impl Iterator<Item = (Setting, SettingValue)> {
        let context = self.context();
        Setting::all().filter_map(move |setting| Some((setting, self.get_among(setting, context)?)))
    }

    fn get_among(&self, setting: Setting, context: SettingContext<'_>) -> Option<SettingValue> {
        if !setting.applies(context) {
            return None;
        }
        match self.given(setting) {
            Some(SettingValue::Switch(true)) if setting.kind() == SettingKind::MaxNorm => {
                context.model.map(|model| SettingValue::Bounds(model.default_max_norm()))
            }
            Some(value) => Some(value),
            None => setting.default_for(context.model, context.optimizer),
        }
    }

    /// The settings that this job can use.
    pub(crate) fn applicable(&self) -> SettingSet {
        let context = self.context();
        Setting::all().filter(|setting| setting.applies(context)).fold(SettingSet::EMPTY, SettingSet::with)
    }

    fn context(&self) -> SettingContext<'static> {
        SettingContext {
            model: self.model(),
            activation: self.name(Setting::ACTIVATION),
            optimizer: self.optimizer(),
            momentum: match self.given(Setting::MOMENTUM) {
                Some(SettingValue::Number(momentum)) => momentum,
                _ => 0.0,
            },
        }
    }

    fn name(&self, setting: Setting) -> Option<&'static str> {
        match self.given(setting) {
            Some(SettingValue::Name(name)) => Some(name),
            _ => None,
        }
    }

    fn model(&self) -> Option<ModelKind> {
        self.name(Setting::MODEL).and_then(ModelKind::named)
    }

    fn optimizer(&self) -> &'static str {
        let default = || match Setting::OPTIMIZER.default_for(None, "") {
            Some(SettingValue::Name(name)) => name,
            _ => "",
        };
        self.name(Setting::OPTIMIZER).unwrap_or_else(default)
    }

    /// The job, if no setting is missing. Its initial weights are a number, for the caller to look up.
    pub(crate) fn job(&self) -> Option<(JobSpec, Option<u32>)> {
        let mut spec = JobSpec::lab(self.model()?, Activation::Relu);
        if required().any(|setting| self.given(setting).is_none()) {
            return None;
        }
        let mut weights = None;
        for (setting, value) in self.values() {
            match value {
                SettingValue::File(number) => weights = Some(number),
                // A specification does not hold the default of such a setting.
                _ if setting.is_of_more() && self.given(setting).is_none() => {}
                value => setting.set(&mut spec, value),
            }
        }
        Some((spec, weights))
    }
}

impl Condition {
    /// Whether all terms hold. A condition with mistakes holds for no job: it would hold for too many.
    pub(crate) fn holds(&self, combination: &Combination) -> bool {
        self.soundness == Soundness::Sound && self.terms.iter().all(|term| term.holds(combination))
    }
}

impl Term {
    /// Whether the job has one of the values. A setting that it cannot use has none.
    pub(crate) fn holds(&self, combination: &Combination) -> bool {
        let Some(value) = combination.get(self.setting) else { return false };
        if self.contains(value) {
            return true;
        }
        // `max_norm = true` stands for the bounds of the job's own model.
        let SettingValue::Bounds(bounds) = value else { return false };
        combination.model().is_some_and(|model| model.default_max_norm() == bounds)
            && self.contains(SettingValue::Switch(true))
    }

    fn contains(&self, value: SettingValue) -> bool {
        self.any_of.binary_search(&value.bits()).is_ok()
    }
}
