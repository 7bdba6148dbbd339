"""Claims of docs/prompting/cost.md."""

from math import ceil, inf

import numpy as np
import pytest

from snippets.prompting import cached_conversation_bill, cascade_cost, cost_by_batch
from snippets.prompting.api_against_self_hosting import HOURS, Api, Own, Workload
from snippets.prompting.break_even_by_volume import APIS, OWN, STAFF, api_month, own_month
from snippets.prompting.break_even_sensitivity import BASE, requests_a_day
from snippets.prompting.break_even_sensitivity import HOSTED as HOSTED_INPUTS
from snippets.prompting.cached_conversation_bill import conversation, uses_to_pay
from snippets.prompting.cost_by_utilisation import (
    B200,
    H100,
    HOSTED,
    dollars_per_request,
    utilisation,
)
from snippets.prompting.token_bill import ASSISTANT, PRICES, Price, Usage, bill

HOSTED_OPEN = Api(0.15, 0.075, 0.6)


def test_a_bill_by_hand():
    """6,000 cached at $0.20, 1,000 written at $5, 192 fresh at $4, 1,024 out at $20: 27.4 mills."""
    usage = Usage(fresh=192, write=1000, cached=6000, answer=400, reasoning=624)
    parts = bill(usage, Price("by hand", "", fresh=4, write=5, cached=0.2, output=20))
    assert parts["cached"] == pytest.approx(0.0012)
    assert sum(parts.values()) == pytest.approx(0.0012 + 0.005 + 0.000768 + 0.02048)


@pytest.mark.parametrize("price", PRICES, ids=lambda price: price.name)
def test_reasoning_is_billed_like_the_answer(price):
    """A thousand hidden tokens cost what a thousand visible ones cost."""
    hidden, shown = bill(Usage(0, 0, 0, 0, 1000), price), bill(Usage(0, 0, 0, 1000), price)
    assert hidden["reasoning"] == shown["answer"] == pytest.approx(price.output / 1000)


def test_reasoning_is_the_largest_item_in_four_of_five_rows():
    """At the one vendor with dear cache reads, the cached tokens cost more than the thinking."""
    largest = {p.name: max(parts := bill(ASSISTANT, p), key=parts.get) for p in PRICES}
    assert largest.pop("gpt-oss-120b at Groq") == "cached"
    assert set(largest.values()) == {"reasoning"} and len(largest) == 4


def test_listed_multipliers_are_those_the_page_names():
    """Claude and GPT ask 1.25 for a write and at most 0.1 for a read; output is 4 to 5 times input."""
    for price in PRICES:
        assert price.output / price.fresh in (4, 5)
        if "Claude" in price.name or "GPT-6" in price.name:
            assert price.write == pytest.approx(1.25 * price.fresh)
            assert price.cached <= 0.1 * price.fresh + 1e-12


@pytest.mark.parametrize("turns", [1, 2, 7, 40])
def test_a_conversation_costs_what_its_closed_form_says(turns):
    """Without a cache input grows with the square of the turns; with hits all is written once."""
    s, u, a = 6000, 200, 400
    prompts = [s + u + k * (u + a) for k in range(turns)]
    total = turns * (s + u) + (u + a) * turns * (turns - 1) // 2
    assert sum(prompts) == total
    out = turns * a * cached_conversation_bill.OUTPUT
    prices = cached_conversation_bill
    hits = prompts[-1] * prices.WRITE + sum(prompts[:-1]) * prices.CACHED
    expected = {"off": total * prices.FRESH, "miss": total * prices.WRITE, "hit": hits}
    for cache, dollars in expected.items():
        assert conversation(turns, s, u, a, cache) == pytest.approx((dollars + out) / 1e6)


@pytest.mark.parametrize(
    ("write", "read"), [(1.25, 0.1), (1.25, 0.05), (2, 0.1), (2.5, 0.05), (1.0, 0.5)]
)
def test_uses_to_pay_is_the_first_use_count_that_is_cheaper(write, read):
    """Two uses repay a write at 1.25, three a write at 2 or 2.5: equal to a search."""
    found = next(n for n in range(1, 100) if write + (n - 1) * read < n - 1e-9)
    assert uses_to_pay(write, read) == found


@pytest.mark.parametrize(("batch", "context"), [(1, 2048), (64, 2048), (16, 16384)])
def test_cost_by_batch_agrees_with_the_detailed_roofline(batch, context):
    """The simple bound is within 2 per cent of the count that includes attention's arithmetic."""
    from snippets.language_model_internals.prefill_decode_intensity import least_seconds

    detailed = least_seconds(batch, 1, context)
    assert cost_by_batch.step_seconds(batch, context) == pytest.approx(detailed, rel=0.02)


def test_a_larger_batch_is_cheaper_and_long_contexts_end_the_saving():
    """Cost falls with every sequence added; the fullest batch at 16,384 costs 8 times that at 2,048."""
    costs = [cost_by_batch.dollars_per_million(b, 2048) for b in range(1, 209)]
    assert costs == sorted(costs, reverse=True)
    full = [
        cost_by_batch.dollars_per_million(cost_by_batch.largest_batch(c), c)
        for c in (2048, 16384)
    ]
    assert 7 < full[1] / full[0] < 9


def test_utilisation_by_hand():
    """Level traffic without headroom is 1; one busy hour in four with 25 % spare is 0.2."""
    assert utilisation("3 3 3", 0) == 1
    assert utilisation("4 0 0 0", 0.25) == pytest.approx(0.2)


def test_cost_at_full_load_by_hand():
    """$3.99 an hour over 3,600 · 1,169 / 1,024 requests is 0.97 mills; the half costs double."""
    assert dollars_per_request(H100, 1) == pytest.approx(3.99 / (3600 * 1169 / 1024))
    assert dollars_per_request(H100, 0.5) == pytest.approx(2 * dollars_per_request(H100, 1))


@pytest.mark.parametrize("gpu", [H100, B200])
def test_below_its_break_even_utilisation_self_hosting_never_pays(gpu):
    """The calculator finds a break-even above u = g / a and none below, even without staff."""
    least = dollars_per_request(gpu, 1) / HOSTED
    below, above = (Own(4, *gpu, utilisation=least * f, engineers=0) for f in (0.99, 1.01))
    assert Workload().break_even(HOSTED_OPEN, below) == (0, inf)
    assert Workload().break_even(HOSTED_OPEN, above)[0] == 1


@pytest.mark.parametrize("api", APIS)
@pytest.mark.parametrize("own", OWN)
def test_break_even_equals_the_first_crossing_of_the_curves(api, own):
    """The formula gives the load at which the plotted staircase first meets the line."""
    fresh, output = APIS[api]
    n, crossing = Workload().break_even(Api(fresh, 0, output), Own(*OWN[own]))
    loads = np.geomspace(1e4, 1e9, 40_001)
    cheaper = [own_month(r, *OWN[own]) <= api_month(r, fresh, output) for r in loads]
    if crossing == inf:
        assert not any(cheaper) and n == 0
    else:
        first = loads[cheaper.index(True)]
        assert first == pytest.approx(crossing, rel=1e-3)
        assert own_month(crossing, *OWN[own]) == pytest.approx(
            api_month(crossing, fresh, output)
        )


def test_whole_replicas_only_raise_the_divisible_formula():
    """F / (a − g / u) is a lower bound, exact for replicas small enough."""
    tiny = Own(1, 3.99e-4, 1169e-4, utilisation=0.9)  # a ten-thousandth of a GPU
    a, g = Workload().api(HOSTED_OPEN), 3.99 / (3600 * 1169 / 1024)
    divisible = STAFF / (a - g / 0.9)
    assert Workload().break_even(HOSTED_OPEN, tiny)[1] == pytest.approx(divisible, rel=1e-3)
    assert Workload().break_even(HOSTED_OPEN, Own(4, 3.99, 1169, 0.9))[1] >= divisible


def test_break_even_by_hand():
    """Staff 100, replicas of 73 that serve 1,000 at 0.2 each: gain 127, so one, at 173 / 0.2."""
    served_a_second = 1000 / (HOURS * 3600)
    own = Own(1, 0.1, 10 * served_a_second, utilisation=1, engineers=1, engineer_month=100)
    work, price = Workload(input_tokens=0, output_tokens=10), Api(0, 0, 0.2 / 10 * 1e6)
    assert work.break_even(price, own) == (1, pytest.approx(173 / 0.2))


@pytest.mark.parametrize("factor", [0.5, 1, 2])
@pytest.mark.parametrize("name", BASE)
@pytest.mark.parametrize("base", [BASE, HOSTED_INPUTS], ids=["closed", "hosted"])
def test_the_sensitivity_table_is_the_calculators(base, name, factor):
    """Each cell agrees with the calculator, given the same six inputs."""
    inputs = base | {name: base[name] * factor}
    a, staff, gpu_hour, gpus, speed, used = inputs.values()
    own = Own(gpus, gpu_hour, speed, used, engineers=1, engineer_month=staff)
    price = Api(0, 0, a / 1024 * 1e6)  # the whole price of a request put on its output
    crossing = Workload(input_tokens=0).break_even(price, own)[1]
    assert requests_a_day(inputs) == pytest.approx(crossing * 12 / 365)


def test_far_below_one_replicas_capacity_throughput_does_not_matter():
    """Against the dear model throughput and utilisation change nothing, within a factor of two."""
    for name in ("tokens/s of a GPU", "utilisation"):
        for factor in (0.5, 2):
            varied = BASE | {name: BASE[name] * factor}
            assert requests_a_day(varied) == pytest.approx(requests_a_day(BASE))
            hosted = HOSTED_INPUTS | {name: HOSTED_INPUTS[name] * factor}
            assert requests_a_day(hosted) != pytest.approx(
                requests_a_day(HOSTED_INPUTS), rel=0.2
            )


def test_a_cached_share_moves_the_break_even_away():
    """Half of the input cached at GPT-6.1 Sol's price: 29 % cheaper requests, so more are needed."""
    sol, own = Api(2, 0.1, 10), Own(4, 3.99, 1169)
    plain, cached = Workload(), Workload(cached_share=0.5)
    assert 1 - cached.api(sol) / plain.api(sol) == pytest.approx(0.292, abs=0.001)
    assert cached.break_even(sol, own)[1] > plain.break_even(sol, own)[1]


def test_the_staircase_rises_at_each_replica():
    """One request beyond a replica's capacity adds a whole replica's rent."""
    gpus, gpu_hour, speed = OWN["own 4 × H100"]
    served = gpus * speed * 0.4 * HOURS * 3600 / 1024
    step = own_month(ceil(served) + 1, gpus, gpu_hour, speed) - own_month(
        served - 1, gpus, gpu_hour, speed
    )
    assert step == pytest.approx(gpus * gpu_hour * HOURS)


def test_a_cascade_pays_both_models_when_nothing_passes():
    """It then costs more than either alone; when all right answers pass, the small one only."""
    small, large = cascade_cost.SMALL, cascade_cost.LARGE
    assert cascade_cost.cascade(0, 0, 1, 5.0) == pytest.approx(small + large)
    assert cascade_cost.cascade(0, 0, 1, 5.0) > cascade_cost.solved(large, 1, 5.0)
    assert cascade_cost.cascade(1, 0, 0, 5.0) == pytest.approx(small)
    assert cascade_cost.cascade(0.5, 0.1, 0.8, 1.0) == pytest.approx(
        small + 0.5 * 0.1 + 0.5 * (large + 0.2)
    )


@pytest.mark.parametrize(
    ("failure", "cheapest"),
    [(0.01, "small"), (0.1, "small"), (1.0, "cascade"), (10.0, "large")],
)
def test_each_choice_wins_at_some_price_of_failure(failure, cheapest):
    """The small model to 10 cents a failure, the cascade at a dollar, the large model at ten."""
    cost = {
        "small": cascade_cost.solved(cascade_cost.SMALL, 0.80, failure),
        "large": cascade_cost.solved(cascade_cost.LARGE, 0.95, failure),
        "cascade": cascade_cost.cascade(0.7, 0.05, 0.9, failure),
    }
    assert min(cost, key=cost.get) == cheapest


def test_accuracy_worth_is_the_point_of_indifference():
    """At the points of accuracy it names, both models cost the same a solved task."""
    small, large = cascade_cost.SMALL, cascade_cost.LARGE
    gain = cascade_cost.accuracy_worth(small, large, failure=1.0)
    assert cascade_cost.solved(small, 0.8, 1.0) == pytest.approx(
        cascade_cost.solved(large, 0.8 + gain, 1.0)
    )
