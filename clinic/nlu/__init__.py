"""Understanding: one graph component a file, in the order of the pipeline in config.yml.

What needs Rasa imports its patches too; the rest of the package is for programs without Rasa as well.
"""
