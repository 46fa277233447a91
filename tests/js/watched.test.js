import assert from "node:assert/strict";
import test from "node:test";

import { Watched } from "../../static/js/watched.js";

const settled = () => new Promise((resolve) => setImmediate(resolve));

test("the clock of a run stands while its server is out of reach, and goes on when it is back", async () => {
  const sockets = [];
  let again = () => {};
  globalThis.setTimeout = (run) => (again = run);
  globalThis.location = { protocol: "http:", host: "here" };
  globalThis.WebSocket = class {
    constructor() {
      sockets.push(this);
    }
  };
  const hear = async (frame) => {
    sockets.at(-1).onmessage({ data: JSON.stringify(frame) });
    await settled();
  };
  const watched = new Watched("r1");
  watched.follow(() => {});
  await hear({ kind: "log", chunks: [], tail: 1 });
  await hear({ kind: "batch", now: 5e9, events: [{ seq: 1, t: 1e9, type: "run.started" }] });
  const later = performance.now() + 60_000;
  assert.ok(watched.timeAt(later) > 60e9);
  sockets[0].onclose({ code: 1006 });
  await settled();
  assert.ok(watched.timeAt(later) < 60e9);
  assert.equal(watched.timeAt(later), watched.timeAt(later + 60_000));
  again();
  await hear({ kind: "log", chunks: [], tail: 2 });
  assert.ok(watched.timeAt(later) > 60e9);
});
