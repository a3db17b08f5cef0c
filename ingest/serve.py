"""The inside of a worker: one job after another, within limits the kernel keeps."""

import logging
import pickle
import signal
import traceback
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Generic, Protocol, TypeVar

from ingest.outcome import IngestError, Outcome

MAX_DETAIL_CHARS = 300


AnswerT_co = TypeVar("AnswerT_co", covariant=True)
AnswerT = TypeVar("AnswerT")


class Job(Protocol[AnswerT_co]):
    """What a hostile document must be read by: a value that pickles, and so does its answer."""

    @property
    def name(self) -> str:
        """The document's URL or path, for the log."""

    def run(self) -> AnswerT_co:
        """Give the answer; raise IngestError where there is none."""


@dataclass(frozen=True, slots=True)
class Done(Generic[AnswerT]):
    """A job's answer."""

    answer: AnswerT


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a job has no answer."""

    outcome: Outcome
    detail: str  # one line
    trace: str = ""  # for the log, where the fault is ours


def serve(pipe: "Connection[bytes, object]", memory_bytes: int, timeout_s: float) -> None:
    """Answer each pickled Job with a pickled Done or Failure, until the other end is closed.

    The first message sent is empty: the worker is ready.
    """
    _limit(memory_bytes)
    logging.disable(logging.CRITICAL)  # the parent logs what fails, once
    pipe.send_bytes(b"")
    while True:
        try:
            message = pipe.recv_bytes()
        except (EOFError, OSError, MemoryError):
            return
        # Should the parent die, nobody stops a job that takes for ever: then the kernel does.
        signal.alarm(2 * int(timeout_s) + 5)
        answer = _answer(message)
        signal.alarm(0)
        pipe.send_bytes(answer)


def attempt(job: Job[AnswerT]) -> Done[AnswerT] | Failure:
    """Do one job; whatever happens ends as its outcome."""
    try:
        return Done(job.run())
    except IngestError as error:
        return Failure(error.outcome, _line(error.detail))
    except MemoryError:
        return Failure(Outcome.MEMORY, "needs more memory than a document may have")
    except Exception as error:  # noqa: BLE001  # no document ends a run
        return Failure(Outcome.FAILED, _line(f"{type(error).__name__}: {error}"), traceback.format_exc())


def _answer(message: bytes) -> bytes:
    try:
        return pickle.dumps(attempt(pickle.loads(message)))  # noqa: S301  # our own parent's message
    except MemoryError:
        return pickle.dumps(Failure(Outcome.MEMORY, "needs more memory than a document may have"))


def _limit(memory_bytes: int) -> None:
    """Bound the memory of this process, and let signals end it even inside a library's C code."""
    import resource  # not on every system, and needed in workers only

    # Data, not address space: libraries and thread stacks reserve far more addresses than they use.
    resource.setrlimit(resource.RLIMIT_DATA, (memory_bytes, memory_bytes))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, who ends its workers
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.signal(signal.SIGALRM, signal.SIG_DFL)


def _line(text: str) -> str:
    return " ".join(text.split())[:MAX_DETAIL_CHARS]
