"""`python …/probe/__main__.py RING_FOLDER [--held] [--watched=PORT,PORT…] (script.py | -m module | -c code) [args…]`

Kept short, as it is compiled at every start.
"""

import os
import sys

NAME = "_socket_playground_probe"
probe = type(sys)(NAME)
probe.__path__ = [os.path.dirname(os.path.abspath(__file__))]
sys.modules[NAME] = probe
__import__(NAME + ".start")
program = 2
while sys.argv[program].startswith("--"):
    program += 1
probe.start.observe(sys.argv[1], sys.argv[2:program])
probe.start.run(sys.argv[program:])
