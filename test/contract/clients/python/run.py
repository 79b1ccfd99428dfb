"""
Runs every flow, or those named, against the exchange at a base URL, and prints one JSON document on
stdout: for each flow its result, or the error that ended it.

Usage: run.py BASE_URL KEY OTHER_KEY [FLOW...]
"""

import json
import sys
import traceback

import account_flows  # noqa: F401  registers its flows
import stream_flows  # noqa: F401
import trading_flows  # noqa: F401
from session import FLOWS, Session


def main():
    base_url, key, other_key, *names = sys.argv[1:]
    session = Session(base_url, key, other_key)
    report = {}
    for name in names or ORDER:
        try:
            report[name] = {"result": FLOWS[name](session)}
        except Exception as error:  # a flow that fails must not hide the others
            report[name] = {"error": repr(error), "trace": traceback.format_exc()}
    print(json.dumps(report))


# What raises the traded volume comes before what the volume allows.
ORDER = ["volume", *[name for name in FLOWS if name != "volume"]]

if __name__ == "__main__":
    main()
