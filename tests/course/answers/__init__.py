"""Answers that are not copies of the checks' own: one module a lesson, each with `ANSWERS`.

ANSWERS: exercise -> (right answers, [(wrong answer, words of the diagnosis it must earn)]).
"""
