"""Notices that leave the pages: by e-mail and by post, told once, sent outside any request."""
