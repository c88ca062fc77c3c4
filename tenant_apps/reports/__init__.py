"""Answers what the brand owes, how fairly it pays, and hands its tables out as files.

Owns exports: who asked for which rows in which format, how far the work is, where the file lies and
until when. Reads other apps' rows in sets and writes none of them. Invariant: a total is the sum of
the rows it opens to. Refuses a question or an export with a filter it does not know: misspelt, it
would silently answer another one.
"""
