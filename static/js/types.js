/**
 * The shapes that cross the wires, as `engine/events/` and `docs/architecture.md` define them.
 * Fields at their default are left out of the JSON, so most are optional. Times are ns since the run began.
 *
 * @typedef {{key: string, args?: Record<string, string | number>, parts?: Caption[]}} Caption
 * @typedef {{seq: number, t: number, caption?: Caption}} EventBase
 *
 * @typedef {EventBase & {type: "run.started", run: string, lesson: string, started_at: string,
 *   network?: "machine" | "private", segments?: "measured" | "derived" | "absent",
 *   segments_why?: string | null}} RunStarted
 * @typedef {EventBase & {type: "run.ended", why: string, segments?: number, segments_lost?: number,
 *   ports_unwatched?: number}} RunEnded
 * @typedef {EventBase & {type: "process.started", process: string, program?: string, role: Role, pid: number,
 *   file: string, parent?: string | null}} ProcessStarted
 * @typedef {EventBase & {type: "process.held", process: string, hold: boolean}} ProcessHeld
 * @typedef {EventBase & {type: "process.input", process: string, text?: string, end?: boolean}} ProcessInput
 * @typedef {EventBase & {type: "process.interrupted", process: string}} ProcessInterrupted
 * @typedef {EventBase & {type: "process.skipped", process: string, program: string, after: string}} ProcessSkipped
 * @typedef {EventBase & {type: "process.output", process: string, stream: "stdout" | "stderr", text: string,
 *   dropped?: number}} ProcessOutput
 * @typedef {EventBase & {type: "process.exited", process: string, code?: number | null, signal?: string | null,
 *   stopped?: boolean, error?: string | null, file?: string | null, line?: number | null}} ProcessExited
 *
 * @typedef {EventBase & {process: string, thread?: number, call: number, op: string, fd?: number,
 *   socket?: number | null, line?: number | null, file?: string | null, args?: string, asked?: number | null,
 *   moved?: "sent" | "received" | null, stream?: string | null, start?: number | null, end?: number | null}} CallBase
 * @typedef {CallBase & {type: "call.held"}} CallHeld
 * @typedef {{poller?: number | null, watched?: number | null, timeout?: number | null}} WaitBase
 *   of a call that waits for readiness
 * @typedef {CallBase & WaitBase & {type: "call.started"}} CallStarted
 * @typedef {CallBase & WaitBase & {type: "call.blocked"}} CallBlocked
 * @typedef {CallBase & WaitBase & {type: "call.returned", began: number, result?: string | null, count?: number | null,
 *   data?: string | null, eof?: boolean, error?: string | null, errno?: string | null, message?: string | null,
 *   collected?: boolean, again?: number, discarded?: number, ready?: [fd: number, mask: number][] | null}} CallReturned
 * @typedef {CallStarted | CallBlocked | CallReturned} CallEvent
 *
 * @typedef {"select" | "poll" | "epoll"} PollerKind
 * @typedef {{fd: number, mask: number, what: WatchedKind, socket?: number | null, peer?: string | null}} Interest
 * @typedef {"listener" | "connection" | "datagram" | "pipe" | "timer" | "event" | "file" | "terminal" | "epoll"
 *   | "other"} WatchedKind
 * @typedef {EventBase & {type: "watch.changed", process: string, poller: number, kind: PollerKind,
 *   call?: number | null, added?: Interest[], removed?: number[], count?: number}} WatchChanged
 *
 * @typedef {EventBase & {type: "socket.changed", process: string, socket: number, fd: number, kind: string,
 *   state: SocketState, local?: string | null, remote?: string | null, connection?: number | null}} SocketChanged
 * @typedef {EventBase & {type: "connection.changed", connection: number, client?: string | null,
 *   server?: string | null, client_address: string, server_address: string,
 *   datagrams?: boolean}} ConnectionChanged
 * @typedef {EventBase & {type: "segment.captured", protocol: "tcp" | "udp", source: string, destination: string,
 *   sender?: string | null, receiver?: string | null, connection?: number | null, stream?: string | null,
 *   flags?: string, sequence?: number | null, ack?: number | null, window?: number | null, length?: number,
 *   start?: number | null, end?: number | null, order?: Order | null, sent?: number | null,
 *   delivered?: number | null, acked?: number | null, options?: TcpOptions | null}} SegmentCaptured
 * @typedef {{mss?: number | null, window_scale?: number | null, sack_permitted?: boolean,
 *   sack?: [number, number][], timestamp?: [number, number] | null}} TcpOptions
 * @typedef {EventBase & {type: "socket.sampled", protocol: "tcp" | "udp", local: string, remote?: string,
 *   state: string, socket?: number | null, process?: string | null, connection?: number | null,
 *   side?: Role | null, destroyed?: boolean} & Partial<Record<SampledFigure, number | null>>} SocketSampled
 * @typedef {"receive_queue" | "send_queue" | "unsent" | "backlog" | "backlog_max" | "receive_memory"
 *   | "receive_buffer" | "send_memory" | "send_buffer" | "drops" | "cwnd" | "ssthresh" | "mss" | "rtt"
 *   | "send_window" | "receive_window" | "retransmissions" | "segments_out" | "segments_in" | "data_segments_out"
 *   | "data_segments_in" | "bytes_sent" | "bytes_acked" | "bytes_received" | "written" | "acked" | "delivered"
 *   | "read"} SampledFigure
 * @typedef {EventBase & {type: "process.slowed", process: string, waiting: boolean}} ProcessSlowed
 * @typedef {EventBase & {type: "bytes.moved", process: string, stream: string, moved: "sent" | "received",
 *   start: number, end: number, call?: number | null}} BytesMoved
 * @typedef {EventBase & {type: "finding.made", kind: FindingKind, process: string, stream: string,
 *   start: number, end: number, cuts: number[], lost?: number, fd?: number | null,
 *   proof: number[]}} FindingMade
 * @typedef {"sticky" | "split" | "character" | "truncated" | "dropped" | "unreceived" | "unreachable" |
 *   "reset" | "unreported"} FindingKind
 *
 * @typedef {EventBase & {type: "prediction.answered", value: string | number, call?: number | null}} PredictionAnswered
 *
 * @typedef {RunStarted | RunEnded | ProcessStarted | ProcessHeld | ProcessInput | ProcessInterrupted | ProcessOutput
 *   | ProcessSkipped | ProcessExited | CallHeld | CallEvent | SocketChanged
 *   | ConnectionChanged | SegmentCaptured | SocketSampled | ProcessSlowed | BytesMoved
 *   | FindingMade | PredictionAnswered | WatchChanged} Event
 *
 * @typedef {"client" | "server"} Role
 * @typedef {"in order" | "ahead" | "out of order" | "retransmission"} Order
 * @typedef {"measured" | "derived"} Evidence
 * @typedef {"open" | "bound" | "listening" | "connecting" | "connected" | "closed"} SocketState
 *
 * @typedef {number | string | boolean | string[]} Value
 * @typedef {{name: string, kind: "int" | "number" | "text" | "bool" | "texts", default: Value,
 *   minimum?: number | null, maximum?: number | null, label: string, help: string}} Parameter
 * @typedef {[string, string][]} CodeLine  [Pygments short class, text] pieces
 * @typedef {{name: string, role: Role, file: string, lines: CodeLine[]}} Listing
 * @typedef {{name: string, input: boolean, lines: string[], more: boolean}} ProgramUse
 *   whether it reads its standard input, lines that may be typed into it, whether more processes of it may be started
 * @typedef {{kind: "length" | "text" | "delimiter" | "fixed", size?: number | null, order?: "big" | "little",
 *   delimiter?: string | null}} Framing  how messages are delimited; sizes in bytes, big is the default order
 * @typedef {{name: string, label: string, note: string, framing: Framing | null}} Variant
 * @typedef {{question: string, measure: string, choices: {value: string, text: string}[],
 *   supposes: string[]}} Prediction
 *   no choices: a number is asked for; true while the parameters that it supposes have their defaults
 * @typedef {{id: string, title: string, summary: string, chapter: string, intro: string, remember: string[],
 *   parameters: Parameter[], programs: ProgramUse[], variants: Variant[], notes: string,
 *   prediction: Prediction | null, framing: Framing | null, view: "axis" | "readiness" | "cost",
 *   tools: "struct"[]}} Lesson
 * @typedef {{lesson: Lesson, lang: "zh" | "en", programs: Listing[], parameters: Record<string, Value>,
 *   variant: string, run: string | null, repeat: string | null, problem: Problem | null}} PageData
 *   `problem` is of the address
 * @typedef {{key: string, args: Record<string, string | number>, field: string | null,
 *   text: {zh: string, en: string}}} Problem  the one error shape of the API
 *
 * @typedef {string | string[]} Message  a list is [one, other]
 */

export {};
