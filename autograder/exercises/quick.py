"""What is graded about `solutions.quick`: numbers that the student works out."""

import solutions
from autograder.exercises.base import Case, Exercise, Misconception

_CASES = (Case("the number asked for", lambda rng: ()),)

_quick_ascent_step = Exercise(
    reference=solutions.quick_ascent_step,
    points=1,
    cases=_CASES,
    misconceptions=(
        Misconception(lambda: -0.2, "This step goes downhill: does J grow or shrink to the right of 0?"),
        Misconception(lambda: 2.0, "This is the slope at 0; how far does one step go along it?"),
        Misconception(lambda: 0.1, "What does the square leave in front when you differentiate it?"),
        Misconception(lambda: 1.0, "This is where the steps lead in the end; one step is asked for."),
    ),
)

_quick_ppo_term = Exercise(
    reference=solutions.quick_ppo_term,
    points=1,
    cases=(Case("the pair of numbers asked for", lambda rng: ()),),
    misconceptions=(
        Misconception(lambda: (3.6, 4.5), "Both numbers are there, but in the other order."),
        Misconception(lambda: (4.5, 4.5), "Where does the ratio lie, inside the clip range or outside?"),
        Misconception(
            lambda: (4.5, 1.2), "The range around 1 is a range for the ratio: where is the advantage?"
        ),
        Misconception(lambda: (1.5, 1.2), "These are the ratios; each is still to meet the advantage."),
        Misconception(
            lambda: (2.0, 2.4), "The ratio is upside down: the new policy stands above the old one."
        ),
        Misconception(
            lambda: (2.0, 2.0), "The ratio is upside down: the new policy stands above the old one."
        ),
        Misconception(lambda: 3.6, "Two numbers are asked for: without clipping, and with it."),
    ),
)

_quick_td_error = Exercise(
    reference=solutions.quick_td_error,
    points=1,
    cases=_CASES,
    misconceptions=(
        Misconception(lambda: -2.4, "The sign is turned round: the step went better than expected."),
        Misconception(lambda: 3.0, "Is the value of the next state discounted?"),
        Misconception(lambda: 7.4, "This is the target; what was expected is still to be taken away."),
        Misconception(
            lambda: 2.2, "The reward of this step arrives now; only what comes after it is discounted."
        ),
        Misconception(lambda: -3.0, "The step did not terminate: what is the next state worth?"),
        Misconception(
            lambda: 0.5, "Two values have changed places: which of them belongs to the next state?"
        ),
    ),
)

EXERCISES = (_quick_ascent_step, _quick_ppo_term, _quick_td_error)
