"""What a page may do: the content security policy that every page says first.

Nothing runs, styles or loads that is not a file of the book, so a text that some upstream wrote
stays a text even if it were not escaped. A browser reads 'self' on a disk as the disk's own files.
"""

from markupsafe import Markup

POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",  # the icons are masks within the style sheet
        "font-src 'self'",
        "connect-src 'self'",  # an old edition looks whether the newest has the page
        "base-uri 'none'",
        "form-action 'self'",
    )
)
META = Markup('<meta http-equiv="Content-Security-Policy" content="{}" />').format(POLICY)
