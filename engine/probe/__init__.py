"""The probe: lives inside an observed process and notes every socket call in a shared-memory ring.

Started as `python engine/probe/__main__.py RING_FOLDER script.py [args…]` by the interpreter the
program is meant for, so it is plain Python 3.9+ and imports the standard library only. It loads
itself under a name of its own, to leave every other module name to the program.

One part of it is also there in C, quick.c: the usual calls of `send`, `sendall` and `recv`. It is compiled for the
Python that installs us, if that can be done; a program of another Python, or a machine without a compiler, goes
without it, with the same records.
"""
