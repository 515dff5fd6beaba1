"""What a judge is asked about the wording of a question."""

from typing import Literal

import dspy


class JudgeWording(dspy.Signature):  # type: ignore[misc]  # dspy is untyped
    """Say how natural a question is: would a person who wants to know the answer put it in these words?

    5: nobody would notice that it was not a person. 4: a little stiff. 3: understood at once, but odd. 2: hard to
    follow, or it speaks of columns, rows or documents instead of what they are about. 1: not a question a person would
    ask. Judge the wording alone, not whether it can be answered.
    """

    question: str = dspy.InputField(desc="the question")
    fault: str = dspy.OutputField(desc="what is least natural about it, in a few words; `none` if nothing is")
    rating: Literal["1", "2", "3", "4", "5"] = dspy.OutputField(desc="1 to 5")
