"""What tasks of one label share is tested with the tasks themselves; here, that they do share it."""

from kbert.tasks import _one_label, classify, relation


def test_tasks_of_one_label_read_and_count_alike() -> None:
    for task in (classify, relation):
        for name in ("gold", "labels", "said", "counts"):
            assert getattr(task, name) is getattr(_one_label, name)
