"""What a document that is stored does to a story: a run's tally has its outcome, the table `change` what happened."""

from ingest.outcome import Outcome

HAPPENED = {
    Outcome.NEW_STORY: "created",
    Outcome.VARIANT: "joined",
    Outcome.REVISED: "revised",
    Outcome.RECLEANED: "recleaned",
}
