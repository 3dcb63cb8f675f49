from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.errors import RefusedError
from playbooks.planner import StepResult, plan_next
from playbooks.routes import Routes
from playbooks.schema import step_id_of
from tests.playbooks.plans import (
    composite,
    done,
    outcome_of,
    plan_of,
    simulate,
    structured_plans,
    tangled_plans,
    task,
)

PICKS = st.lists(st.integers(0, 50), min_size=1, max_size=30)
PLANS = st.one_of(structured_plans(), tangled_plans())
END = composite("end")


def test_planner_starts_with_the_first_step():
    plan = plan_next(plan_of({"a": task(on_completion="end"), "end": END}), {})
    assert (plan.ready, plan.finished) == (("a",), False)


def test_planner_finishes_at_the_end():
    plan = plan_next(plan_of({"a": task(on_completion="end"), "end": END}), done("a"))
    assert (plan.ready, plan.finished, plan.reached_ends) == ((), True, ("end",))


def joining():
    return plan_of(
        {
            "fork": composite("parallel", next_steps=["a", "b"]),
            "a": task(on_completion="meet"),
            "b": task(on_completion="meet"),
            "meet": task(on_completion="end"),
            "end": END,
        }
    )


def enclosing():
    return plan_of(
        {
            "fork": composite("parallel", next_steps=["a", "b"], on_completion="meet"),
            "a": task(on_completion="a_end"),
            "b": task(on_completion="b_end"),
            "a_end": END,
            "b_end": END,
            "meet": task(on_completion="end"),
            "end": END,
        }
    )


@pytest.mark.parametrize("playbook", [joining(), enclosing()])
def test_planner_joins_parallel_branches_when_all_are_over(playbook):
    assert plan_next(playbook, {}).ready == ("a", "b")
    assert plan_next(playbook, done("a")).ready == ("b",)
    assert plan_next(playbook, done("b", "a")).ready == ("meet",)


def test_planner_lets_other_branches_go_on_while_one_waits():
    plan = plan_next(joining(), {"a": StepResult("waiting"), "b": StepResult("running")})
    assert (plan.waiting, plan.running, plan.ready, plan.finished) == (("a",), ("b",), (), False)


@pytest.mark.parametrize("playbook", [joining(), enclosing()])
def test_planner_blocks_what_follows_an_unhandled_failure_and_names_it(playbook):
    plan = plan_next(playbook, {"a": StepResult("failed"), "b": StepResult("done")})
    assert (plan.ready, plan.failed, plan.finished) == ((), ("a",), False)


def test_planner_goes_on_when_a_failed_step_is_skipped():
    assert plan_next(joining(), {"a": StepResult("skipped"), "b": StepResult("done")}).ready == ("meet",)


def refusable(**flow):
    ask = {
        "type": "action",
        "name": {"en": "Ask", "zh": "询问"},
        "action": "approval",
        "approval": {
            "roles": ["responder"],
            **{
                k: {"en": "x", "zh": "x"}
                for k in ("question", "what_happens", "whom_it_touches", "how_to_undo")
            },
            "timeout": "PT1H",
            "on_timeout": "refuse",
        },
    }
    return plan_of(
        {
            "ask": {**ask, **flow},
            "yes": task(on_completion="end"),
            "no": task(on_completion="end"),
            "end": END,
        }
    )


def test_planner_takes_a_refusal_to_on_failure():
    assert plan_next(refusable(on_success="yes", on_failure="no"), {"ask": StepResult("failed")}).ready == (
        "no",
    )


def test_planner_never_counts_a_skipped_approval_as_given():
    skipped = {"ask": StepResult("skipped")}
    assert plan_next(refusable(on_success="yes", on_failure="no"), skipped).ready == ("no",)
    assert plan_next(refusable(on_success="yes"), skipped).failed == ("ask",)


def branching(**more):
    return plan_of(
        {
            "a": task(on_completion="if"),
            "if": composite("if-condition", condition="v == 'x'", on_true="yes", on_false="no", **more),
            "yes": task(on_completion="end"),
            "no": task(on_completion="end"),
            "end": END,
        },
        variables={"v": {"type": "string"}},
    )


def test_planner_evaluates_a_condition_over_what_earlier_steps_set():
    plan = plan_next(branching(), done("a", a={"v": "x"}))
    assert (plan.ready, plan.not_taken, plan.decided) == (("yes",), ("no",), {"if": "true"})


def test_planner_sends_unknown_its_own_way():
    assert plan_next(branching(on_unknown="yes"), done("a")).ready == ("yes",)
    assert plan_next(branching(), done("a")).ready == ("no",)


def test_planner_keeps_to_a_decision_that_is_given_back():
    pinned = {**done("a", a={"v": "x"}), "if": StepResult("done", {"branch": "false"})}
    assert plan_next(branching(), pinned).ready == ("no",)


def test_planner_ignores_what_a_parallel_branch_sets():
    playbook = plan_of(
        {
            "fork": composite("parallel", next_steps=["a", "other"], on_completion="end"),
            "a": task(on_completion="if"),
            "if": composite("if-condition", condition="v == 'x'", on_true="yes", on_false="a_end"),
            "yes": task(on_completion="a_end"),
            "other": task(on_completion="a_end"),
            "a_end": END,
            "end": END,
        },
        variables={"v": {"type": "string"}},
    )
    for order in (("a", "other"), ("other", "a")):
        assert plan_next(playbook, done(*order, other={"v": "x"})).decided == {"if": "false"}


def test_planner_switches_on_a_value_and_falls_back_to_default():
    playbook = plan_of(
        {
            "pick": composite(
                "switch-condition", switch="facts.breach.vector", cases={"theft": "a", "default": "b"}
            ),
            "a": task(on_completion="end"),
            "b": task(on_completion="end"),
            "end": END,
        }
    )
    assert plan_next(playbook, {}, {"breach": {"vector": "theft"}}).ready == ("a",)
    assert plan_next(playbook, {}, {"breach": {"vector": "loss"}}).ready == ("b",)
    assert plan_next(playbook, {}).ready == ("b",)


def looping():
    return plan_of(
        {
            "w": composite(
                "while-condition", condition="go", on_true="ask", on_completion="end", max_iterations=3
            ),
            "ask": task(on_completion="w"),
            "end": END,
        },
        variables={"go": {"type": "boolean", "default": True}},
    )


def test_planner_keys_a_loops_rounds():
    plan = plan_next(looping(), done("ask"))
    assert (plan.ready, plan.decided) == (("ask#2",), {"w": "true", "w#2": "true"})


def test_planner_leaves_a_loop_when_its_condition_no_longer_holds():
    plan = plan_next(looping(), done("ask", "ask#2", ask_2={"go": False}))
    assert (plan.finished, plan.done) == (True, ("ask", "ask#2"))


def test_planner_stops_a_loop_that_never_ends_and_lets_a_person_pass_it():
    results = done("ask", "ask#2", "ask#3")
    assert plan_next(looping(), results).failed == ("w#4",)
    assert plan_next(looping(), {**results, "w#4": StepResult("skipped")}).finished


def test_planner_breaks_out_of_a_loop_by_an_edge_that_leaves_it():
    playbook = plan_of(
        {
            "w": composite("while-condition", condition="true", on_true="ask", on_completion="late"),
            "ask": task(on_success="w", on_failure="after"),
            "late": task(on_completion="after"),
            "after": task(on_completion="end"),
            "end": END,
        }
    )
    plan = plan_next(playbook, {"ask": StepResult("done"), "ask#2": StepResult("failed")})
    assert (plan.ready, plan.not_taken) == (("after",), ("late",))


def test_planner_fills_inputs_and_names_the_step_of_the_same_round():
    def act(name, **keys):
        return {"type": "action", "name": {"en": "x", "zh": "x"}, "action": name, **keys}

    playbook = plan_of(
        {
            "w": composite("while-condition", condition="true", on_true="plan", on_completion="end"),
            "plan": act(
                "containment.plan",
                **{"with": {"connector": "c", "capability": "{{facts.kind}} now", "target": "{{t}}"}},
                on_completion="do",
            ),
            "do": act("containment.execute", **{"with": {"plan": "plan"}}, on_completion="w"),
            "end": END,
        },
        variables={"t": {"type": "string", "from": "signal.target"}},
    )
    facts = {"kind": "block", "signal": {"target": "bucket-7"}}
    first = plan_next(playbook, {}, facts)
    assert first.inputs["plan"] == {"connector": "c", "capability": "block now", "target": "bucket-7"}
    assert plan_next(playbook, done("plan", "do", "plan#2"), facts).inputs == {"do#2": {"plan": "plan#2"}}


def test_planner_refuses_a_plan_that_circles():
    playbook = plan_of(
        {"a": task(on_completion="b"), "b": task(on_success="a", on_failure="end"), "end": END}
    )
    with pytest.raises(RefusedError, match=r"goes round without end: .*a.*b"):
        plan_next(playbook, {})


def test_planner_merges_variables_in_the_order_results_came():
    assert plan_next(joining(), done("b", "a", a={"x": 1}, b={"x": 2})).variables == {"x": 1}


@settings(max_examples=60, deadline=None)
@given(PLANS, PICKS)
def test_planner_only_adds_and_readies_each_step_once(playbook, picks):
    trace = simulate(playbook, picks)
    chosen = [key for key, _ in trace if key]
    assert len(chosen) == len(set(chosen))
    for (key, before), (_, after) in pairwise(trace):
        assert set(before.ready) - {key} <= set(after.ready)
        assert set(before.done) <= set(after.done)
        assert set(before.not_taken) <= set(after.not_taken)
        assert before.decided.items() <= after.decided.items()


@settings(max_examples=60, deadline=None)
@given(PLANS, PICKS, PICKS)
def test_planner_comes_to_the_same_end_in_any_order(playbook, one, other):
    first, second = simulate(playbook, one)[-1][1], simulate(playbook, other)[-1][1]
    assert (set(first.done), set(first.not_taken), set(first.failed), first.decided, first.finished) == (
        set(second.done),
        set(second.not_taken),
        set(second.failed),
        second.decided,
        second.finished,
    )


@settings(max_examples=60, deadline=None)
@given(PLANS, PICKS)
def test_planner_ends_finished_or_says_what_failed(playbook, picks):
    last = simulate(playbook, picks)[-1][1]
    assert last.finished is (not last.failed)


@settings(max_examples=40, deadline=None)
@given(structured_plans(), PICKS)
def test_planner_gives_every_step_of_a_finished_plan_one_fate(playbook, picks):
    last = simulate(playbook, picks)[-1][1]
    both = set(last.done) & set(last.not_taken)
    assert both == set()
    if last.finished:
        assert all(outcome_of(key).status == "done" or playbook.step(key).on_failure for key in last.done)


@settings(max_examples=60, deadline=None)
@given(PLANS, PICKS)
def test_planner_and_routes_agree_on_what_can_run(playbook, picks):
    routes = Routes(playbook)
    ran = {step_id_of(key) for key in simulate(playbook, picks)[-1][1].done}
    assert all(routes.can_run(step_id) for step_id in ran)


@settings(max_examples=60, deadline=None)
@given(PLANS, PICKS)
def test_routes_know_every_course_on_which_a_step_ran_without_another(playbook, picks):
    routes = Routes(playbook)
    for _, plan in simulate(playbook, picks):
        ran = {step_id_of(key) for key in plan.done}
        for key in plan.ready:
            for other in set(playbook.workflow) - ran:
                if playbook.workflow[other].type == "action" and other != step_id_of(key):
                    needed = {other: ""}.get
                    assert routes.can_run_without(step_id_of(key), lambda s, _, needed=needed: needed(s))


def test_planner_keeps_to_a_way_on_which_something_was_done_when_facts_change():
    playbook = plan_of(
        {
            "if": composite(
                "if-condition", condition="facts.breach.malicious", on_true="police", on_false="end"
            ),
            "police": task(on_completion="thanks"),
            "thanks": task(on_completion="end"),
            "end": END,
        }
    )
    malicious, harmless = {"breach": {"malicious": True}}, {"breach": {"malicious": False}}
    assert plan_next(playbook, {}, harmless).finished
    assert plan_next(playbook, {}, malicious).ready == ("police",)
    assert plan_next(playbook, {"police": StepResult("waiting")}, harmless).waiting == ("police",)
    assert plan_next(playbook, done("police"), harmless).ready == ("thanks",)


def test_planner_keeps_to_a_round_of_a_loop_that_was_begun():
    playbook = plan_of(
        {
            "w": composite("while-condition", condition="facts.open", on_true="ask", on_completion="end"),
            "ask": task(on_completion="note"),
            "note": task(on_completion="w"),
            "end": END,
        }
    )
    begun = done("ask", "note", "ask#2")
    assert plan_next(playbook, begun, {"open": False}).ready == ("note#2",)
    assert plan_next(playbook, done("ask", "note"), {"open": False}).finished


def test_planner_does_not_take_a_step_that_others_lead_to_for_a_way_begun():
    playbook = plan_of(
        {
            "fork": composite("parallel", next_steps=["if", "shared"]),
            "if": composite("if-condition", condition="v == true", on_true="shared", on_false="end"),
            "shared": task(on_completion="end"),
            "end": END,
        },
        variables={"v": {"type": "boolean"}},
    )
    assert plan_next(playbook, {}).decided == plan_next(playbook, done("shared")).decided == {"if": "false"}
