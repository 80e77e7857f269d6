"""Writes statistics.json, the golden numbers of tests/statistics_golden.rs: `python make_statistics.py`.

Needs scipy, statsmodels, scikit-learn, mpmath, emcee and confidenceinterval. Each case holds its input and what these libraries say of
it. Where none of them computes a number, it is computed here from its definition, by counting or in 40 digits.
"""

import importlib.metadata
import itertools
import json
import math
import pathlib
from collections import Counter
from fractions import Fraction

import mpmath as mp
import numpy as np
import statsmodels.formula.api as smf
from confidenceinterval.delong import delong_roc_variance
from emcee import autocorr
from scipy import special, stats
from sklearn import metrics
from statsmodels.stats import contingency_tables, inter_rater, multitest, proportion
from statsmodels.stats.anova import anova_lm

mp.mp.dps = 40
RANDOM = np.random.default_rng(20240607)
LIBRARIES = ["numpy", "scipy", "statsmodels", "scikit-learn", "mpmath", "emcee", "confidenceinterval"]


def distributions():
    normal = []
    for z in [-8.0, -2.5, -1e-3, 0.0, 1e-9, 0.3, 0.75, 1.0, 1.96, 3.0, 5.0, 8.0, 11.46, 20.0, 37.0]:
        normal.append({"z": z, "upper": float(mp.erfc(mp.mpf(z) / mp.sqrt(2)) / 2),
                       "two_sided": float(mp.erfc(abs(mp.mpf(z)) / mp.sqrt(2)))})
    levels = [0.5, 0.68, 0.8, 0.9, 0.95, 0.99, 0.999]
    normal_quantiles = [{"level": level, "quantile": float(mp.sqrt(2) * mp.erfinv(mp.mpf(level)))} for level in levels]
    t_quantiles = [{"level": level, "freedom": freedom, "quantile": stats.t.ppf((1 + level) / 2, freedom)}
                   for level in levels for freedom in [1, 2, 3, 4, 9, 19, 29, 99, 499, 1079, 9999]]
    binomial = []
    for successes, trials, probability in [
            (0, 10, 0.5), (10, 10, 0.5), (1, 1, 0.25), (7, 10, 0.5), (13, 20, 0.25), (541, 1080, 0.5), (600, 1080, 0.5),
            (730, 1080, 0.5), (1000, 1080, 0.5), (400, 1080, 0.25), (300, 1080, 1 / 3), (200, 1080, 0.25)]:
        exact = Fraction(probability)
        terms = [math.comb(trials, k) * exact**k * (1 - exact)**(trials - k) for k in range(trials + 1)]
        binomial.append({"successes": successes, "trials": trials, "probability": probability,
                         "upper": float(sum(terms[successes:])), "lower": float(sum(terms[:successes + 1]))})
    for successes, trials, probability in [(10300, 20000, 0.5), (50500, 100000, 0.5), (26000, 100000, 0.25)]:
        binomial.append({"successes": successes, "trials": trials, "probability": probability,
                         "upper": stats.binom.sf(successes - 1, trials, probability),
                         "lower": stats.binom.cdf(successes, trials, probability)})
    return {"normal": normal, "normal_quantiles": normal_quantiles, "t_quantiles": t_quantiles, "binomial": binomial}


def spread():
    cases = []
    for values in [[0.7], [0.1, 0.1, 0.1], [1.0, 2.0], list(RANDOM.normal(0.8, 0.02, 5)), list(RANDOM.normal(1e6, 1e-3, 40)),
                   list(RANDOM.integers(500, 900, 1080) / 1080)]:
        case = {"values": values, "mean": float(mp.fsum(values) / len(values)), "minimum": min(values), "maximum": max(values)}
        if len(values) > 1:
            mean = mp.fsum(values) / len(values)
            variance = mp.fsum((mp.mpf(value) - mean)**2 for value in values) / (len(values) - 1)
            case["deviation"] = float(mp.sqrt(variance)) if len(set(values)) > 1 else 0.0
            if case["deviation"] > 0:
                case["intervals"] = [
                    [level, *stats.t.interval(level, len(values) - 1, case["mean"], case["deviation"] / math.sqrt(len(values)))]
                    for level in [0.9, 0.95, 0.99]]
        cases.append(case)
    return cases


def wilson():
    return [{"successes": k, "trials": n, "level": level,
             "interval": proportion.proportion_confint(k, n, alpha=1 - level, method="wilson")}
            for k, n in [(0, 1), (1, 1), (0, 10), (10, 10), (5, 10), (81, 263), (15, 148), (1, 29), (700, 1080), (1079, 1080)]
            for level in [0.9, 0.95, 0.99]]


def chance():
    cases = []
    for trials, probability in [(4, 0.5), (5, 0.5), (20, 0.5), (40, 0.25), (100, 0.5), (100, 0.25), (288, 0.25), (1080, 0.5),
                                (1080, 0.625), (3, 1 / 3)]:
        def p_value(k):
            return stats.binomtest(k, trials, probability, alternative="greater").pvalue
        enough = [k for k in range(trials + 1) if p_value(k) < 0.05]
        correct = sorted({0, trials // 2, 3 * trials // 4, trials})
        cases.append({"trials": trials, "chance": probability, "threshold": enough[0] if enough else None,
                      "p_values": [[k, p_value(k)] for k in correct]})
        if enough:
            # Combrisson and Jerbi print binoinv(1 - alpha, n, 1 / c): one less.
            assert stats.binom.ppf(0.95, trials, probability) == enough[0] - 1
    return cases


def none_if_nan(values):
    return [None if math.isnan(value) else float(value) for value in values]


def agreement():
    cases = []
    for classes, labels, predicted in [
            (2, [0, 1], [0, 1]),
            (2, [0, 0, 1, 1, 1], [0, 1, 1, 1, 0]),
            (3, [0, 0, 1, 1, 0], [0, 1, 1, 0, 0]),
            (2, [0, 0, 0, 1], [1, 1, 1, 0]),
            (4, RANDOM.integers(0, 4, 288).tolist(), RANDOM.integers(0, 4, 288).tolist()),
            (4, *confused(4, 288, 0.7)), (2, *confused(2, 1080, 0.8)), (3, *confused(3, 50, 0.4))]:
        names = list(range(classes))
        matrix = metrics.confusion_matrix(labels, predicted, labels=names)
        precision, recall, f1, _ = metrics.precision_recall_fscore_support(labels, predicted, labels=names, zero_division=np.nan)
        case = {"classes": classes, "labels": labels, "predicted": predicted, "matrix": matrix.tolist(),
                "accuracy": metrics.accuracy_score(labels, predicted), "precision": none_if_nan(precision),
                "sensitivity": none_if_nan(recall), "f1": none_if_nan(f1),
                "balanced": float(np.nanmean(recall)),
                "kappa": metrics.cohen_kappa_score(labels, predicted, labels=names)}
        result = inter_rater.cohens_kappa(matrix)
        assert abs(result.kappa - case["kappa"]) < 1e-12
        # Where all agree, or disagree, the error is 0 but for rounding.
        case["standard_error"] = None if not result.std_kappa > 1e-7 else result.std_kappa
        if case["standard_error"]:
            case["interval"] = [max(-1, result.kappa_low), min(1, result.kappa_upp)]
        cases.append(case)
    return cases


def confused(classes, trials, accuracy):
    labels = RANDOM.integers(0, classes, trials)
    others = RANDOM.integers(0, classes, trials)
    return labels.tolist(), np.where(RANDOM.random(trials) < accuracy, labels, others).tolist()


def roc():
    cases = []
    for inside, outside in [
            ([1.0], [0.0]), ([0.5, 0.5], [0.5, 0.5]), ([2.0, 3.0], [0.0, 1.0]), ([1.0, 2.0, 2.0, 3.0], [0.0, 1.0, 2.0]),
            ([1.0], [0.0, 1.0, 2.0]), (RANDOM.normal(1, 1, 40).tolist(), RANDOM.normal(0, 2, 60).tolist()),
            (RANDOM.integers(0, 6, 30).astype(float).tolist(), RANDOM.integers(1, 8, 50).astype(float).tolist())]:
        scores, of_class = inside + outside, [True] * len(inside) + [False] * len(outside)
        order = RANDOM.permutation(len(scores))
        scores, of_class = [scores[place] for place in order], [of_class[place] for place in order]
        area, error = delong(inside, outside)
        assert abs(area - metrics.roc_auc_score(of_class, scores)) < 1e-12
        if error is not None:
            # A second implementation, by others and from ranks, in single precision.
            other_area, variance = delong_roc_variance(np.array(of_class, int), np.array(scores))
            assert abs(area - other_area) < 1e-6 and math.isclose(error**2, variance, rel_tol=1e-5, abs_tol=1e-9)
        case = {"scores": scores, "of_class": of_class, "area": area, "standard_error": error}
        if error:
            half = stats.norm.ppf(0.975) * error
            case["interval"] = [max(0, area - half), min(1, area + half)]
        cases.append(case)
    return cases


def delong(inside, outside):
    """Equations 3 to 6 of DeLong, DeLong and Clarke-Pearson (1988), pair by pair in fractions."""
    def wins(one, other):
        return Fraction(2 * (one > other) + (one == other), 2)

    def variance(values):
        mean = sum(values) / len(values)
        return sum((value - mean)**2 for value in values) / (len(values) - 1) / len(values)
    first = [sum(wins(x, y) for y in outside) / len(outside) for x in inside]
    second = [sum(wins(x, y) for x in inside) / len(inside) for y in outside]
    error = None
    if len(inside) > 1 and len(outside) > 1:
        error = math.sqrt(variance(first) + variance(second))
    return float(sum(first) / len(first)), error


def macro_roc():
    cases = []
    for classes, trials in [(2, 40), (3, 60), (4, 100)]:
        labels = RANDOM.integers(0, classes, trials)
        logits = RANDOM.normal(0, 1, (trials, classes)) + 1.2 * np.eye(classes)[labels]
        shares = special.softmax(logits, axis=1)
        if classes == 2:
            area = metrics.roc_auc_score(labels, shares[:, 1])
        else:
            area = metrics.roc_auc_score(labels, shares, multi_class="ovr", average="macro")
        cases.append({"classes": classes, "labels": labels.tolist(), "logits": logits.ravel().tolist(),
                      "predicted": logits.argmax(1).tolist(), "log_odds": special.logit(shares).ravel().tolist(), "area": area})
    return cases


def mcnemar():
    cases = []
    for a, b, c, d in [(5, 0, 0, 3), (10, 3, 3, 4), (0, 6, 0, 0), (1, 1, 7, 12), (36, 12, 2, 4), (90, 12, 12, 6), (400, 13, 12, 50),
                       (400, 30, 30, 50), (59, 6, 16, 80), (600, 24, 0, 10), (500, 300, 20, 100), (0, 10, 10, 0), (20, 0, 5, 0)]:
        table = [[a, b], [c, d]]
        exact = b + c < 25
        result = contingency_tables.mcnemar(table, exact=exact, correction=True)
        # At b = c statsmodels corrects beyond 0: (0 - 1)^2.
        p_value = 1.0 if b == c else result.pvalue
        cases.append({"counts": [a, b, c, d], "p_value": p_value,
                      "statistic": None if exact else (0.0 if b == c else result.statistic),
                      "difference": (b - c) / (a + b + c + d), "interval": newcombe(a, b, c, d)})
    return cases


def newcombe(a, b, c, d):
    """Method 10 of Newcombe (1998), in 40 digits from the roots of Wilson's equation."""
    n, z = mp.mpf(a + b + c + d), mp.sqrt(2) * mp.erfinv(mp.mpf(0.95))

    def wilson_roots(k):
        # (p - k / n)^2 = z^2 p (1 - p) / n
        p = mp.mpf(k) / n
        half = mp.sqrt((2 * p + z**2 / n)**2 - 4 * (1 + z**2 / n) * p**2)
        return [(2 * p + z**2 / n + sign * half) / (2 * (1 + z**2 / n)) for sign in (-1, 1)]
    p1, p2 = (a + b) / n, (a + c) / n
    (l1, u1), (l2, u2) = wilson_roots(a + b), wilson_roots(a + c)
    product = mp.mpf(a * d - b * c)
    if product > n / 2:
        product -= n / 2
    elif product >= 0:
        product = mp.mpf(0)
    margins = (a + b) * (c + d) * (a + c) * (b + d)
    phi = product / mp.sqrt(margins) if margins else mp.mpf(0)
    low = p1 - p2 - mp.sqrt((p1 - l1)**2 - 2 * phi * (p1 - l1) * (u2 - p2) + (u2 - p2)**2)
    high = p1 - p2 + mp.sqrt((u1 - p1)**2 - 2 * phi * (u1 - p1) * (p2 - l2) + (p2 - l2)**2)
    return [float(max(low, -1)), float(min(high, 1))]


def signed_rank():
    cases = []
    lists = [[0.0, 0.0], [1.0], [1.0, 2.0, 3.0, 4.0, 5.0], [-1.0, 2.0, 2.0, -2.0, 5.0, 0.0], [3.0, -3.0], [1.0] * 12,
             RANDOM.normal(0.4, 1, 15).tolist(), RANDOM.integers(-4, 8, 20).astype(float).tolist(),
             RANDOM.normal(0.8, 1, 50).tolist(), RANDOM.integers(-3, 9, 50).astype(float).tolist(),
             RANDOM.normal(0.2, 1, 51).tolist(), RANDOM.integers(-10, 21, 120).astype(float).tolist(),
             (np.arange(1, 51) * 1.0).tolist(), (np.arange(1, 201) * 1.0).tolist()]
    for values in lists:
        kept = [value for value in values if value != 0]
        ranks = stats.rankdata(np.abs(kept)) if kept else np.array([])
        positive = float(sum(rank for rank, value in zip(ranks, kept) if value > 0))
        negative = float(sum(rank for rank, value in zip(ranks, kept) if value < 0))
        if len(kept) > 50:
            result = stats.wilcoxon(kept, method="asymptotic", correction=False, zero_method="wilcox")
            assert result.statistic == min(positive, negative)
            p_value = result.pvalue
        else:
            p_value = exact_signs([Fraction(rank) for rank in ranks], Fraction(min(positive, negative)))
            if kept and len(set(np.abs(kept))) == len(kept):
                assert math.isclose(p_value, stats.wilcoxon(kept, method="exact").pvalue, rel_tol=1e-12)
            elif 0 < len(kept) <= 12:
                permuted = stats.wilcoxon(kept, method=stats.PermutationMethod(n_resamples=np.inf)).pvalue
                assert math.isclose(p_value, permuted, rel_tol=1e-12), (values, p_value, permuted)
        cases.append({"differences": values, "positive": positive, "negative": negative, "p_value": p_value,
                      "rank_biserial": (positive - negative) / (positive + negative) if kept else None})
    return cases


def exact_signs(ranks, smaller):
    sums = Counter({Fraction(0): 1})
    for rank in ranks:
        added = Counter(sums)
        for total, ways in sums.items():
            added[total + rank] += ways
        sums = added
    as_far = sum(ways for total, ways in sums.items() if total <= smaller)
    return float(min(Fraction(1), Fraction(2 * as_far, 2**len(ranks))))


def sign_flip():
    cases = []
    for values in [[0.0], [1.0], [1.0, 2.0, 3.0, 4.0, 5.0], [1.0, -1.0], [1.0, 1.0, -2.0, 3.0], [0.1, 0.2, -0.3], RANDOM.normal(0.3, 1, 10).tolist(),
                   RANDOM.integers(-3, 7, 12).astype(float).tolist(), [1.0] * 20]:
        exact = [Fraction(str(value)) for value in values]
        if len(values) <= 12:
            sums = [sum(sign * value for sign, value in zip(signs, exact))
                    for signs in itertools.product((1, -1), repeat=len(values))]
            p_value = float(Fraction(sum(abs(total) >= abs(sum(exact)) for total in sums), len(sums)))
            if len(values) > 1:
                result = stats.permutation_test((values,), np.mean, permutation_type="samples", n_resamples=np.inf)
                assert math.isclose(p_value, result.pvalue, rel_tol=1e-12), (values, p_value, result.pvalue)
        else:
            p_value = 2.0**(1 - len(values))
        cases.append({"differences": values, "mean": float(sum(exact) / len(exact)), "p_value": p_value})
    return cases


def regrouping():
    cases = []
    for first, second in [
            ([1.0], [2.0]), ([0.8, 0.8], [0.8, 0.8, 0.8]), ([0.1, 0.2, 0.3], [0.4, 0.5, 0.6, 0.7]),
            (RANDOM.normal(0.5, 1, 5).tolist(), RANDOM.normal(0, 1, 5).tolist()),
            (RANDOM.integers(0, 5, 4).astype(float).tolist(), RANDOM.integers(1, 7, 9).astype(float).tolist()),
            (RANDOM.integers(3, 9, 9).astype(float).tolist(), RANDOM.integers(1, 7, 4).astype(float).tolist())]:
        def gap(x, y, axis=-1):
            return abs(np.mean(x, axis=axis) - np.mean(y, axis=axis))
        # From the decimals, not the doubles: 0.1 + 0.2 is 0.3 here, as people mean it.
        whole = [Fraction(str(value)) for value in first + second]
        total, far = sum(whole), abs(sum(whole[:len(first)]) - sum(whole) * Fraction(len(first), len(whole)))
        groups = [sum(group) for group in itertools.combinations(whole, len(first))]
        as_far = sum(abs(group - total * Fraction(len(first), len(whole))) >= far for group in groups)
        p_value = float(Fraction(as_far, len(groups)))
        if len(first) > 1:
            result = stats.permutation_test((first, second), gap, alternative="greater", n_resamples=np.inf)
            assert math.isclose(p_value, result.pvalue, rel_tol=1e-12), (first, second, p_value, result.pvalue)
        cases.append({"first": first, "second": second, "p_value": p_value, "arrangements": len(groups),
                      "difference": float(sum(whole[:len(first)]) / len(first) - sum(whole[len(first):]) / len(second))})
    return cases


def groups():
    cases = []
    for first, second in [
            ([1.0, 1.0], [1.0, 1.0, 1.0]), (RANDOM.normal(1, 1, 12).tolist(), RANDOM.normal(0, 1, 15).tolist()),
            (RANDOM.integers(0, 5, 30).astype(float).tolist(), RANDOM.integers(1, 7, 25).astype(float).tolist()),
            (RANDOM.normal(9, 1, 120).tolist(), RANDOM.normal(0, 1, 100).tolist()), ([1.0, 2.0], [1.0, 2.0])]:
        case = {"first": first, "second": second}
        greater = sum((x > y) - (x < y) for x in first for y in second)
        case["delta"] = greater / (len(first) * len(second))
        if len(set(first + second)) > 1:
            result = stats.mannwhitneyu(first, second, method="asymptotic", use_continuity=True)
            case |= {"u": result.statistic, "p_value": result.pvalue, "hedges": hedges(first, second)}
        else:
            case |= {"u": len(first) * len(second) / 2, "p_value": 1.0, "hedges": None}
        cases.append(case)
    return cases


def hedges(first, second):
    freedom = len(first) + len(second) - 2
    pooled = math.sqrt(((len(first) - 1) * np.var(first, ddof=1) + (len(second) - 1) * np.var(second, ddof=1)) / freedom)
    half = mp.mpf(freedom) / 2
    factor = mp.gamma(half) / (mp.sqrt(half) * mp.gamma(half - mp.mpf(1) / 2))
    return float(factor * (np.mean(first) - np.mean(second)) / pooled)


def paired_effects():
    cases = [RANDOM.normal(0.3, 1, 8).tolist(), RANDOM.normal(-0.02, 0.01, 5).tolist()]
    return [{"differences": values, "dz": np.mean(values) / np.std(values, ddof=1)} for values in cases]


def holm():
    cases = [[], [0.03], [0.01, 0.04, 0.03, 0.005], [0.5, 0.5, 0.5], [0.0, 1.0, 1e-30, 2e-30, 0.02, 0.02],
             RANDOM.random(15).tolist()]
    return [{"p_values": values, "adjusted": multitest.multipletests(values, method="holm")[1].tolist() if values else []}
            for values in cases]


def time_of(series):
    """emcee's integrated_time, without its refusal of short series."""
    correlation = autocorr.function_1d(np.array(series))
    times = 2 * np.cumsum(correlation) - 1
    return max(1.0, float(times[autocorr.auto_window(times, 5)]))


def ar1(memory, length):
    series = [RANDOM.normal()]
    for _ in range(length - 1):
        series.append(memory * series[-1] + math.sqrt(1 - memory**2) * RANDOM.normal())
    return np.array(series)


def expected_maximum(count):
    count = mp.mpf(count)
    def integrand(x):
        return count * x * mp.npdf(x) * mp.ncdf(x)**(count - 1)
    return float(mp.quad(integrand, mp.linspace(-14, 16, 61)))


def optimism():
    series = [{"series": values, "time": time_of(values)}
              for values in [ar1(memory, length).tolist() for memory, length in [(0, 100), (0.5, 200), (0.9, 500), (-0.6, 80)]]]
    maxima = [{"count": count, "maximum": expected_maximum(count)}
              for count in [1, 1.5, 2, 3, 5, 10, 33.3, 100, 300, 1000, 1e6, 1e9]]
    curves = []
    for memory, epochs in [(0, 40), (0.5, 101), (0.8, 300)]:
        rise = 0.3 * np.exp(-np.arange(epochs) / (epochs / 15))
        curve = np.round(np.clip(0.8 - rise + 0.01 * ar1(memory, epochs), 0, 1) * 1080) / 1080
        last = curve[epochs // 2:]
        time, mean, deviation = time_of(last), float(last.mean()), float(last.std(ddof=1))
        curves.append({"accuracies": curve.tolist(), "trials": 1080, "mean": mean, "deviation": deviation, "time": time,
                       "expected": mean + deviation * expected_maximum(epochs / time),
                       "independent": mean + deviation * expected_maximum(epochs), "observed": float(curve.max()),
                       "test_set_deviation": math.sqrt(mean * (1 - mean) / 1080)})
    return {"series": series, "maxima": maxima, "curves": curves}


def axes():
    cases = []
    full = [(a, b, c) for a in range(3) for b in range(2) for c in range(4) for _ in range(3)]
    for rows in [full, [full[place] for place in sorted(RANDOM.permutation(len(full))[:50])]]:
        rows = np.array(rows)
        response = 0.7 + 0.05 * rows[:, 0] - 0.02 * rows[:, 1] * rows[:, 2] + RANDOM.normal(0, 0.02, len(rows))
        table = {"y": response, **{name: rows[:, axis] for axis, name in enumerate("abc")}}
        total = float(((response - response.mean())**2).sum())
        shares, means = [], []
        for name in "abc":
            shares.append(anova_lm(smf.ols(f"y ~ C({name})", table).fit()).loc[f"C({name})", "sum_sq"] / total)
            levels = sorted(set(table[name].tolist()))
            chosen = [response[table[name] == level] for level in levels]
            means.append([[level, len(values), values.mean(),
                           *stats.t.interval(0.95, len(values) - 1, values.mean(), stats.sem(values))]
                          for level, values in zip(levels, chosen)])
        saturated = smf.ols("y ~ C(cell)", {"y": response, "cell": [str(row) for row in rows]}).fit()
        repetitions = float(saturated.ssr) / total
        together = None
        if len(rows) == len(full):
            whole = anova_lm(smf.ols("y ~ C(a) * C(b) * C(c)", table).fit())
            together = whole.loc[[name for name in whole.index if ":" in name], "sum_sq"].sum() / total
        cases.append({"rows": rows.tolist(), "responses": response.tolist(), "shares": shares, "means": means,
                      "repetitions": repetitions, "together": together})
    return cases


def trends():
    cases = []
    for memory, length, rise in [(0, 10, 0), (0, 65, 2), (0.5, 60, -1), (0.8, 250, 0), (-0.5, 20, 4), (0.9, 40, 3)]:
        values = ar1(memory, length) + rise * np.arange(length) / (length - 1)
        steps = np.arange(length)
        line = stats.linregress(steps, values)
        residuals = values - line.intercept - line.slope * steps
        time, squares = time_of(residuals), float((residuals**2).sum())
        freedom = max(length / time - 2, 1)
        t = line.slope / math.sqrt(squares / freedom / ((steps - steps.mean())**2).sum())
        cases.append({"values": values.tolist(), "change": line.slope * (length - 1), "deviation": math.sqrt(squares / (length - 2)),
                      "time": time, "p_value": 2 * stats.t.sf(abs(t), freedom)})
        if time == 1:
            # Without memory it is the plain test of a slope.
            assert math.isclose(cases[-1]["p_value"], line.pvalue, rel_tol=1e-9)
    return cases


def subjects():
    """Accuracies of subjects against always naming each one's own most frequent class."""
    cases = []
    for counts, correct in [([10, 10], 15), ([90, 10], 92), ([8, 2], 10), ([5, 5, 20], 27), ([400, 410], 500), ([12], 12)]:
        trials = sum(counts)
        test = stats.binomtest(correct, trials, max(counts) / trials, alternative="greater") if len(counts) > 1 else None
        cases.append({"classes": counts, "correct": correct, "chance": max(counts) / trials if test else None,
                      "p_value": test.pvalue if test else None})
    return cases


def smallest_rank_sums():
    """The p-value of groups of which one lies wholly above the other."""
    sizes = [(1, 1), (3, 4), (12, 12), (5, 40), (100, 100)]
    p_values = [stats.mannwhitneyu(range(one), range(one, one + other), method="asymptotic", use_continuity=True).pvalue for one, other in sizes]
    return [{"sizes": pair, "p_value": p} for pair, p in zip(sizes, p_values)]


def axes_by_chance():
    """The share of the variance that an axis explains on average over all ways to deal the responses to its levels."""
    cases = []
    for responses, levels in [([0.5, 0.6, 0.62, 0.7, 0.71, 0.9], [0, 0, 0, 1, 1, 1]), ([0.1, 0.4, 0.45, 0.5, 0.8, 0.81, 0.83], [0, 0, 1, 1, 1, 2, 2])]:
        total = sum((response - np.mean(responses))**2 for response in responses)
        shares = []
        for dealt in itertools.permutations(responses):
            groups = [[response for response, level in zip(dealt, levels) if level == wanted] for wanted in set(levels)]
            shares.append(sum(len(group) * (np.mean(group) - np.mean(responses))**2 for group in groups) / total)
        cases.append({"responses": responses, "levels": levels, "by_chance": math.fsum(shares) / len(shares)})
    return cases


def plain(value):
    """Python's own types in place of NumPy's."""
    if isinstance(value, dict):
        return {key: plain(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(inner) for inner in value]
    return value.item() if isinstance(value, np.generic) else value


if __name__ == "__main__":
    parts = [distributions, spread, wilson, chance, agreement, roc, macro_roc, mcnemar, signed_rank, sign_flip, regrouping, groups,
             paired_effects, holm, optimism, axes, trends, subjects, smallest_rank_sums, axes_by_chance]
    numbers = {"versions": {name: importlib.metadata.version(name) for name in LIBRARIES}}
    numbers |= {part.__name__: plain(part()) for part in parts}
    lines = []
    for name, part in numbers.items():
        if isinstance(part, list):
            inner = ",\n".join("  " + json.dumps(case, allow_nan=False) for case in part)
            lines.append(f'"{name}": [\n{inner}\n]')
        else:
            inner = ",\n".join(f'  "{key}": {json.dumps(value, allow_nan=False)}' for key, value in part.items())
            lines.append(f'"{name}": {{\n{inner}\n}}')
    path = pathlib.Path(__file__).parent / "statistics.json"
    path.write_text("{\n" + ",\n".join(lines) + "\n}\n")
    print(f"{path}: {path.stat().st_size} bytes")
