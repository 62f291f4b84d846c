"""TEMP"""


def plan_document(control, practice):
    raise NotImplementedError
