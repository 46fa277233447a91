"""The dashboard: pages, the HTTP interface, the live stream, and the command line.

app         puts the parts together (`create_app`)
routes      pages for people, api for programs, live for viewers
live        one broadcast per watched run
security    who may ask: the token, Host and Origin
headers     what every answer says about itself
problems    errors to the one JSON shape
rendering   the templates, and the pages for people who are refused
language    zh or en
listing     a program's text as coloured lines
lookup      lessons and runs by what a request names
settings    the port, the token, where templates and static files are
ports       a port to listen on, and who has one
serve       the HTTP server
cli         `socket-playground`; its commands `run` (headless, terminal) and `doctor`
"""
