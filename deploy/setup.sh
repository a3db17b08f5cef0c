#!/bin/sh
# Once after each start of a new version: the story database's schema, the work pool, deployments and automations.
# Doing it again changes nothing: a paused pool, schedule or automation stays paused.
set -eu

newsfold db upgrade
prefect work-pool inspect newsfold >/dev/null 2>&1 || prefect work-pool create newsfold --type process
prefect work-pool set-concurrency-limit newsfold "${POOL_RUNS:-4}"
prefect --no-prompt deploy --prefect-file "${DEPLOY_FOLDER:-deploy}/prefect.yaml" --all
python -m flows.automations "${DEPLOY_FOLDER:-deploy}/automations.yaml"
