"""What people see: one room per audience, and what all pages share.

``visits`` says who looks, ``entering`` how they got in, ``rendering`` how a page is made and what a
browser may do with it, ``forms`` who may send one. ``learner``, ``course``, ``support`` and
``operator`` hold the pages; each page asks the same services as the API.
"""
