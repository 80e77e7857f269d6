//! What is multiplied with what: the checked file, with the overrides in place, as groups of axes. Knows no TOML.

use sweep_job::Setting;

use crate::{
    check::{Axis, Checked, Condition, Row, Shape},
    combination::Combination,
    source::Place,
};

/// A sweep, ready to be expanded.
#[derive(Debug)]
pub(crate) struct Sweep<'a> {
    /// The grid, if it gives jobs of its own, and behind it the rows.
    pub(crate) groups: Vec<Group<'a>>,
    pub(crate) rules: Vec<Rule<'a>>,
    pub(crate) excludes: &'a [Condition],
}

/// Blocks that are multiplied with each other; the last one varies fastest.
#[derive(Debug)]
pub(crate) struct Group<'a> {
    /// The header of the table that it comes from, if there is one.
    pub(crate) header: Option<Place>,
    pub(crate) origin: Origin,
    blocks: Vec<Block<'a>>,
}

/// Which table a group comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Origin {
    Grid,
    /// The row of this number.
    Row(usize),
}

/// Axes that vary together.
#[derive(Debug)]
struct Block<'a> {
    axes: Vec<&'a Axis>,
    length: usize,
}

/// A `[[when]]` block.
#[derive(Debug)]
pub(crate) struct Rule<'a> {
    pub(crate) condition: &'a Condition,
    pub(crate) set: Vec<&'a Axis>,
}

impl<'a> Sweep<'a> {
    /// The sweep of a file in which `overrides` stand in the place of every other value of their settings.
    pub(crate) fn new(checked: &'a Checked, overrides: &'a [Axis]) -> Self {
        let is_overridden = |setting| overrides.iter().any(|axis| axis.setting == setting);
        let mut groups = Vec::new();
        if grid_gives_jobs(checked) {
            groups.push(grid(checked, overrides));
        }
        // A row without settings is a mistake, and no job.
        let rows = checked.rows.iter().enumerate().filter(|(_, row)| !row.axes.is_empty());
        for (number, row) in rows {
            groups.push(row_group(checked, number, row, overrides));
        }
        let rule = |when: &'a crate::check::When| Rule {
            condition: &when.condition,
            set: when.set.iter().filter(|axis| !is_overridden(axis.setting)).collect(),
        };
        Self { groups, rules: checked.whens.iter().map(rule).collect(), excludes: &checked.excludes }
    }

    /// How many combinations there are, before any are removed.
    pub(crate) fn combinations(&self) -> u64 {
        self.groups.iter().fold(0, |sum, group| sum.saturating_add(group.count()))
    }

    /// How many blocks each combination is compared with.
    pub(crate) fn conditions(&self) -> u64 {
        (self.rules.len() + self.excludes.len()) as u64
    }

    /// The longest axis.
    pub(crate) fn longest_axis(&self) -> Option<&'a Axis> {
        let axes = self.groups.iter().flat_map(|group| &group.blocks).flat_map(|block| &block.axes);
        axes.copied().max_by_key(|axis| axis.values.len())
    }

    /// Calls `visit` with every combination as the first `rules` rules leave it.
    pub(crate) fn each(&self, rules: usize, mut visit: impl FnMut(&Combination)) {
        for group in &self.groups {
            group.each(|combination| {
                let mut combination = *combination;
                for rule in &self.rules[..rules] {
                    if rule.condition.holds(&combination) {
                        rule.apply(&mut combination);
                    }
                }
                visit(&combination);
            });
        }
    }
}

impl Rule<'_> {
    pub(crate) fn apply(&self, combination: &mut Combination) {
        for axis in &self.set {
            combination.set(axis.setting, axis.values[0]);
        }
    }
}

impl Group<'_> {
    fn count(&self) -> u64 {
        self.blocks.iter().fold(1, |product, block| product.saturating_mul(block.length as u64))
    }

    /// Calls `visit` with every combination, in order.
    pub(crate) fn each(&self, mut visit: impl FnMut(&Combination)) {
        let mut combination = Combination::default();
        let mut digits = vec![0; self.blocks.len()];
        self.blocks.iter().for_each(|block| block.apply(0, &mut combination));
        loop {
            visit(&combination);
            // Count up, the last digit first.
            let mut position = self.blocks.len();
            loop {
                if position == 0 {
                    return;
                }
                position -= 1;
                digits[position] = (digits[position] + 1) % self.blocks[position].length;
                self.blocks[position].apply(digits[position], &mut combination);
                if digits[position] > 0 {
                    break;
                }
            }
        }
    }
}

impl<'a> Block<'a> {
    fn single(axis: &'a Axis) -> Self {
        Self { axes: vec![axis], length: axis.values.len() }
    }

    fn apply(&self, index: usize, combination: &mut Combination) {
        for axis in &self.axes {
            combination.set(axis.setting, axis.values[index]);
        }
    }
}

/// A grid without lists beside rows holds only what the rows leave out.
fn grid_gives_jobs(checked: &Checked) -> bool {
    checked.rows.is_empty()
        || !checked.zips.is_empty()
        || checked.grid.iter().any(|axis| axis.shape != Shape::Single)
}

fn grid<'a>(checked: &'a Checked, overrides: &'a [Axis]) -> Group<'a> {
    let overriding = |setting| overrides.iter().find(|axis| axis.setting == setting);
    let mut blocks: Vec<Block<'a>> =
        checked.grid.iter().map(|axis| Block::single(overriding(axis.setting).unwrap_or(axis))).collect();
    for zip in &checked.zips {
        let axes: Vec<&Axis> = zip.iter().filter(|axis| overriding(axis.setting).is_none()).collect();
        if let Some(first) = axes.first() {
            blocks.push(Block { length: first.values.len(), axes });
        }
    }
    let in_grid = |setting| checked.grid.iter().any(|axis| axis.setting == setting);
    blocks.extend(overrides.iter().filter(|axis| !in_grid(axis.setting)).map(Block::single));
    let zip_header = || checked.zips.iter().flatten().map(|axis| axis.key).next();
    Group { header: checked.grid_header.or_else(zip_header), origin: Origin::Grid, blocks }
}

fn row_group<'a>(checked: &'a Checked, number: usize, row: &'a Row, overrides: &'a [Axis]) -> Group<'a> {
    let overridden = |setting| overrides.iter().any(|axis| axis.setting == setting);
    let defaults = shared_axes(checked, row).filter(|axis| axis.values.len() == 1);
    let axes = defaults.chain(&row.axes).filter(|axis| !overridden(axis.setting)).chain(overrides);
    Group { header: Some(row.header), origin: Origin::Row(number), blocks: axes.map(Block::single).collect() }
}

/// The axes of grid and zips that a row does not set itself.
pub(crate) fn shared_axes<'a>(checked: &'a Checked, row: &'a Row) -> impl Iterator<Item = &'a Axis> {
    let all = checked.grid.iter().chain(checked.zips.iter().flatten());
    all.filter(|axis| !row_has(row, axis.setting))
}

/// Whether a row sets a setting itself.
pub(crate) fn row_has(row: &Row, setting: Setting) -> bool {
    row.axes.iter().any(|axis| axis.setting == setting)
}
