"""The clinic's calendars on a CalDAV server: appointments are published there, busy times taken from there.

Four requests are all that it takes (RFC 4791), so this is a client of our own: the package ``caldav``
would bring 14 more, among them an HTTP library that installs itself in urllib3's place.
"""
