"""API against self-hosting: the monthly cost of both and the load at which they are equal."""

from dataclasses import dataclass
from math import ceil, inf

HOURS = 730  # in a month of 365 / 12 days


@dataclass(frozen=True)
class Api:
    fresh: float  # dollars per million input tokens
    cached: float  # the same for input found in the cache
    output: float  # answer and reasoning tokens alike


@dataclass(frozen=True)
class Own:
    gpus: int  # in one replica of the model
    gpu_hour: float  # dollars
    tokens_a_second: float  # output tokens a GPU, saturated, at the shape of the workload
    utilisation: float = 0.4  # mean load over capacity
    engineers: float = 1
    engineer_month: float = 15_000  # dollars, with overheads


@dataclass(frozen=True)
class Workload:
    input_tokens: int = 8192
    output_tokens: int = 1024
    cached_share: float = 0.0  # of the input tokens, at the API

    def api(self, price: Api) -> float:  # dollars a request
        mean = self.cached_share * price.cached + (1 - self.cached_share) * price.fresh
        return (self.input_tokens * mean + self.output_tokens * price.output) / 1e6

    def own(self, own: Own) -> tuple[float, float, float]:  # staff, rent, requests a month
        served = own.gpus * own.tokens_a_second * own.utilisation / self.output_tokens
        rent = own.gpus * own.gpu_hour * HOURS
        return own.engineers * own.engineer_month, rent, served * HOURS * 3600

    def break_even(self, price: Api, own: Own) -> tuple[int, float]:
        """Replicas, and requests a month, at which self-hosting first costs no more."""
        (staff, rent, served), a = self.own(own), self.api(price)
        gain = served * a - rent  # what one full replica saves; if nothing, no volume helps
        n = max(1, ceil(staff / gain)) if gain > 0 else 0
        return n, (staff + n * rent) / a if n else inf


if __name__ == "__main__":
    work, prices = Workload(), {"GPT-6.1 Sol": Api(2, 0.1, 10)}  # list prices, 2026-10-13,
    prices["gpt-oss-120b hosted"] = Api(0.15, 0.075, 0.6)  # 2026-05-20 (Groq)
    prices["Haiku 5.5"] = Api(0.1, 0.01, 0.5)  # and 2026-10-24
    # gpt-oss-120b: rent from Lambda, 2026-09-20; tokens a second for each GPU from NVIDIA
    for name, own in {"4 x H100": Own(4, 3.99, 1169), "2 x B200": Own(2, 6.69, 6111)}.items():
        _, rent, served = work.own(own)
        print(f"a replica on {name}: ${rent:,.0f} a month, {served / 1e6:.2f} M requests")
        for api, price in prices.items():
            n, r = work.break_even(price, own)
            even = f"equal at {r * 12 / 365:9,.0f} a day, {n} replica(s)" if n else "never"
            print(f"  {api:19} ${1000 * work.api(price):5.2f} per 1,000: {even}")
