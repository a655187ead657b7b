"""The figures of the book: a module for each page, named as its file, and in it one function for each figure.

A page computes what is to be seen and hands it to one call; how it is drawn stands here, for whoever wants to
draw it otherwise. The modules travel with the notebook of their page.
"""
