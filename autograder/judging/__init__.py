"""How an answer is judged and what is said of it: questions, values that came back, rounds of hidden inputs.

Knows no notebook, no process and no class folder: arguments and values come in, verdicts go out.
"""
