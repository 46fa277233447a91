/**
 * The events of a run, as they come: the one module that knows the WebSocket and the chunks of the log.
 *
 * It starts after a `seq`, reads closed chunks over HTTP and the rest from the socket, and hands every event on once,
 * in order. A lost connection is tried again, later each time, from the last event it handed on.
 *
 * @typedef {import("./types.js").Event} Event
 * @typedef {"connecting" | "connected" | "lost" | "ended" | "unknown"} LiveStatus
 * @typedef {{onEvents: (events: Event[]) => void, onNow: (now: number) => void,
 *   onStatus: (status: LiveStatus) => void}} Listener  `now` is the run's clock in ns
 * @typedef {{socket: (path: string) => WebSocket, fetchText: (path: string) => Promise<string>,
 *   later: (run: () => void, ms: number) => unknown}} Wires  what it needs of the browser; tests pass their own
 * @typedef {{kind: "log", chunks: [number, number, number][], tail: number}
 *   | {kind: "batch", now: number, events: Event[]} | {kind: "resync"} | {kind: "end"}} Frame
 */

const FIRST_WAIT_MS = 250;
const LONGEST_WAIT_MS = 5000;
/** The server's close code for a run it does not know. */
const UNKNOWN_RUN = 4404;

export class Live {
  /**
   * @param {string} run
   * @param {Listener} listener
   * @param {Wires} wires
   */
  constructor(run, listener, wires) {
    this.run = run;
    this.listener = listener;
    this.wires = wires;
    /** The last seq handed on. */
    this.seq = 0;
    this.wait = FIRST_WAIT_MS;
    /** @type {WebSocket | null} */
    this.socket = null;
    this.closed = false;
  }

  /** Connects; to be called once. */
  start() {
    this.listener.onStatus("connecting");
    this.#connect();
  }

  /** Ends it: nothing is handed on any more. */
  close() {
    this.closed = true;
    this.socket?.close();
  }

  #connect() {
    if (this.closed) return;
    const socket = this.wires.socket(`/api/runs/${encodeURIComponent(this.run)}/live?after=${this.seq}`);
    this.socket = socket;
    // Frames wait for one another: a batch must not overtake the chunks before it.
    let queue = Promise.resolve();
    socket.onmessage = (message) => {
      queue = queue.then(() => this.#frame(socket, JSON.parse(message.data))).catch((error) => {
        console.error(error);
        socket.close();
      });
    };
    socket.onclose = (event) => queue.then(() => this.#closed(socket, event.code));
  }

  /**
   * @param {WebSocket} socket
   * @param {Frame} frame
   */
  async #frame(socket, frame) {
    if (this.socket !== socket || this.closed) return;
    if (frame.kind === "log") await this.#readChunks(socket, frame.chunks);
    else if (frame.kind === "batch") this.#batch(frame);
    else if (frame.kind === "resync") this.#again(socket);
    else if (frame.kind === "end") this.#end(socket);
  }

  /**
   * @param {WebSocket} socket
   * @param {[number, number, number][]} chunks
   */
  async #readChunks(socket, chunks) {
    for (const [number, , last] of chunks) {
      if (last <= this.seq) continue;
      const text = await this.wires.fetchText(`/api/runs/${encodeURIComponent(this.run)}/chunks/${number}`);
      if (this.socket !== socket || this.closed) return;
      this.#handOn(text.split("\n").filter(Boolean).map((line) => JSON.parse(line)));
    }
    this.wait = FIRST_WAIT_MS;
    this.listener.onStatus("connected");
  }

  /**
   * The server has let go of a viewer that was too slow: nothing is lost, the log has it all.
   *
   * @param {WebSocket} socket
   */
  #again(socket) {
    this.socket = null;
    socket.close();
    this.#connect();
  }

  /** @param {{now: number, events: Event[]}} batch */
  #batch(batch) {
    this.#handOn(batch.events);
    this.listener.onNow(batch.now);
  }

  /**
   * Events already handed on are left out; a hole means something was lost on the way, so it is fetched again.
   *
   * @param {Event[]} events
   */
  #handOn(events) {
    const fresh = events.filter((event) => event.seq > this.seq);
    if (fresh.length === 0) return;
    if (fresh[0].seq !== this.seq + 1) throw new Error(`event ${this.seq + 1} is missing`);
    this.seq = fresh[fresh.length - 1].seq;
    this.listener.onEvents(fresh);
  }

  /** @param {WebSocket} socket */
  #end(socket) {
    this.closed = true;
    socket.close();
    this.listener.onStatus("ended");
  }

  /**
   * @param {WebSocket} socket
   * @param {number} code
   */
  #closed(socket, code) {
    if (this.socket !== socket || this.closed) return;
    if (code === UNKNOWN_RUN) {
      this.closed = true;
      this.listener.onStatus("unknown");
      return;
    }
    this.listener.onStatus("lost");
    this.wires.later(() => this.#connect(), this.wait);
    this.wait = Math.min(this.wait * 2, LONGEST_WAIT_MS);
  }
}

/** @returns {Wires} the browser's own */
export function browserWires() {
  const scheme = location.protocol === "https:" ? "wss:" : "ws:";
  return {
    socket: (path) => new WebSocket(`${scheme}//${location.host}${path}`),
    fetchText: async (path) => {
      const response = await fetch(path);
      if (!response.ok) throw new Error(`${path}: ${response.status}`);
      return response.text();
    },
    later: (run, ms) => setTimeout(run, ms),
  };
}
