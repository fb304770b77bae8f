"""The generated pages of ``docs/reference``: each one a function of the code it documents.

``.venv/bin/python docs/_ext/generate.py`` writes them; so does every ``make docs``.
"""
