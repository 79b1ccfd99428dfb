"""
What every flow needs: the unmodified SDK's own objects, built with another base URL and nothing else,
as `examples/example_utils.py` of the SDK builds them. Knows nothing of the exchange behind the URL.
"""

import time

import eth_account
from hyperliquid.exchange import Exchange
from hyperliquid.info import Info

FLOWS = {}


def flow(function):
    """Registers a flow under its own name; it takes a Session and returns what JSON can hold."""
    FLOWS[function.__name__] = function
    return function


class Session:
    """Two accounts with money, and their clients."""

    def __init__(self, base_url, key, other_key):
        self.base_url = base_url
        self.wallet = eth_account.Account.from_key(key)
        self.other_wallet = eth_account.Account.from_key(other_key)
        self.address = self.wallet.address
        self.other_address = self.other_wallet.address
        self.info = Info(base_url, skip_ws=True)
        self.exchange = Exchange(self.wallet, base_url, account_address=self.address)

    def far_below(self, coin):
        """A price at which a buy order rests: 40 % below the middle, on the tick."""
        return float(round(float(self.info.all_mids()[coin]) * 0.6))

    def position(self, coin):
        """The position in a coin, or None."""
        for row in self.info.user_state(self.address)["assetPositions"]:
            if row["position"]["coin"] == coin:
                return row["position"]
        return None

    def status_of(self, oid):
        """The order's status in the words of `orderStatus`."""
        answer = self.info.query_order_by_oid(self.address, oid)
        return answer["order"]["status"] if answer["status"] == "order" else answer["status"]


def statuses(result):
    """The statuses of a batch, or the words of its refusal."""
    return result["response"]["data"]["statuses"] if result["status"] == "ok" else result["response"]


def resting_oid(result):
    """The id of the order that a result says is resting."""
    return statuses(result)[0]["resting"]["oid"]


def until(condition, seconds, what):
    """Polls; raises when the condition does not hold in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(f"never happened: {what}")
        time.sleep(0.05)
