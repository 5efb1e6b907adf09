"""What PyKEEN says of made-up scores: filtered, realistic ranks and metrics, kept in ``pykeen_ranks.json``.

PyKEEN brings more than twenty packages that nothing else here needs, so it has an environment of its
own: ``make oracle`` installs it, runs this and shows whether it still says what was kept.
"""

import json
from pathlib import Path

import numpy as np
import torch
from pykeen.evaluation import RankBasedEvaluator
from pykeen.models import Model
from pykeen.triples import CoreTriplesFactory

KEPT = Path(__file__).with_suffix(".json")
METRICS = {"mr": "arithmetic_mean_rank", "mrr": "inverse_harmonic_mean_rank"}
METRICS |= {f"hits@{k}": f"hits_at_{k}" for k in (1, 3, 10)}
CASES = [(8, 2, 1000), (12, 3, 1000), (12, 3, 4), (15, 1, 2), (6, 2, 1)]
"""Entities, relations, and how many values scores may have: few make many ties."""


class Table(Model):
    """A model whose scores are written down: ``[side, relation, given, answer]``."""

    def __init__(self, scores, factory):
        super().__init__(triples_factory=factory, random_seed=0)
        self.weight = torch.nn.Parameter(torch.zeros(1))  # PyKEEN asks where a model's parameters are
        self.scores = torch.from_numpy(scores).float()

    def score_t(self, hr_batch, **how):
        return self.scores[1, hr_batch[:, 1], hr_batch[:, 0]]

    def score_h(self, rt_batch, **how):
        return self.scores[0, rt_batch[:, 0], rt_batch[:, 1]]

    def score_hrt(self, hrt_batch, **how):
        raise NotImplementedError

    score_r = score_hrt

    def collect_regularization_term(self):
        return 0.0

    def _get_entity_len(self, *, mode):
        return self.num_entities

    def _reset_parameters_(self):
        pass


def case(number, entities, relations, values):
    """Triples, true ones, and scores of everything, with what PyKEEN says of them."""
    random = np.random.default_rng(number)
    every = np.stack(
        np.unravel_index(random.permutation(entities * relations * entities), (entities, relations, entities)), 1
    )
    true, test = every[: len(every) // 3], every[: len(every) // 6]
    scores = random.integers(values, size=(2, relations, entities, entities))
    triples, others = (torch.from_numpy(some).long() for some in (test, true))
    factory = CoreTriplesFactory.create(triples, num_entities=entities, num_relations=relations)
    evaluator = RankBasedEvaluator(filtered=True, clear_on_finalize=False)
    found = evaluator.evaluate(
        Table(scores, factory), triples, batch_size=7, additional_filter_triples=[others], use_tqdm=False
    ).to_flat_dict()
    ranks = {side: np.concatenate(evaluator.ranks[side, "realistic"]).tolist() for side in ("head", "tail")}
    metrics = {
        side: {ours: found[f"{side}.realistic.{theirs}"] for ours, theirs in METRICS.items()}
        for side in ("both", "head", "tail")
    }
    given = {"test": test.tolist(), "true": true.tolist(), "scores": scores.tolist()}
    return {**given, "ranks": ranks, "metrics": metrics}


def main():
    cases = [json.dumps(case(number, *shape)) for number, shape in enumerate(CASES)]
    KEPT.write_text("[\n" + ",\n".join(cases) + "\n]\n", encoding="utf-8")


if __name__ == "__main__":
    main()
