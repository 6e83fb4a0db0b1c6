"""The real web server on the real workspace: everything loads, and a run through it succeeds."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]

LOADED = """
{
  workspaceOrError {
    ... on Workspace {
      locationEntries {
        name
        loadStatus
        locationOrLoadError {
          __typename
          ... on PythonError { message }
          ... on RepositoryLocation {
            repositories {
              name
              jobs { name }
              schedules { name scheduleState { status } }
              sensors { name sensorState { status } }
              assetNodes {
                groupName
                description
                kinds
                owners { ... on TeamAssetOwner { team } }
                hasAssetChecks
                assetKey { path }
                dependencyKeys { path }
                partitionDefinition { type }
              }
            }
          }
        }
      }
    }
    ... on PythonError { message }
  }
}
"""

TICKS = """
{
  sensorsOrError(repositorySelector: {
    repositoryLocationName: "kithwork", repositoryName: "__repository__"
  }) {
    ... on Sensors { results { sensorState { ticks(limit: 5) { status } } } }
    ... on PythonError { message }
  }
}
"""

LAUNCH = """
mutation Launch($tags: [ExecutionTag!]) {
  launchRun(executionParams: {
    selector: {
      repositoryLocationName: "kithwork", repositoryName: "__repository__", jobName: "build_all"
    },
    runConfigData: {},
    executionMetadata: {tags: $tags}
  }) {
    __typename
    ... on LaunchRunSuccess { run { runId } }
    ... on PythonError { message }
    ... on RunConfigValidationInvalid { errors { message } }
  }
}
"""

STATUS = """
query Status($run: ID!) {
  runOrError(runId: $run) {
    ... on Run {
      status
      eventConnection(limit: 5000) { events { ... on MessageEvent { message eventType } } }
    }
  }
}
"""


class Server:
    """A running web server, asked through GraphQL."""

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}/graphql"

    def ask(self, query: str, variables: dict[str, Any] | None = None) -> Any:
        body = json.dumps({"query": query, "variables": variables or {}}).encode()
        request = urllib.request.Request(self.url, body, {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=120) as response:
            answer = json.load(response)
        assert "errors" not in answer, answer["errors"]
        return answer["data"]


@pytest.fixture(scope="module")
def server(houston_warehouse_settings: Path) -> Iterator[Server]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [str(Path(sys.executable).parent / "kithwork"), "dev"]
    command += ["--config", str(houston_warehouse_settings), "--port", str(port)]
    log = (houston_warehouse_settings.parent / "webserver.log").open("w")
    process = subprocess.Popen(
        command, cwd=ROOT, stdout=log, stderr=log, start_new_session=True, preexec_fn=_as_a_background_job
    )
    try:
        yield _answering(Server(port), process, Path(log.name))
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
        process.wait(timeout=30)
        log.close()


def _as_a_background_job() -> None:
    """As a script's `&` starts it: it must end all the same when it is told to."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _answering(server: Server, process: subprocess.Popen[bytes], log: Path) -> Server:
    deadline = time.monotonic() + 180
    while time.monotonic() < deadline:
        assert process.poll() is None, log.read_text()
        try:
            server.ask("{ version }")
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(1)
        else:
            return server
    pytest.fail(f"the web server did not answer within three minutes:\n{log.read_text()}")


@pytest.fixture(scope="module")
def repository(server: Server) -> dict[str, Any]:
    entries = server.ask(LOADED)["workspaceOrError"]["locationEntries"]
    assert [entry["name"] for entry in entries] == ["kithwork"]
    location = entries[0]["locationOrLoadError"]
    assert location["__typename"] == "RepositoryLocation", location
    found: dict[str, Any] = location["repositories"][0]
    return found


def test_job_schedule_and_sensor_are_loaded(repository: dict[str, Any]) -> None:
    assert "build_all" in {job["name"] for job in repository["jobs"]}
    assert [schedule["name"] for schedule in repository["schedules"]] == ["nightly"]
    assert [sensor["name"] for sensor in repository["sensors"]] == ["landing_files"]


def test_the_sensor_ticks_and_the_schedule_is_known(server: Server, repository: dict[str, Any]) -> None:
    states = {sensor["name"]: sensor["sensorState"]["status"] for sensor in repository["sensors"]}
    assert states == {"landing_files": "RUNNING"}
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        sensors = server.ask(TICKS)["sensorsOrError"]["results"]
        ticks = [tick for sensor in sensors for tick in sensor["sensorState"]["ticks"]]
        if ticks:
            break
        time.sleep(1)
    assert ticks, "the sensor has not looked within two minutes"
    assert not [tick for tick in ticks if tick["status"] == "FAILURE"], ticks


def test_every_asset_says_what_it_is_and_who_owns_it(repository: dict[str, Any]) -> None:
    nodes = repository["assetNodes"]
    assert len(nodes) > 50
    for node in nodes:
        name = "/".join(node["assetKey"]["path"])
        assert node["description"], f"{name} has no description"
        assert node["owners"], f"{name} has no owner"
        assert node["groupName"] != "default", f"{name} is in no group"


def test_the_graph_is_connected_from_source_to_published_version(repository: dict[str, Any]) -> None:
    below = {
        "/".join(node["assetKey"]["path"]): {"/".join(key["path"]) for key in node["dependencyKeys"]}
        for node in repository["assetNodes"]
    }
    reached, frontier = set(), {"publish/published_version"}
    while frontier:
        reached |= frontier
        frontier = set().union(*(below.get(name, set()) for name in frontier)) - reached
    assert {"extract/community_slack", "extract/hris"} <= reached
    missing = set(below) - reached
    assert not missing, f"assets without a way to the published version: {sorted(missing)}"


def test_checks_stand_beside_the_assets(repository: dict[str, Any]) -> None:
    checked = {node["assetKey"]["path"][-1] for node in repository["assetNodes"] if node["hasAssetChecks"]}
    assert {"messages", "fct_tie_month", "dim_person"} <= checked


def test_a_run_launched_through_the_server_publishes(
    server: Server, repository: dict[str, Any], houston_warehouse_settings: Path
) -> None:
    answer = server.ask(LAUNCH, {"tags": []})["launchRun"]
    assert answer["__typename"] == "LaunchRunSuccess", answer
    run = answer["run"]["runId"]
    deadline = time.monotonic() + 600
    while time.monotonic() < deadline:
        state = server.ask(STATUS, {"run": run})["runOrError"]
        if state["status"] in {"SUCCESS", "FAILURE", "CANCELED"}:
            break
        time.sleep(2)
    messages = [event.get("message", "") for event in state["eventConnection"]["events"]]
    assert state["status"] == "SUCCESS", "\n".join(messages[-30:])
    current = houston_warehouse_settings.parent / "warehouse" / "published" / "current"
    assert (current / "kithwork.duckdb").is_file()
    assert (current / "manifest.json").is_file()
