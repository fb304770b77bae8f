"""E-mails to learners: what they say, in which language, from whom, and the way to the server."""
