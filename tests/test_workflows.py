"""The workflows: what they may say, and the refresh's shell steps run for real in a sandbox.

There `git` is real and works against a local bare repository; `gh` and `make` are programs that
note what they were asked and do what the case says.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import copies
import pytest
import specimen
import yaml
from copies import claim, number
from freezing import packed, written
from specimen import PROJECT

from openrace.cli import main
from openrace.editions import copy, record
from openrace.editions.record import Edition

EDITION = "2026-01-02"
WORKFLOWS = sorted((PROJECT / ".github" / "workflows").glob("*.yml"))


def steps(path: Path) -> Iterator[dict[str, Any]]:
    for job in yaml.safe_load(path.read_text())["jobs"].values():
        yield from job["steps"]


def scripts(path: Path) -> list[str]:
    return [step["run"] for step in steps(path) if "run" in step]


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda p: p.stem)
def test_a_workflow_calls_only_commands_that_exist(path: Path) -> None:
    called = "\n".join(scripts(path))
    targets = re.findall(r"(?m)^([a-z]+):", (PROJECT / "Makefile").read_text())
    assert set(re.findall(r"\bmake ([a-z]+)", called)) <= set(targets)
    for command in re.findall(r"\bopenrace (\S+)", called):
        assert command in main.commands
    for command, option in re.findall(r"\bopenrace (\S+).* (--[a-z-]+)", called):
        assert option in {o for p in main.commands[command].params for o in p.opts}


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda p: p.stem)
def test_nothing_is_written_into_a_script_by_github(path: Path) -> None:
    for script in scripts(path):
        assert "${{" not in script
        if script.count("\n") > 1:
            assert script.startswith("set -euo pipefail\n")


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda p: p.stem)
def test_actions_are_githubs_own_and_pinned_and_permissions_are_named(path: Path) -> None:
    said = yaml.safe_load(path.read_text())
    assert "permissions" in said
    for step in steps(path):
        if "uses" in step:
            assert re.fullmatch(r"actions/[a-z-]+@v\d+", step["uses"])


def test_secrets_reach_the_refresh_alone_and_no_token_does() -> None:
    path = PROJECT / ".github" / "workflows" / "refresh.yml"
    holders = [s for s in steps(path) if "secrets." in json.dumps(s)]
    assert [s["id"] for s in holders] == ["refresh"]
    assert "github.token" not in json.dumps(holders)
    checkout = next(s for s in steps(path) if "checkout" in s.get("uses", ""))
    assert checkout["with"]["persist-credentials"] is False


def test_only_main_is_published_and_only_a_tag_of_an_edition_is_released() -> None:
    release = yaml.safe_load((PROJECT / ".github" / "workflows" / "release.yml").read_text())
    assert release[True] == {"push": {"tags": ["edition-*"]}}
    publish = yaml.safe_load((PROJECT / ".github" / "workflows" / "publish.yml").read_text())
    assert publish[True]["push"] == {"branches": ["main"]}  # YAML takes `on` for true


# The sandbox.

GH = """#!{python}
import json, os, pathlib, shutil, sys
home, asked = pathlib.Path(os.environ["SANDBOX"]), sys.argv[1:]
note = {{"asked": asked, "token": bool(os.environ.get("GH_TOKEN"))}}
for option in {{"--body-file", "--notes-file"}} & {{*asked}}:
    note["body"] = pathlib.Path(asked[asked.index(option) + 1]).read_text()
with (home / "gh.log").open("a") as log:
    log.write(json.dumps(note) + "\\n")
if asked[:2] == ["release", "download"]:
    if not (home / "zips" / f"{{asked[4]}}").exists():
        sys.exit("release not found")
    shutil.copy(home / "zips" / asked[4], asked[6])
answer = home / "gh" / "-".join(asked[:2])
print(answer.read_text() if answer.exists() else "")
"""

MAKE = """#!/bin/bash
set -e
env > "$SANDBOX/make-$1.env"
if [ -x "$SANDBOX/$1" ]; then exec "$SANDBOX/$1"; fi
mkdir -p _build && cp -R "$SANDBOX/site" _build/html
"""

GROWN = """#!/bin/bash
echo "hub: 1 row is new"
echo 2026-01-03,a/one,China,15 >> data/counts.csv
rm -r _build/html && cp -R "$SANDBOX/later" _build/html
mkdir -p raw && echo secret > raw/answer
"""

FAILED = """#!/bin/bash
echo 2026-01-03,a/one,9 >> data/likes.csv
echo "$(date -u +%F),hub,failed,down" >> data/refreshes.csv
echo "$(date -u +%F),sec,held,odd" >> data/refreshes.csv
rm -r _build/html && cp -R "$SANDBOX/later" _build/html
echo "Stopped: hub, sec." >&2
exit 3
"""

OUTPUTS = {"artifact-url": "https://example.org/artifact", "artifact-digest": "abc"}


@dataclass
class Ran:
    """What a run of the workflow did."""

    failed: bool = False
    ran: list[str] = field(default_factory=list)
    said: str = ""


@dataclass
class Sandbox:
    """A repository with a bare origin, and programs in place of `gh` and `make`."""

    home: Path
    number: int = 0

    @property
    def work(self) -> Path:
        return self.home / "work"

    def git(self, *arguments: str) -> str:
        command = ["git", *arguments]
        done = subprocess.run(
            command, cwd=self.work, env=self.environment(), capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def environment(self) -> dict[str, str]:
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("GIT_", "OPENRACE_"))}
        own = {
            "PATH": f"{self.home / 'bin'}:{kept['PATH']}",
            "HOME": str(self.home),
            "GIT_CONFIG_NOSYSTEM": "1",
            "SANDBOX": str(self.home),
            "OPENRACE_DATA": str(self.work / "data"),
            "RUNNER_TEMP": str(self.home / "temp"),
            "GITHUB_OUTPUT": str(self.home / "outputs"),
            "GITHUB_RUN_NUMBER": str(self.number),
            "GITHUB_REF_NAME": f"edition-{EDITION}",
        }
        return kept | own

    def program(self, path: Path, text: str) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        path.chmod(0o755)

    def asked(self) -> list[dict[str, Any]]:
        """What `gh` was asked in this run, but for its lists and its login."""
        lines = (self.home / "gh.log").read_text().splitlines()
        notes = [json.loads(line) for line in lines]
        return [n for n in notes if n["asked"][1] not in ("list", "setup-git")]

    def answer(self, verb: str, text: str) -> None:
        (self.home / "gh").mkdir(exist_ok=True)
        (self.home / "gh" / verb).write_text(text)

    def checkout(self) -> None:
        """Give the run its own fresh copy of main, as GitHub does."""
        self.number += 1
        for gone in ("work", "temp", "outputs", "gh.log"):
            path = self.home / gone
            shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
        (self.home / "temp").mkdir()
        (self.home / "gh.log").touch()
        origin = str(self.home / "origin.git")
        subprocess.run(["git", "clone", "-q", "-b", "main", origin, str(self.work)], check=True)
        openrace = Path(sys.executable).with_name("openrace")
        self.program(
            self.work / ".venv" / "bin" / "openrace", f'#!/bin/bash\nexec {openrace} "$@"\n'
        )

    def run(self, workflow: str = "refresh", **inputs: str) -> Ran:
        """Run a workflow's steps as GitHub does; actions only give their outputs."""
        self.checkout()
        path = PROJECT / ".github" / "workflows" / f"{workflow}.yml"
        given = yaml.safe_load(path.read_text()).get("env", {})
        ran = Ran()
        context = {
            "github.token": "token",
            "github.repository": "open/race",
            "github.run_number": str(self.number),
            "github.run_id": "77",
            "github.server_url": "https://github.com",
            "runner.temp": str(self.home / "temp"),
            "steps.pages.outputs.base_url": "https://race.example",
            "secrets.OPENROUTER_API_KEY": "key",
            "vars.OPENRACE_CONTACT": "someone",
            **{f"inputs.{name}": inputs.get(name, "") for name in ("only", "accept", "run")},
        }
        context |= {
            f"steps.{id}.outputs.{o}": v for id in ("raw", "report") for o, v in OUTPUTS.items()
        }
        for step in steps(path):
            if "run" in step and _due(step, context, ran):
                self._step(step, given, context, ran)
        return ran

    def _step(
        self, step: dict[str, Any], given: Mapping[str, str], context: dict[str, str], ran: Ran
    ) -> None:
        own = {k: _filled(v, context) for k, v in (given | step.get("env", {})).items()}
        (self.home / "outputs").write_text("")
        done = subprocess.run(
            ["bash", "-e", "-c", step["run"]],
            cwd=self.work,
            env=self.environment() | own,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        for line in (self.home / "outputs").read_text().splitlines():
            name, _, value = line.partition("=")
            context[f"steps.{step['id']}.outputs.{name}"] = value
        ran.ran.append(step.get("name", step["run"]))
        ran.said += done.stdout
        ran.failed = ran.failed or done.returncode != 0


def _filled(text: str, context: Mapping[str, str]) -> str:
    found = re.compile(r"\$\{\{ (\S+) \}\}")
    if text.startswith("${{ steps."):  # of a step that did not run
        return context.get(found.fullmatch(text)[1], "")  # type: ignore[index]
    return found.sub(lambda name: context[name[1]], text)


def _due(step: dict[str, Any], context: Mapping[str, str], ran: Ran) -> bool:
    condition = step.get("if", "success()")
    if not re.search(r"(success|failure|always)\(\)", condition):
        condition = f"success() && ({condition})"
    words = condition.replace("&&", "and").replace("||", "or")
    words = words.replace("success()", str(not ran.failed)).replace("failure()", str(ran.failed))
    words = re.sub(r"(?:steps|inputs)\.[\w.-]+", lambda name: repr(context.get(name[0], "")), words)
    return bool(eval(words))


def made(home: Path) -> Sandbox:
    sandbox = Sandbox(home)
    sandbox.program(home / "bin" / "gh", GH.format(python=sys.executable))
    sandbox.program(home / "bin" / "make", MAKE)
    _sites(home)
    specimen.write(sandbox.work)
    _log(sandbox.work / "data")
    shutil.copy(PROJECT / ".gitignore", sandbox.work)
    subprocess.run(
        ["git", "init", "-q", "--bare", "-b", "main", str(home / "origin.git")], check=True
    )
    sandbox.git("init", "-q", "-b", "main")
    sandbox.git("add", ".")
    sandbox.git("-c", "user.name=a", "-c", "user.email=a@example.org", "commit", "-qm", "Begin")
    sandbox.git("push", "-q", str(home / "origin.git"), "main")
    return sandbox


def _sites(home: Path) -> None:
    for name, gain in (("site", 2), ("later", 5)):
        told = {"one.gain": number(gain)}
        built = copies.site(home / name, told, {"used": claim("supported")})
        copies.figure(built, "one-line", f"It rose by {gain}")
        shutil.move(built, home / "moved")
        shutil.rmtree(home / name)
        shutil.move(home / "moved", home / name)


def _log(data: Path) -> None:
    """Add the table of refreshes to the specimen, in the columns that matter here."""
    described = json.loads((data / "datapackage.json").read_text())
    fields = [{"name": "date", "type": "date"}] + [
        {"name": name, "type": "string"} for name in ("source", "outcome", "why")
    ]
    own = {"name": "refreshes", "path": "refreshes.csv", "schema": {"fields": fields}}
    described["resources"].append(described["resources"][0] | own)
    (data / "datapackage.json").write_text(json.dumps(described))
    (data / "refreshes.csv").write_text("date,source,outcome,why\n")


def today() -> str:
    return f"{datetime.now(UTC).date()}"


HOSTILE = "$(touch owned); `touch owned` ${HOME} '\""


@pytest.fixture(scope="module")
def grown(tmp_path_factory: pytest.TempPathFactory) -> tuple[Sandbox, Ran]:
    """A run in which a source brought a row."""
    sandbox = made(tmp_path_factory.mktemp("grown"))
    sandbox.program(sandbox.home / "refresh", GROWN)
    return sandbox, sandbox.run(only=HOSTILE, accept=HOSTILE, run="5")


def test_new_rows_are_proposed_with_what_they_moved(grown: tuple[Sandbox, Ran]) -> None:
    sandbox, ran = grown
    assert not ran.failed, ran.said
    assert "Open an issue for each source that failed" not in ran.ran
    branch = f"refresh/{today()}"
    shown = sandbox.git("diff", "--stat", "origin/main", "HEAD")
    assert "data/counts.csv | 1 +\n" in shown
    assert "1 file changed" in shown
    assert sandbox.git("ls-remote", "origin", branch).split()[0] == sandbox.git("rev-parse", "HEAD")
    assert sandbox.git("log", "-1", "--format=%an", "HEAD") == "github-actions[bot]"
    download, create, test = sandbox.asked()
    assert download["asked"] == ["run", "download", "5", "--name", "raw-answers", "--dir", "raw"]
    assert create["asked"][:6] == ["pr", "create", "--base", "main", "--head", branch]
    assert test["asked"] == ["workflow", "run", "test.yml", "--ref", branch]
    assert "1 table grew by 1 row; 1 number moved" in create["body"]
    assert "[Raw answers](https://example.org/artifact), kept" in create["body"]
    pictures = "https://raw.githubusercontent.com/open/race/refresh-pictures/1/one-line-after.png"
    assert pictures in create["body"]


def test_pictures_lie_on_a_branch_of_their_own(grown: tuple[Sandbox, Ran]) -> None:
    sandbox, _ = grown
    sandbox.git("fetch", "-q", "origin", "refresh-pictures")
    files = sandbox.git("ls-tree", "-r", "--name-only", "FETCH_HEAD").split()
    assert files == ["1/one-line-after.png", "1/one-line-before.png"]
    assert sandbox.git("rev-list", "--count", "FETCH_HEAD") == "1"


def test_inputs_reach_make_as_they_were_typed_and_run_nothing(grown: tuple[Sandbox, Ran]) -> None:
    sandbox, _ = grown
    environment = (sandbox.home / "make-refresh.env").read_text().splitlines()
    assert f"ONLY={HOSTILE}" in environment
    assert f"ACCEPT={HOSTILE}" in environment
    assert "OPENROUTER_API_KEY=key" in environment
    assert not any(line.startswith("GH_TOKEN=") for line in environment)
    assert list(sandbox.home.rglob("owned")) == []


@pytest.fixture(scope="module")
def failing(grown: tuple[Sandbox, Ran]) -> tuple[Sandbox, Ran]:
    """The next run, with the proposal and an issue still open, in which two sources fail."""
    sandbox, _ = grown
    sandbox.program(sandbox.home / "refresh", FAILED)
    sandbox.answer("pr-list", f"refresh/{today()}")
    sandbox.answer("issue-list", "7 Refresh failed: hub and more\n12 Refresh failed: hub")
    return sandbox, sandbox.run()


def test_a_failure_leaves_the_open_proposal_with_more(failing: tuple[Sandbox, Ran]) -> None:
    sandbox, ran = failing
    assert ran.failed
    assert "2026-01-03,a/one,China,15" in sandbox.git("show", "HEAD:data/counts.csv")
    assert "2026-01-03,a/one,9" in sandbox.git("show", "HEAD:data/likes.csv")
    edit = sandbox.asked()[0]
    assert edit["asked"][:3] == ["pr", "edit", f"refresh/{today()}"]
    assert "3 tables grew by 4 rows" in edit["body"]
    pushed = sandbox.git("ls-remote", "origin", f"refresh/{today()}").split()[0]
    assert pushed == sandbox.git("rev-parse", "HEAD")


def test_each_source_that_failed_has_one_issue(failing: tuple[Sandbox, Ran]) -> None:
    sandbox, _ = failing
    comment, create = [n for n in sandbox.asked() if n["asked"][0] == "issue"]
    assert comment["asked"][:3] == ["issue", "comment", "12"]
    assert create["asked"][:4] == ["issue", "create", "--title", "Refresh failed: sec"]
    assert f"was not refreshed on {today()}.** down" in comment["body"]
    assert "held back" in create["body"]
    for issue in (comment, create):
        assert "Stopped: hub, sec." in issue["body"]
        assert "[The run](https://github.com/open/race/actions/runs/77)" in issue["body"]


def test_later_pictures_join_the_earlier_ones(failing: tuple[Sandbox, Ran]) -> None:
    sandbox, _ = failing
    sandbox.git("fetch", "-q", "origin", "refresh-pictures")
    files = sandbox.git("ls-tree", "-r", "--name-only", "FETCH_HEAD").split()
    assert [f.split("/")[0] for f in files] == ["1", "1", "2", "2"]


def test_nothing_new_proposes_nothing(tmp_path: Path) -> None:
    sandbox = made(tmp_path)
    sandbox.program(sandbox.home / "refresh", "#!/bin/bash\necho nothing is due\n")
    ran = sandbox.run()
    assert not ran.failed, ran.said
    assert sandbox.asked() == []
    assert sandbox.git("ls-remote", "origin").count("refs/") == 1


def test_a_run_that_stops_before_the_refresh_says_so_too(tmp_path: Path) -> None:
    sandbox = made(tmp_path)
    sandbox.program(sandbox.home / "book", "#!/bin/bash\nexit 2\n")
    ran = sandbox.run()
    assert ran.failed
    (issue,) = sandbox.asked()
    assert issue["asked"][:4] == ["issue", "create", "--title", "Refresh failed: workflow"]
    assert issue["body"].startswith("A step beside the refresh failed.")


# Editions.


@pytest.fixture
def releasing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Sandbox:
    """A repository that records an edition, whose zip is not released yet."""
    sandbox = made(tmp_path)
    sandbox.checkout()
    folder = written(tmp_path / "zips" / EDITION)
    packed(folder)
    monkeypatch.setenv("OPENRACE_DATA", str(sandbox.work / "data"))
    edition = Edition(EDITION, EDITION, "2026-11-25", "0.1.0", copy.digest(folder), {})
    record.write(edition, {kind: {} for kind in record.KINDS})
    record.seal(edition)
    sandbox.git("add", "published")
    author = ("-c", "user.name=a", "-c", "user.email=a@example.org")
    sandbox.git(*author, "commit", "-qm", "Publish an edition")
    sandbox.git("push", "-q", "origin", "main")
    return sandbox


def test_the_published_site_keeps_every_edition(releasing: Sandbox) -> None:
    ran = releasing.run("publish")
    assert not ran.failed, ran.said
    assert f"{EDITION} is as it was published" in ran.said
    site = releasing.work / "_build" / "html"
    assert (site / "editions" / EDITION / "index.html").exists()
    assert f"../{EDITION}/" in (site / "editions" / "latest" / "index.html").read_text()
    assert (site / "numbers.json").exists()
    environment = (releasing.home / "make-book.env").read_text()
    assert "OPENRACE_ADDRESS=https://race.example\n" in environment
    assert "GH_TOKEN" not in environment


def test_nothing_is_published_without_an_edition_that_git_records(releasing: Sandbox) -> None:
    """One that is not released is made again, if this code still makes the same."""
    shutil.rmtree(releasing.home / "zips")
    ran = frozen(releasing, "publish")
    assert ran.failed
    assert "Stopped: it is another edition." in ran.said
    asked = (releasing.home / "openrace.log").read_text()
    assert asked.startswith(f"edition --again {EDITION} --to ")
    assert asked.count("\n") == 1


def test_a_book_without_editions_is_published(tmp_path: Path) -> None:
    sandbox = made(tmp_path)
    assert not sandbox.run("publish").failed
    assert sandbox.asked() == []


FREEZE = """#!/bin/bash
echo "$@" >> "$SANDBOX/openrace.log"
[ -e "$SANDBOX/zips" ] || { echo "Stopped: it is another edition." >&2; exit 1; }
mkdir -p editions && cp -R "$SANDBOX"/zips/* editions/
"""


def test_a_release_holds_the_edition_its_digest_and_how_to_prove_it(releasing: Sandbox) -> None:
    ran = frozen(releasing)
    assert not ran.failed, ran.said
    assert (releasing.home / "openrace.log").read_text() == f"edition --again {EDITION}\n"
    create, publish = releasing.asked()
    files = [f"editions/{EDITION}.zip", f"editions/{EDITION}/SHA256SUMS"]
    assert create["asked"][:5] == ["release", "create", f"edition-{EDITION}", *files]
    digest = copy.digest(releasing.home / "zips" / EDITION)
    assert f"`{digest}`" in create["body"]
    assert f"`openrace verify --edition {EDITION}.zip`" in create["body"]
    assert publish["asked"] == ["workflow", "run", "publish.yml", "--ref", "main"]


def test_another_edition_than_the_recorded_one_is_not_released(releasing: Sandbox) -> None:
    shutil.rmtree(releasing.home / "zips")
    ran = frozen(releasing)
    assert ran.failed
    assert releasing.asked() == []


def frozen(sandbox: Sandbox, workflow: str = "release") -> Ran:
    """Run a workflow with a program in place of `openrace`: to freeze takes minutes."""
    checkout = sandbox.checkout

    def own() -> None:
        checkout()
        sandbox.program(sandbox.work / ".venv" / "bin" / "openrace", FREEZE)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sandbox, "checkout", own)
        return sandbox.run(workflow)
