"""`python …/probe/__main__.py RING_FOLDER (script.py | -m module | -c code) [args…]`

Kept short, as it is compiled at every start.
"""

import os
import sys

NAME = "_socket_playground_probe"
probe = type(sys)(NAME)
probe.__path__ = [os.path.dirname(os.path.abspath(__file__))]
sys.modules[NAME] = probe
__import__(NAME + ".start")
probe.start.observe(sys.argv[1])
probe.start.line_buffered()
probe.start.run(sys.argv[2:])
