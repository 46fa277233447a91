"""What is watched, what was ready and what a wait costs, read from the stage; by the test's own small programs."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, expect

from engine.observers import may_capture
from tests.browser.conftest import Stage, serve

Open = Callable[..., Stage]

SERVER = """
import select
import socket

PORT = 8001
CLIENTS = 3

server = socket.create_server(("127.0.0.1", PORT))
watched = [server]
seen = 0
while seen < CLIENTS or len(watched) > 1:
    readable, _, _ = select.select(watched, [], [])
    for sock in readable:
        if sock is server:
            watched.append(server.accept()[0])
            seen += 1
        elif data := sock.recv(1024):
            sock.sendall(data.upper())
        else:
            watched.remove(sock)
            sock.close()
"""

CLIENT = """
import socket
import sys

PORT = 8001

client = socket.create_connection(("127.0.0.1", PORT))
client.sendall(b"are you there?")
client.recv(1024)
client.close()
"""

EDGE = """
import select
import socket

PORT = 8001

server = socket.create_server(("127.0.0.1", PORT))
conn, _ = server.accept()
poller = select.epoll()
poller.register(conn, select.EPOLLIN | select.EPOLLET)
while poller.poll(0.5):
    conn.recv(4)
"""

COST = """
import select
import socket

PORT = 8001
CONNECTIONS = 600

server = socket.create_server(("127.0.0.1", PORT), backlog=64)
poller, epoller = select.poll(), select.epoll()
watched = []
for _ in range(CONNECTIONS):
    watched.append(socket.create_connection(("127.0.0.1", PORT)))
    watched.append(server.accept()[0])
    for sock in watched[-2:]:
        poller.register(sock, select.POLLIN)
        epoller.register(sock, select.EPOLLIN)
    if len(watched) in (20, 200, 2 * CONNECTIONS):
        for _ in range(5):
            try:
                select.select(watched, [], [], 0)
            except ValueError:
                pass
            poller.poll(0)
            epoller.poll(0)
"""


def write_lesson(
    folder: Path, view: str, programs: dict[str, str], parameters: tuple[str, ...], count: int = 1
) -> None:
    folder.mkdir(parents=True)
    words = '{ zh = "试", en = "Trial" }'
    text = [f'chapter = 5\norder = 90\nview = "{view}"\nopen_files = 4096\nremember = {{ zh = ["一"], en = ["one"] }}']
    text += [f"{name} = {words}" for name in ("title", "summary", "intro")]
    for name, source in programs.items():
        (folder / f"{name}.py").write_text(source)
        more = f'after = "server:listen"\ncount = {count}\n' if name == "client" else ""
        role = "client" if name == "client" else "server"
        text.append(f'[[programs]]\nname = "{name}"\nrole = "{role}"\nfile = "{name}.py"\n{more}')
    for name in parameters:
        text.append(f'[[parameters]]\nname = "{name}"\nkind = "int"\nminimum = 1\nmaximum = 65535')
        text.append(f"label = {words}\nhelp = {words}")
    (folder / "scenario.toml").write_text("\n".join(text))


@pytest.fixture(scope="module")
def trials(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A dashboard with the lessons of this file."""
    folder = tmp_path_factory.mktemp("scenarios")
    write_lesson(folder / "watching", "readiness", {"server": SERVER, "client": CLIENT}, ("PORT",), count=3)
    client = CLIENT.replace("client.recv(1024)", "client.recv(1)")  # nothing comes
    write_lesson(folder / "edge", "readiness", {"server": EDGE, "client": client}, ("PORT",))
    write_lesson(folder / "cost", "cost", {"server": COST}, ("PORT", "CONNECTIONS"))
    with serve(tmp_path_factory.mktemp("data"), "--scenarios", str(folder)) as url:
        yield url


def step_to(stage: Stage, place: Locator) -> None:
    """Step from the first event to the first one at which the page shows this."""
    if not any(place.count() for _ in stage.steps()):
        pytest.fail(f"no event shows {place}")


def test_the_table_says_what_was_asked_what_was_ready_and_which_bytes_wait(
    trials: str, stage: Open, free_port: int
) -> None:
    watching = stage(trials, "watching", f"lang=en&p.PORT={free_port}")
    watching.run()
    watching.to_end()
    page = watching.page
    ready = page.locator('#watches [data-what="connection"][data-ready="R"][data-waiting="14"]')
    step_to(watching, ready)
    expect(page.locator("#wait")).to_have_attribute("data-wait", "over")
    expect(page.locator("#wait code")).to_have_text(re.compile(r"select\.select\(\d fds, \[\], \[\]\)"))
    expect(page.locator("#wait strong")).to_have_text(re.compile(r"→ \d readable"))
    assert ready.first.locator(".byte-cells").inner_text().split() == list("are␣you␣there?")
    assert ready.first.locator(".watch-name").inner_text().startswith("client")
    rows = page.locator("#watches [data-watch]")
    assert rows.count() == int(page.get_attribute("#wait", "data-asked") or 0)
    assert page.locator('#watches [data-ready="R"]').count() == int(page.get_attribute("#wait", "data-ready") or 0)


@pytest.mark.skipif(not may_capture(), reason="the handshake is seen by capturing, which needs CAP_NET_RAW")
def test_a_connection_that_is_to_be_accepted_is_in_the_backlog(trials: str, stage: Open, free_port: int) -> None:
    watching = stage(trials, "watching", f"lang=en&p.PORT={free_port}")
    watching.run()
    watching.to_end()
    listener = watching.page.locator('#watches [data-what="listener"][data-ready="R"]')
    step_to(watching, listener)
    expect(listener).to_contain_text(re.compile(r"[1-3] connections? waiting for accept"))


@pytest.mark.parametrize("size", [(1920, 1080), (1024, 768)])
def test_the_raster_of_four_descriptors_is_never_cut_off(
    dashboard: str, stage: Open, free_port: int, size: tuple[int, int]
) -> None:
    select = stage(dashboard, "select-server", f"lang=en&p.PORT={free_port}")
    page = select.page
    page.set_viewport_size({"width": size[0], "height": size[1]})
    select.run()
    expect(page.locator("#watches [data-watch]")).to_have_count(4, timeout=15_000)
    expect(page.locator("#answer")).to_be_visible()
    page.click("#stop")
    select.to_end()
    page.keyboard.press("Home")
    step_to(select, page.locator('#wait[data-asked="4"][data-wait="over"]'))
    expect(page.locator("#raster")).to_be_in_viewport(ratio=1)


def test_a_click_on_the_raster_goes_to_its_wait(trials: str, stage: Open, free_port: int) -> None:
    watching = stage(trials, "watching", f"lang=en&p.PORT={free_port}")
    watching.run()
    watching.to_end()
    raster = watching.page.locator("#raster")
    waits = int(raster.get_attribute("data-waits") or 0)
    assert waits >= 5  # three connections to accept, three requests, three ends; several may come at once
    expect(raster).to_have_attribute("data-current", str(waits))
    raster.click(position={"x": 90, "y": 20})
    expect(raster).to_have_attribute("data-current", "1")
    expect(watching.page.locator("#sentence")).to_contain_text("select()")


def test_the_view_is_in_the_address(trials: str, stage: Open, free_port: int) -> None:
    watching = stage(trials, "watching", f"lang=en&p.PORT={free_port}")
    watching.run()
    watching.to_end()
    page = watching.page
    kernel = page.locator(".kernel")
    expect(kernel).to_have_attribute("data-view", "readiness")
    page.click('#view [data-view="axis"]')
    expect(page.locator("#streams")).to_be_visible()
    expect(page).to_have_url(re.compile("view=axis"))
    page.reload()
    expect(kernel).to_have_attribute("data-view", "axis")


def test_what_edge_triggered_does_not_report_is_marked(trials: str, stage: Open, free_port: int) -> None:
    edge = stage(trials, "edge", f"lang=en&p.PORT={free_port}")
    edge.run()
    edge.to_end()
    row = edge.page.locator("#watches [data-unreported]")
    step_to(edge, row)
    expect(row).to_have_attribute("data-unreported", "10")
    expect(row).to_contain_text("edge-triggered")
    expect(row.locator(".unreported")).to_have_text("Still 10 bytes here: not reported again until new data comes.")


def test_the_cost_of_each_call_and_where_select_ends(trials: str, stage: Open, free_port: int) -> None:
    cost = stage(trials, "cost", f"lang=en&p.PORT={free_port}")
    cost.run()
    page = cost.page
    expect(page.locator("#position")).to_have_attribute("data-closed", "true", timeout=60_000)
    page.keyboard.press("End")
    medians = page.eval_on_selector_all(
        "#cost-chart [data-cost]", "all => all.map(it => [it.dataset.cost, +it.dataset.watched, +it.dataset.median])"
    )
    known = {(kind, watched): median for kind, watched, median in medians}
    assert set(known) == {(kind, n) for kind in ("select", "poll", "epoll") for n in (20, 200, 1200)} - {
        ("select", 1200)
    }
    assert known["select", 200] > known["select", 20]
    stop = page.locator('[data-cost-stop="select"]')
    expect(stop).to_have_attribute("data-watched", "1200")
    expect(stop).to_contain_text("ValueError: filedescriptor out of range in select()")
    cells = page.eval_on_selector_all("#cost-table td[data-ns]", "all => all.map(it => +it.dataset.ns)")
    assert sorted(cells) == sorted(known.values()), json.dumps(medians)


def test_of_many_connections_a_few_are_drawn_and_any_can_be_found(trials: str, stage: Open, free_port: int) -> None:
    cost = stage(trials, "cost", f"lang=en&view=axis&p.PORT={free_port}&p.CONNECTIONS=40")
    cost.run()
    page = cost.page
    expect(page.locator("#position")).to_have_attribute("data-closed", "true", timeout=60_000)
    page.keyboard.press("End")
    more = page.locator("#more-connections")
    expect(more).to_have_attribute("data-total", "40")
    expect(more).to_contain_text("34 more connections")
    expect(page.locator("[data-stream]")).to_have_count(12)
    page.fill("#find-connection", "17")
    expect(page.locator('[data-stream="17>"]')).to_be_visible()
