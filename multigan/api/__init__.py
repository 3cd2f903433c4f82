"""What is done with runs, by a program or by the command line: both call what is here, so that both do the same.

`multigan.train` and `multigan.open` are here; every module imports its framework when it is needed, not before.
"""
