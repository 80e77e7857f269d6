//! Measures of predictions and scores, and the axes of a grid, against the golden numbers.

use sweep_report::statistics::{
    axes::axis_effects,
    confusion::ConfusionMatrix,
    kappa::cohens_kappa,
    logits::{log_odds, predicted_classes},
    roc::{macro_auc, roc_auc},
    subjects::accuracy_of_subjects,
};

use crate::golden::{assert_close, assert_near, assert_option, cases, part, places, real, reals, whole};

#[test]
fn guessing_of_subjects_agrees_with_scipy() {
    for case in cases(&part("subjects")) {
        let labels: Vec<usize> = places(&case["classes"])
            .into_iter()
            .enumerate()
            .flat_map(|(class, trials)| std::iter::repeat_n(class, trials))
            .collect();
        let correct = whole(&case["correct"]) as usize;
        let is_correct: Vec<bool> = (0..labels.len()).map(|trial| trial < correct).collect();
        // Trials of another subject, of other classes, change nothing.
        let subjects = [vec![4; labels.len()], vec![7; 30]].concat();
        let labels = [labels, vec![5; 30]].concat();
        let is_correct = [is_correct, vec![false; 30]].concat();
        let found = accuracy_of_subjects(&subjects, &labels, &is_correct, 0.95).unwrap();
        assert_eq!((found[0].subject, found[0].correct), (4, correct as u64));
        assert_option(found[0].chance, &case["chance"]);
        match (found[0].p_value, case["p_value"].as_f64()) {
            (Some(found), Some(expected)) => assert_close(found, expected),
            both => assert_eq!(both, (None, None)),
        }
    }
}

#[test]
fn agreement_agrees_with_scikit_learn_and_statsmodels() {
    for case in cases(&part("agreement")) {
        let classes = whole(&case["classes"]) as usize;
        let matrix =
            ConfusionMatrix::new(&places(&case["labels"]), &places(&case["predicted"]), classes).unwrap();
        for (label, row) in cases(&case["matrix"]).iter().enumerate() {
            for (predicted, count) in places(row).into_iter().enumerate() {
                assert_eq!(matrix.count(label, predicted), count as u64);
            }
        }
        assert_close(matrix.accuracy(), real(&case["accuracy"]));
        assert_close(matrix.balanced_accuracy(), real(&case["balanced"]));
        let measures = matrix.measures();
        let agree = |name: &str, found: Vec<Option<f64>>| {
            assert_eq!(found.len(), classes);
            for (found, expected) in found.into_iter().zip(cases(&case[name])) {
                assert_option(found, expected);
            }
        };
        agree("sensitivity", measures.iter().map(|measures| measures.sensitivity).collect());
        agree("precision", measures.iter().map(|measures| measures.precision).collect());
        agree("f1", measures.iter().map(|measures| measures.f1).collect());
        let kappa = cohens_kappa(&matrix, 0.95).unwrap();
        assert_near(kappa.kappa, real(&case["kappa"]));
        assert_near(kappa.standard_error, case["standard_error"].as_f64().unwrap_or(0.0));
        assert_option(kappa.interval.map(|interval| interval.low), &case["interval"][0]);
        assert_option(kappa.interval.map(|interval| interval.high), &case["interval"][1]);
    }
}

#[test]
fn areas_agree_with_scikit_learn_and_delongs_definition() {
    for case in cases(&part("roc")) {
        let of_class: Vec<bool> =
            cases(&case["of_class"]).iter().map(|value| value.as_bool().unwrap()).collect();
        let auc = roc_auc(&reals(&case["scores"]), &of_class, 0.95).unwrap();
        assert_close(auc.area, real(&case["area"]));
        assert_option(auc.standard_error, &case["standard_error"]);
        assert_option(auc.interval.map(|interval| interval.low), &case["interval"][0]);
        assert_option(auc.interval.map(|interval| interval.high), &case["interval"][1]);
    }
}

#[test]
fn scores_of_logits_agree_with_softmax() {
    for case in cases(&part("macro_roc")) {
        let classes = whole(&case["classes"]) as usize;
        let logits = reals(&case["logits"]);
        assert_eq!(predicted_classes(&logits, classes).unwrap(), places(&case["predicted"]));
        let odds = log_odds(&logits, classes).unwrap();
        for (found, expected) in odds.iter().zip(reals(&case["log_odds"])) {
            assert_near(*found, expected);
        }
        let area = macro_auc(&odds, &places(&case["labels"]), classes).unwrap();
        assert_close(area, real(&case["area"]));
    }
}

#[test]
fn axes_agree_with_analysis_of_variance() {
    for case in cases(&part("axes")) {
        let rows: Vec<Vec<usize>> = cases(&case["rows"]).iter().map(places).collect();
        let axes = axis_effects(&rows, &reals(&case["responses"]), 0.95).unwrap();
        assert_eq!(axes.axes.len(), 3);
        for ((axis, share), means) in axes.axes.iter().zip(reals(&case["shares"])).zip(cases(&case["means"]))
        {
            assert_close(axis.eta_squared.unwrap(), share);
            assert_eq!(axis.levels.len(), cases(means).len());
            for (level, expected) in axis.levels.iter().zip(cases(means)) {
                let interval = level.interval.unwrap();
                assert_eq!(level.level as u64, whole(&expected[0]));
                assert_eq!(level.spread.count as u64, whole(&expected[1]));
                assert_close(level.spread.mean, real(&expected[2]));
                assert_close(interval.low, real(&expected[3]));
                assert_close(interval.high, real(&expected[4]));
            }
        }
        assert_close(axes.repetitions.unwrap(), real(&case["repetitions"]));
        assert_option(axes.together, &case["together"]);
    }
}
