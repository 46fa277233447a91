"""The probe: lives inside an observed process and notes every socket call in a shared-memory ring.

Started as `python engine/probe/__main__.py RING_FOLDER script.py [args…]` by the interpreter the
program is meant for, so it is plain Python 3.9+ and imports the standard library only. It loads
itself under a name of its own, to leave every other module name to the program.
"""
