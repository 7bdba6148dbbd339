"""Monthly cost by volume: an API is a line through zero, self-hosting a staircase above it."""

from math import ceil

import matplotlib.pyplot as plt
import numpy as np

IN, OUT, HOURS, STAFF, UTILISATION = 8192, 1024, 730, 15_000, 0.4
# $ per million tokens in and out, read on 2026-10-13, 2026-05-20 and 2026-10-24
APIS = {"GPT-6.1 Sol": (2, 10), "gpt-oss-120b, hosted": (0.15, 0.6), "Haiku 5.5": (0.1, 0.5)}
# GPUs, $ an hour for each (2026-09-20), output tokens a second for each
OWN = {"own 4 × H100": (4, 3.99, 1169), "own 2 × B200": (2, 6.69, 6111)}


def api_month(requests: float, fresh: float, output: float) -> float:
    """Dollars for `requests` a month at prices per million tokens, nothing cached."""
    return requests * (IN * fresh + OUT * output) / 1e6


def own_month(requests: float, gpus: int, gpu_hour: float, tokens_a_second: float) -> float:
    """Dollars for as many whole replicas as the requests need, and one engineer."""
    served = gpus * tokens_a_second * UTILISATION * HOURS * 3600 / OUT
    return STAFF + ceil(requests / served) * gpus * gpu_hour * HOURS


if __name__ == "__main__":
    print("requests a day ->" + "".join(f"{day:12,}" for day in (10_000, 100_000, 1_000_000)))
    months = [day * 365 / 12 for day in (10_000, 100_000, 1_000_000)]
    for name, price in APIS.items():
        print(f"{name:21}" + "".join(f"{api_month(m, *price):12,.0f}" for m in months))
    for name, gpus in OWN.items():
        print(f"{name:21}" + "".join(f"{own_month(m, *gpus):12,.0f}" for m in months))

    fig, ax = plt.subplots()
    day = np.geomspace(2e3, 2e6, 400)
    for (name, price), style in zip(APIS.items(), ("-", "--", ":"), strict=True):
        ax.loglog(day, api_month(day * 365 / 12, *price), style, label=name)
    for name, gpus in OWN.items():
        own = [own_month(r * 365 / 12, *gpus) for r in day]
        (line,) = ax.loglog(day, own, label=name)
        for price in APIS.values():  # a dot where self-hosting first costs no more
            cheaper = own <= api_month(day * 365 / 12, *price)
            if cheaper.any():
                first = cheaper.argmax()
                ax.plot(day[first], own[first], "o", color=line.get_color())
    ax.set(xlabel="requests a day", ylabel="US dollars a month", ylim=(500, 1e6))
    ax.legend(ncols=2, fontsize=9)
    fig.savefig("break_even_by_volume.svg")
