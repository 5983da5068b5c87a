import pytest

from docurift.failpoints import Failpoint


@pytest.mark.parametrize("plan", ["", "work.commit", "work.commit:", "work.commit:raise", ":"])
def test_a_plan_that_says_not_what_happens_is_refused(plan: str) -> None:
    with pytest.raises(ValueError, match="a failpoint is"):
        Failpoint(plan)


@pytest.mark.parametrize("plan", [None, "work.commit:kill", "work.commit:stop"])
def test_another_place_than_the_planned_one_is_passed(plan: str | None) -> None:
    failpoint = Failpoint(plan)

    failpoint.reach("work.read")

    assert bool(failpoint) is (plan is not None)
