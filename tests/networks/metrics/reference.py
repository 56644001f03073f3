"""Writes reference.csv: averages of metrics over classes, from scikit-learn.

    pip install scikit-learn && python3 tests/networks/metrics/reference.py

Each row has the name of a case, then its values. `truth`, `predicted` and `scores` are the data, the scores row by row. All
others are metrics of these data.
"""

import csv
import pathlib
import random

from sklearn.metrics import f1_score, precision_score, recall_score, roc_auc_score

SAMPLES, CLASSES = 60, 4
AVERAGES = ["macro", "micro", "weighted"]

random.seed(1)
truth = [random.choices(range(CLASSES), [8, 4, 2, 1])[0] for _ in range(SAMPLES)]
scores = []
for label in truth:
    row = [random.randint(1, 9) + (6 if j == label else 0) for j in range(CLASSES)]  # small integers, so that there are ties
    scores.append([x / sum(row) for x in row])
predicted = [row.index(max(row)) for row in scores]
# Class 4 is never predicted. Class 5 is neither in the truth nor predicted.
rare_truth = truth[:-1] + [4]

with open(pathlib.Path(__file__).with_name("reference.csv"), "w", newline="") as file:
    table = csv.writer(file)
    table.writerow(["truth"] + truth)
    table.writerow(["predicted"] + predicted)
    table.writerow(["scores"] + [repr(x) for row in scores for x in row])
    for name, metric in [("precision", precision_score), ("recall", recall_score), ("f1", f1_score)]:
        for average in AVERAGES:
            table.writerow([f"{name} {average}", repr(float(metric(truth, predicted, average=average)))])
            rare = metric(rare_truth, predicted, average=average, zero_division=0)
            table.writerow([f"rare {name} {average}", repr(float(rare))])
    for average in AVERAGES:
        area = roc_auc_score(truth, scores, multi_class="ovr", average=average)
        table.writerow([f"ovr {average}", repr(float(area))])
    for average in ["macro", "weighted"]:
        area = roc_auc_score(truth, scores, multi_class="ovo", average=average)
        table.writerow([f"ovo {average}", repr(float(area))])
