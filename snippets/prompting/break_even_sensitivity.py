"""Each input of the break-even halved and doubled: which of them decide?"""

from math import ceil, inf

HOURS, OUT = 730, 1024  # in a month; output tokens a request
BASE = {  # self-hosted gpt-oss-120b on H100 against GPT-6.1 Sol; prices as in the calculator
    "API, $ a request": 8192 * 2e-6 + OUT * 10e-6,
    "staff, $ a month": 15_000,
    "GPU, $ an hour": 3.99,
    "GPUs in a replica": 4,
    "tokens/s of a GPU": 1169,
    "utilisation": 0.4,
}
HOSTED = BASE | {  # on B200 against the same model from an API
    "API, $ a request": 8192 * 0.15e-6 + OUT * 0.60e-6,
    "GPU, $ an hour": 6.69,
    "GPUs in a replica": 2,
    "tokens/s of a GPU": 6111,
}


def requests_a_day(inputs: dict[str, float]) -> float:
    """Smallest load at which whole replicas and their staff cost no more than the API."""
    a, staff, gpu_hour, gpus, speed, used = inputs.values()
    served = gpus * speed * used * HOURS * 3600 / OUT  # requests a month of one replica
    rent = gpus * gpu_hour * HOURS
    if served * a <= rent:
        return inf
    n = max(1, ceil(staff / (served * a - rent)))
    return (staff + n * rent) / a * 12 / 365


if __name__ == "__main__":
    print("requests a day      GPT-6.1 Sol against H100   the hosted twin against B200")
    print("at break-even           halved       doubled           halved       doubled")
    print(f"{'as stated':19}{requests_a_day(BASE):18,.0f}{requests_a_day(HOSTED):31,.0f}")
    for name in BASE:
        row = [b | {name: b[name] * f} for b in (BASE, HOSTED) for f in (0.5, 2)]
        cells = [f"{day:,.0f}" if (day := requests_a_day(r)) < inf else "never" for r in row]
        print(f"{name:19}{cells[0]:>11}{cells[1]:>14}{cells[2]:>17}{cells[3]:>14}")
    one = requests_a_day(BASE | {"GPUs in a replica": 1})
    print(f"one H100 a replica, if it kept its throughput: {one:,.0f}")
