//! A row of the table of settings.

use sweep_networks::{ModelKind, SettingKind, SettingValue};

use super::applies::Applies;
use crate::JobSpec;

/// All that is declared of a setting.
#[derive(Clone, Copy)]
pub(super) struct Row {
    /// The name in sweep files and in the database.
    pub(super) name: &'static str,
    pub(super) short_name: &'static str,
    pub(super) kind: SettingKind,
    pub(super) default: Default,
    pub(super) applies: Applies,
    pub(super) place: Place,
    /// What the documentation says of its values besides their bounds.
    pub(super) about: &'static str,
    pub(super) is_quiet: bool,
    /// The version of the database that first has a column for it.
    pub(super) since: u32,
}

/// What jobs have that do not set a setting. Defaults are part of what old specifications mean: they never change.
#[derive(Clone, Copy)]
pub(super) enum Default {
    /// A sweep file must set it.
    Required,
    Value(SettingValue),
    OfModel(fn(ModelKind) -> SettingValue),
    /// By the name of the optimizer.
    OfOptimizer(fn(&str) -> SettingValue),
    /// The one that each network's file declares, by the network's place in the list; `None` if it declares none.
    OfNetwork([Option<SettingValue>; ModelKind::ALL.len()]),
}

/// Where a specification keeps a setting.
#[derive(Clone, Copy)]
pub(super) enum Place {
    /// In a field of its own.
    Field {
        /// `None` for a job that does not have the setting.
        get: fn(&JobSpec) -> Option<SettingValue>,
        set: fn(&mut JobSpec, SettingValue),
    },
    /// Among the further settings, under its name.
    More,
}

impl Row {
    pub(super) const fn new(name: &'static str, kind: SettingKind, default: Default) -> Self {
        Self {
            name,
            short_name: name,
            kind,
            default,
            applies: Applies::Always,
            place: Place::More,
            about: "",
            is_quiet: false,
            since: 1,
        }
    }

    pub(super) const fn field(
        mut self,
        get: fn(&JobSpec) -> Option<SettingValue>,
        set: fn(&mut JobSpec, SettingValue),
    ) -> Self {
        self.place = Place::Field { get, set };
        self
    }

    pub(super) const fn applies(mut self, applies: Applies) -> Self {
        self.applies = applies;
        self
    }

    pub(super) const fn about(mut self, about: &'static str) -> Self {
        self.about = about;
        self
    }

    pub(super) const fn short(mut self, short_name: &'static str) -> Self {
        self.short_name = short_name;
        self
    }

    pub(super) const fn quiet(mut self) -> Self {
        self.is_quiet = true;
        self
    }

    pub(super) const fn since(mut self, version: u32) -> Self {
        self.since = version;
        self
    }
}
