"""Every metric there is: its kind, its words, its labels."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

PASS = (0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600)
LEAD = (1, 2.5, 5, 10, 30, 60, 300, 900, 3600, 4 * 3600, 86_400, 3 * 86_400, 7 * 86_400, 30 * 86_400)


@dataclass(frozen=True, slots=True)
class Family:
    """One metric: its kind, what it says, its labels."""

    kind: str
    help: str
    labels: tuple[str, ...] = ()
    buckets: tuple[float, ...] = ()


FAMILIES: Mapping[str, Family] = {
    "runs_total": Family("counter", "Passes over one target that ended: updated, unchanged or failed.", ("result",)),
    "run_duration_seconds": Family("histogram", "How long a pass over one target took.", (), PASS),
    "problems_total": Family("counter", "Problems that passes met, by their code.", ("code",)),
    "commits_total": Family("counter", "Commits pushed, to branches of pull requests too."),
    "pull_request_outcomes_total": Family("counter", "What became of them: opened, updated, superseded, merged "
                                          "or turned-down.", ("outcome",)),
    "push_retries_total": Family("counter", "Passes that looked again because somebody pushed first.", ("reason",)),
    "lead_time_seconds": Family("histogram", "From a webhook (received) or the push of an image (pushed) until its "
                                "commit or pull request (delivered), or until it stood in the branch (merged).",
                                ("begin", "end"), LEAD),
    "registry_requests_total": Family("counter", "Requests a registry's host got, logins too.", ("host",)),
    "registry_retries_total": Family("counter", "Of those, the ones that asked again for what had failed.", ("host",)),
    "registry_limited_total": Family("counter", "Of those, the ones answered 429.", ("host",)),
    "registry_throttled_seconds_total": Family("counter", "Seconds that threads waited for it.", ("host",)),
    "registry_ratelimit_remaining": Family("gauge", "Requests it still allows, as it said last.", ("host",)),
    "forge_requests_total": Family("counter", "Requests sent to a forge's host.", ("host",)),
    "forge_retries_total": Family("counter", "Of those, the ones that asked again for what had failed.", ("host",)),
    "forge_limited_total": Family("counter", "Of those, the ones answered that we ask too much.", ("host",)),
    "forge_throttled_seconds_total": Family("counter", "Seconds that threads waited for it.", ("host",)),
    "webhook_requests_total": Family("counter", "Webhooks that came in, by who sends them and what became of them.",
                                     ("source", "result")),
    "notifications_total": Family("counter", "Notices that were sent or failed, by the notification's name.",
                                  ("name", "result")),
    "queue_targets": Family("gauge", "Targets that wait for a pass."),
    "queue_wait_seconds": Family("gauge", "How long the one that waits longest does so."),
    "targets": Family("gauge", "Targets that are known."),
    "images": Family("gauge", "References of images, by how they stand.", ("target", "state")),
    "image_release_lag_seconds": Family("gauge", "How long what the policy allows has been out, where something else "
                                        "stands: the longest (1) and the median (0.5).", ("target", "quantile")),
    "candidate_pending": Family("gauge", "References whose newest tag is not taken, by the reason.", ("gate",)),
    "pull_requests": Family("gauge", "Pull requests open, and changes waiting for room.", ("target", "state")),
    "pull_request_age_seconds": Family("gauge", "How long we know the oldest open one.", ("target",)),
    "last_run_timestamp_seconds": Family("gauge", "When the last pass ended.", ("target",)),
    "last_success_timestamp_seconds": Family("gauge", "When the last pass without a problem ended.", ("target",)),
    "consecutive_failures": Family("gauge", "Passes in a row that met a problem, the last one included.", ("target",)),
    "build_info": Family("gauge", "What runs: always 1.", ("version", "python")),
}  # fmt: skip
"""Every metric, without its `tagwright_`; the README's table is made of it."""
