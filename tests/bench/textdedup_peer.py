"""Find the near-duplicates of a file of texts with text-dedup, for tests/bench/cluster.py.

    .venv-peers-textdedup/bin/python tests/bench/textdedup_peer.py TEXTS.jsonl FOLDER    prints figures as JSON

Stands alone: text-dedup lives in an environment without newsfold. Signatures of 128 values over five words, hashed
with xxh3, which is its quicker hash; everything else is its own default. It keeps the texts that it finds first, in
FOLDER, and knows no database.
"""

import json
import logging
import os
import resource
import sys
import time
from pathlib import Path

os.environ["TQDM_DISABLE"] = "1"  # read when it is imported

import datasets  # type: ignore[import-not-found, unused-ignore]  # not in our environment
from text_dedup import minhash  # type: ignore[import-not-found, unused-ignore]  # as above
from text_dedup.utils import IOArgs, MetaArgs, MinHashArgs  # type: ignore[import-not-found, unused-ignore]  # as above


def main(texts: str, folder: str) -> None:
    """Find them, and print the figures."""
    datasets.disable_progress_bars()
    logging.disable(logging.CRITICAL)
    places = IOArgs(
        path="json",
        data_files=texts,
        split="train",
        output=str(Path(folder, "kept")),
        cache_dir=str(Path(folder, "cache")),
        num_proc=None,  # in this process: what a worker that is ended has used is not counted
    )
    used = _cpu_s()
    minhash.main.callback(
        io_args=places, meta_args=MetaArgs(column="text"), minhash_args=MinHashArgs(num_perm=128, hash_func="xxh3")
    )
    used = _cpu_s() - used
    with Path(texts).open("rb") as lines:
        documents = sum(1 for _ in lines)
    print(json.dumps({"documents": documents, "cpu_s": used}))


def _cpu_s() -> float:
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + ended.ru_utime + ended.ru_stime


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
