import assert from "node:assert/strict";
import test from "node:test";

import { groupsOf, numberOf } from "../../static/js/model/group.js";
import { aimed, lives, standings } from "../../static/js/model/hold.js";
import { entries } from "../../static/js/model/log.js";
import { reduce } from "../../static/js/model/reduce.js";
import { Screen } from "../../static/js/model/screen.js";
import { initialState } from "../../static/js/model/state.js";
import { commonestFirst, outcomeText } from "../../static/js/model/outcomes.js";
import { received, recording, sent, started } from "./events.js";

const play = (...events) => recording(...events).reduce(reduce, initialState());
const held = (t, process, hold) => ({ type: "process.held", t, process, hold });
const stands = (t, call, thread, op, more = {}) => ({
  type: "call.held", t, process: "server", thread, call, op, line: 8, args: "1024", asked: 1024, ...more,
});
const says = (state) =>
  standings(state.processes.server).map(({ thread, call, held: stopped }) => [thread, call.op, stopped]);

const server = started(1, "server", "server");

test("a held thread stands before its call until that call is made", () => {
  const before = [server, held(2, "server", true), stands(3, 7, 1, "recv")];
  assert.deepEqual(says(play(...before)), [[1, "recv", true]]);
  assert.equal(play(...before).processes.server.line, 8);
  const made = { type: "call.started", t: 4, process: "server", thread: 1, call: 7, op: "recv", args: "1024" };
  assert.deepEqual(says(play(...before, made)), [[1, "recv", false]], "it will stop after this one");
  const returned = received(5, 7, 0, "good", { thread: 1 });
  assert.deepEqual(says(play(...before, made, returned)), []);
  assert.deepEqual(says(play(...before, returned)), [], "a call that is over at once is let through as well");
});

test("each thread of a process is held by itself", () => {
  const all = [server, held(2, "server", true), stands(3, 7, 1, "recv"), stands(4, 8, 2, "accept", { args: "" })];
  assert.deepEqual(says(play(...all)), [[1, "recv", true], [2, "accept", true]]);
  assert.deepEqual(says(play(...all, received(5, 8, 0, "x", { thread: 2 }))), [[1, "recv", true]]);
  assert.deepEqual(says(play(...all, held(5, "server", false))), []);
  assert.equal(play(...all, held(5, "server", false)).processes.server.hold, false);
});

test("a send that is held has no number: the numbers go by the order in which sends are made", () => {
  const state = play(
    started(1, "client", "client"), held(2, "client", true),
    { ...stands(3, 1, 0, "sendall", { args: "", asked: 3, moved: "sent" }), process: "client" },
    { ...sent(4, 2, 0, "sir"), process: "other" }, sent(5, 1, 3, "sir"),
  );
  assert.deepEqual(entries(state.streams.get("1>").sends).map(({ number }) => number), [1, 2]);
});

test("a process that has ended is held no longer, and stands before nothing", () => {
  const end = { type: "process.exited", t: 9, process: "server", signal: "SIGKILL", stopped: true };
  const state = play(server, held(2, "server", true), stands(3, 7, 1, "recv"), end);
  assert.equal(lives(state.processes.server), false);
  assert.deepEqual(says(state), []);
  assert.equal(aimed(state, "server"), null);
});

test("the keys act on the process in focus, else on the first held, else on the first that runs", () => {
  const all = [started(1, "client", "client"), server];
  assert.equal(aimed(play(...all), null).name, "client");
  assert.equal(aimed(play(...all), "server").name, "server");
  assert.equal(aimed(play(...all, held(3, "server", true)), null).name, "server");
});

test("a crash has its error and its line, if the line is in the program's own file", () => {
  const end = { type: "process.exited", t: 9, process: "server", code: 1, error: "ValueError: no", line: 3 };
  assert.equal(play(server, { ...end, file: "server.py" }).processes.server.exited.line, 3);
  assert.equal(play(server, { ...end, file: "other.py" }).processes.server.exited.line, null);
});

test("what was typed stands in the terminal where it was typed", () => {
  const out = (t, text) => ({ type: "process.output", t, process: "server", stream: "stdout", text });
  const state = play(
    server, out(2, "name? "), { type: "process.input", t: 3, process: "server", text: "小明\n" }, out(4, "你好\n"),
    { type: "process.input", t: 5, process: "server", end: true },
    { type: "process.interrupted", t: 6, process: "server" },
  );
  const shown = entries(state.processes.server.output).map(({ stream, text }) => [stream, text]);
  assert.deepEqual(shown, [
    ["stdout", "name? "], ["input", "小明\n"], ["stdout", "你好\n"], ["end", "^D\n"], ["interrupt", "^C\n"],
  ]);
  assert.equal(state.processes.server.inputEnded, true);
});

const textOf = ({ pieces }) => pieces.map(({ text }) => text).join("");

test("a prompt without a newline is the open line, and what is typed goes on there", () => {
  const screen = new Screen();
  screen.write("stdout", "one\nname? ");
  assert.deepEqual(screen.lines.map(textOf), ["one", "name? "]);
  screen.write("input", "x\n");
  assert.deepEqual(screen.lines[1].pieces, [{ kind: "stdout", text: "name? " }, { kind: "input", text: "x" }]);
  assert.equal(textOf(screen.open), "");
});

test("of a flood the newest lines are kept and the others counted", () => {
  const screen = new Screen(10);
  for (let i = 0; i < 1000; i += 1) screen.write("stdout", `${2 * i}\n${2 * i + 1}\n`);
  assert.equal(screen.lines.length, 10);
  assert.deepEqual([screen.left, textOf(screen.lines[0]), textOf(screen.lines[8])], [1991, "1991", "1999"]);
});

test("a line of a megabyte is cut into lines a browser can lay out, and nothing is lost", () => {
  const screen = new Screen();
  for (let i = 0; i < 1000; i += 1) screen.write("stdout", "x".repeat(1049));
  assert.equal(screen.lines.map(textOf).join("").length, 1_049_000);
  assert.ok(screen.lines.every(({ length }) => length <= 10_000));
});

const listings = ["server", "client"].map((name) => ({ name, role: name, file: `${name}.py`, lines: [] }));
const clients = (count) =>
  Array.from({ length: count }, (_, i) => ({
    ...started(i, i ? `client-${i + 1}` : "client", "client"), program: "client", file: "client.py",
  }));
const groupOf = (events, chosen = {}) => {
  const group = groupsOf(play(...events), listings, chosen).find(({ program }) => program === "client");
  const names = (panels) => panels.map(({ name }) => name);
  return { ...group, panels: names(group.panels), cards: names(group.cards) };
};
const ended = (process) => ({ type: "process.exited", t: 1000, process, code: 0 });

test("before a run there is a panel for each program, and two processes of one share the side", () => {
  assert.deepEqual(groupOf([]).panels, ["client"]);
  assert.deepEqual(groupOf(clients(2)).panels, ["client", "client-2"]);
  assert.deepEqual(groupOf(clients(2)).cards, []);
});

test("of many processes one has a panel, the chosen one, and the others cards", () => {
  const first = groupOf(clients(4));
  assert.deepEqual([first.panels, first.cards], [["client"], ["client-2", "client-3", "client-4"]]);
  const { panels, cards } = groupOf(clients(4), { client: "client-3" });
  assert.deepEqual([panels, cards], [["client-3"], ["client", "client-2", "client-4"]]);
});

test("the page draws a bounded number of cards, and counts the others", () => {
  const { cards, folded, all } = groupOf(clients(500));
  assert.deepEqual([cards.length, folded, all], [40, 459, 500]);
});

test("of those that have ended a few stay, and the others are counted", () => {
  const { cards, ended: gone } = groupOf([...clients(9), ...[2, 3, 4, 5, 6].map((n) => ended(`client-${n}`))]);
  assert.deepEqual([cards, gone], [["client-4", "client-5", "client-6", "client-7", "client-8", "client-9"], 2]);
});

test("a child of a program is of its parent's group", () => {
  const child = { ...started(5, "client/71", "client"), file: "client.py", parent: "client" };
  assert.deepEqual(groupOf([...clients(1), child]).panels, ["client", "client/71"]);
});

test("the colour of a process goes by the number in its name", () => {
  assert.deepEqual(["client", "client-2", "client-31"].map(numberOf), [1, 2, 31]);
});

test("outcomes are written as their receives, the commonest first", () => {
  const outcome = (receives, count, error = null) => {
    const runs = Array.from({ length: count }, (_, i) => `r${i}`);
    return { process: "server", stream: "1>", receives, error, runs };
  };
  const sorted = commonestFirst([outcome([12, 3], 1), outcome([15], 4), outcome([12], 2, "ConnectionResetError")]);
  assert.deepEqual(sorted.map(outcomeText), ["[15]", "[12] ConnectionResetError", "[12] [3]"]);
  assert.equal(outcomeText(outcome(Array.from({ length: 100 }, () => 1), 1)), `${"[1] ".repeat(8)}… (100)`);
});
