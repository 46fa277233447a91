import assert from "node:assert/strict";
import test from "node:test";

import { reduce } from "../../static/js/model/reduce.js";
import { initialState } from "../../static/js/model/state.js";
import { TRANSITIONS } from "../../static/js/model/tcp.js";
import { bare, connected, recording, sampled } from "./events.js";

const fold = (...events) => recording(connected(1), ...events).reduce(reduce, initialState()).tcp.get(1);
const walk = (path) => path.map(({ state, evidence }) => (evidence === "measured" ? state : `${state}?`)).join(" ");
const syn = bare(2, "client", "SYN", { ack: null });
const synAck = bare(3, "server", "SYN ACK", { ack: 1 });
const ack = bare(4, "client", "ACK");
const clientFin = bare(5, "client", "FIN ACK");
const serverAcks = bare(6, "server", "ACK", { ack: 2 });
const serverFin = bare(7, "server", "FIN ACK", { ack: 2 });
const clientAcks = bare(8, "client", "ACK", { ack: 2 });

test("a handshake and a close, the client first", () => {
  const { client, server } = fold(syn, synAck, ack, clientFin, serverAcks, serverFin, clientAcks);
  assert.equal(walk(client), "CLOSED? SYN-SENT? ESTABLISHED? FIN-WAIT-1? FIN-WAIT-2? TIME-WAIT?");
  assert.equal(walk(server), "LISTEN? SYN-RECEIVED? ESTABLISHED? CLOSE-WAIT? LAST-ACK? CLOSED?");
});

test("a FIN that acknowledges the other's FIN passes FIN-WAIT-2 at once", () => {
  const { client } = fold(syn, synAck, ack, clientFin, serverFin, clientAcks);
  assert.equal(walk(client), "CLOSED? SYN-SENT? ESTABLISHED? FIN-WAIT-1? FIN-WAIT-2? TIME-WAIT?");
});

test("a FIN that does not acknowledge the other's leads through CLOSING", () => {
  const crossing = bare(6, "server", "FIN ACK", { ack: 1 });
  const { client, server } = fold(syn, synAck, ack, clientFin, crossing, clientAcks);
  assert.equal(walk(client), "CLOSED? SYN-SENT? ESTABLISHED? FIN-WAIT-1? CLOSING?");
  assert.equal(walk(server), "LISTEN? SYN-RECEIVED? ESTABLISHED? CLOSE-WAIT? LAST-ACK? CLOSED?");
});

test("a RST ends both ends", () => {
  const { client, server } = fold(syn, synAck, ack, bare(5, "server", "RST ACK", { ack: 1 }));
  assert.deepEqual([client.at(-1).state, server.at(-1).state], ["CLOSED", "CLOSED"]);
});

test("a sample makes measured what was derived, also when it comes late", () => {
  const { client } = fold(syn, synAck, ack, clientFin, serverAcks, sampled(9, "client", "FIN-WAIT-1"));
  assert.equal(walk(client), "CLOSED? SYN-SENT? ESTABLISHED? FIN-WAIT-1 FIN-WAIT-2?");
});

test("without segments the path is what the samples saw", () => {
  const { client } = fold(...["ESTABLISHED", "FIN-WAIT-2", "TIME-WAIT"].map((state, i) => sampled(i + 2, "client", state)));
  assert.equal(walk(client), "CLOSED? ESTABLISHED FIN-WAIT-2 TIME-WAIT");
});

test("every state of RFC 9293 can be reached and left", () => {
  const states = new Set(TRANSITIONS.flatMap(({ from, to }) => [from, to]));
  assert.equal(states.size, 11);
  for (const state of states) {
    assert.ok(TRANSITIONS.some(({ from }) => from === state) && TRANSITIONS.some(({ to }) => to === state), state);
  }
});

test("a look before connect that is told late takes nothing back", () => {
  const late = sampled(5, "client", "CLOSED");
  assert.equal(walk(fold(syn, synAck, ack, late).client), "CLOSED? SYN-SENT? ESTABLISHED?");
  const seen = sampled(5, "client", "ESTABLISHED");
  assert.equal(walk(fold(syn, synAck, ack, seen, late).client), "CLOSED? SYN-SENT? ESTABLISHED CLOSED");
});
