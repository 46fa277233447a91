"""The engine: runs socket programs on loopback and records what really happened.

The nouns
---------
lesson      a folder: a few Python programs, their parameters, the words around them (`lesson`, `scenario`, `sources`)
run         one execution of a lesson (`run`)
process     one program of a run: a real OS process (`processes`, started by the run's `supervisor`), or one that
            such a program has started itself (`children`)
repeat      a lesson run many times in a row, its outcomes counted (`repeat`)
probe       what lives inside a process and notes every socket call; standard library only (`probe`)
observer    what watches from outside: the segments on `lo`, the kernel's tables of sockets, /proc (`observe`)
event       one fact, with a time in ns since the run began (`events`)
socket      known by its kernel cookie, whoever holds it; two are the ends of a connection (`understand.sockets`)
stream      one direction of a connection, as bytes numbered from 0 (`understand.streams`)
finding     a named thing that happened, pointing at the calls that prove it (`understand.findings`)
recording   the append-only log of one run's events (`recording`)

How a fact travels
------------------
    program ──probe──► shared-memory ring ─┐
    kernel's tables ──► sampler ───────────┼─► merge by time ─► place on streams ─► find ─► recording ─► viewers
    lo ──► capture ────────────────────────┘

One direction. Viewers send commands to the run, and only to the run.

Who may import whom (checked by tests/test_imports.py): `probe`, `supervisor` (with its `family` and
`private_network`), `capture_helper` and `events` nothing; `records` (what observers hand to understanding)
events; `understand` events and records; `observe` events, records and the probe's layout; `run` all of
engine; `web` the engine's front (`playground`, `lesson` and its `parameters`, `run`, `follow`, `repeat`,
`recording`, `events`, `messages`, `errors`); `engine` never `web`.
"""
