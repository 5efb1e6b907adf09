"""RecBole on the same behaviour: run in RecBole's own environment, prints what it found as JSON.

RecBole 1.2.1 asks for old packages, so it has an environment of its own (benchmarks/README.md says how to make it), and
benchmarks/recommenders.py calls this file with that environment's Python:

    TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD=1 recbole/bin/python benchmarks/recbole_peer.py $DATA/ml-100k BERT4Rec

Settings are RecBole's own for these models, but for the length of 50 and cross-entropy over all items; the split is
leave-one-out by time, ranked among all items, the epoch chosen by NDCG@10 on the last but one event. A run takes hours:
with ``--keep FOLDER`` one that was broken off goes on with the epoch it had reached.
"""

import argparse
import json
import logging
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import torch
from recbole.config import Config
from recbole.data import create_dataset, data_preparation
from recbole.utils import get_model, get_trainer, init_seed

METRICS = ("recall@5", "recall@10", "recall@20", "ndcg@10", "mrr@10")


def config_of(data: Path, model: str, epochs: int, patience: int, seed: int, keep: Path) -> Config:
    """RecBole's configuration for a folder of atomic files that bears the name of the data set."""
    return Config(
        model=model,
        dataset=data.name,
        config_dict={
            "data_path": str(data.parent),
            "checkpoint_dir": str(keep),
            "seed": seed,
            "reproducibility": True,
            "use_gpu": False,
            "show_progress": False,
            "epochs": epochs,
            "stopping_step": patience,
            "load_col": {"inter": ["user_id", "item_id", "timestamp"]},
            "MAX_ITEM_LIST_LENGTH": 50,
            "loss_type": "CE",
            "train_neg_sample_args": None,
            "eval_args": {"split": {"LS": "valid_and_test"}, "order": "TO", "mode": "full", "group_by": "user"},
            "metrics": ["Recall", "NDCG", "MRR"],
            "topk": [5, 10, 20],
            "valid_metric": "NDCG@10",
        },
    )


def asked(loader: Any) -> dict[str, str]:
    """What a split asks for: by user the item, both under the names that the files have."""
    data = loader._dataset
    users = data.id2token(data.uid_field, data.inter_feat[data.uid_field].numpy())
    items = data.id2token(data.iid_field, data.inter_feat[data.iid_field].numpy())
    return {str(user): str(item) for user, item in zip(users, items, strict=True)}


@torch.no_grad()
def ranks_of(trainer: Any, loader: Any, dataset: Any, had: tuple[Any, Any]) -> dict[str, list[float]]:
    """By user the rank of what is asked among all items, and among those that he never had; half of ties are before.

    RecBole's own figures are of the first, with ties as they are sorted. ``had`` are users and items of all events.
    """
    trainer.model.eval()
    users, items = had
    found: dict[str, list[float]] = {}
    trainer.item_tensor, trainer.tot_item_num = dataset.get_item_feature(), dataset.item_num
    for batch in loader:
        rows, scores, _, _ = trainer._full_sort_batch_eval(batch)
        for user, item, row in zip(rows[dataset.uid_field], rows[dataset.iid_field], scores, strict=True):
            ahead = (row > row[item]).double() + (row == row[item]).double() / 2
            ahead[item] = 0
            kept = float(1 + ahead.sum())
            ahead[torch.from_numpy(items[users == int(user)])] = 0
            found[str(dataset.id2token(dataset.uid_field, int(user)))] = [kept, float(1 + ahead.sum())]
    return found


def run(data: Path, model: str, epochs: int, patience: int, seed: int, keep: Path) -> dict[str, Any]:
    """Train, choose the epoch on dev, and measure it on test. What ``keep`` holds of a run broken off goes on."""
    config = config_of(data, model, epochs, patience, seed, keep)
    init_seed(seed, reproducibility=True)
    dataset = create_dataset(config)
    # Before it is made ready: then the first event of each user is gone.
    had = tuple(dataset.inter_feat[name].to_numpy().copy() for name in (dataset.uid_field, dataset.iid_field))
    train, dev, test = data_preparation(config, dataset)
    network = get_model(model)(config, train.dataset)
    trainer = get_trainer(config["MODEL_TYPE"], model)(config, network)
    # One of RecBole's models turns this on for all when it is imported: it looks for NaN after every step backwards,
    # which takes two fifths of the time and changes no figure.
    torch.autograd.set_detect_anomaly(False)
    last, noted = keep / f"{model}-last.pth", keep / f"{model}-curve.json"
    check_same(keep / f"{model}-settings.json", {"data": data.name, "seed": seed, "patience": patience})
    curve: list[dict[str, float]] = json.loads(noted.read_text()) if noted.exists() else []
    if curve:
        trainer.resume_checkpoint(last)
        # What was drawn so far is not kept: drawn anew, as for another seed.
        init_seed(seed + len(curve), reproducibility=True)
        train.generator.manual_seed(seed + len(curve))
    trainer.saved_model_file = str(keep / f"{model}-best.pth")
    before = curve[-1] if curve else {"seconds": 0.0, "processor_seconds": 0.0}
    began, processor = time.perf_counter(), time.process_time()

    def note(epoch: int, score: float) -> None:
        curve.append(
            {
                "epoch": epoch + 1,
                "ndcg@10": float(score),
                "seconds": before["seconds"] + time.perf_counter() - began,
                "processor_seconds": before["processor_seconds"] + time.process_time() - processor,
            }
        )
        print(json.dumps(curve[-1]), file=sys.stderr, flush=True)
        trainer._save_checkpoint(epoch, verbose=False, saved_model_file=str(last))
        write_whole(noted, curve)

    # RecBole writes over its best model where there is no epoch left to learn.
    if len(curve) < epochs and (not curve or len(curve) - best_of(curve)["epoch"] <= patience):
        trainer.fit(train, dev, saved=True, show_progress=False, callback_fn=note)
    told = {part: trainer.evaluate(loader, load_best_model=True) for part, loader in (("dev", dev), ("test", test))}
    return {
        "model": model,
        "epochs": len(curve),
        "best": best_of(curve),
        "curve": curve,
        **{part: {name: float(found[name]) for name in METRICS} for part, found in told.items()},
        "asked": asked(test),
        "ranks": ranks_of(trainer, test, dataset, had),
    }


def check_same(path: Path, settings: dict[str, Any]) -> None:
    """Exit where a folder keeps a run with other settings."""
    if path.exists() and json.loads(path.read_text()) != settings:
        raise SystemExit(f"{path.parent} keeps another run: {path.read_text()}")
    write_whole(path, settings)


def write_whole(path: Path, value: Any) -> None:
    """Write JSON, so that one who is killed leaves what was there or what is new."""
    beside = path.with_suffix(".new")
    beside.write_text(json.dumps(value))
    beside.replace(path)


def best_of(curve: list[dict[str, float]]) -> dict[str, float]:
    """The epoch that dev chooses: of equal ones the last, as RecBole has it."""
    return max(curve, key=lambda one: (one["ndcg@10"], one["epoch"]))


def main() -> None:
    """Run what the command line says."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path, help="folder of atomic files, such as $DATA/ml-100k")
    parser.add_argument("model", choices=("BERT4Rec", "SASRec"))
    parser.add_argument("--epochs", type=int, default=300, help="at most")
    parser.add_argument("--patience", type=int, default=10, help="epochs without a better dev")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--keep", type=Path, help="where a run that is broken off goes on from")
    given = parser.parse_args()
    logging.disable(logging.CRITICAL)
    torch.set_num_threads(given.threads)
    own, sys.argv = sys.argv, sys.argv[:1]  # RecBole reads the command line too
    with tempfile.TemporaryDirectory() as other:
        keep = given.keep or Path(other)
        keep.mkdir(parents=True, exist_ok=True)
        told = run(given.data, given.model, given.epochs, given.patience, given.seed, keep)
    sys.argv = own
    print(json.dumps(told))


if __name__ == "__main__":
    main()
