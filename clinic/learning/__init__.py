"""From visitors' words to a better model: what is worth a look, what staff decide, what it changes.

``queue`` finds the messages, ``groups`` those that are alike, ``edits`` turns decisions into changes of
the training data, ``change_sets`` applies them, ``trainer`` makes the model and ``gate`` says whether it
may go live. Nothing here imports Rasa but ``ask``, which is a process of its own.
"""
