"""
The flows of the SDK's own examples that place, change and cancel orders. Each returns the answers
that it got, unjudged: the test that runs them judges.
"""

from hyperliquid.utils.signing import get_timestamp_ms, sign_l1_action
from hyperliquid.utils.types import Cloid

from session import flow, resting_oid, statuses, until

GTC = {"limit": {"tif": "Gtc"}}


@flow
def basic_order(session):
    placed = session.exchange.order("ETH", True, 0.2, session.far_below("ETH"), GTC)
    oid = resting_oid(placed)
    return {
        "placed": placed,
        "status": session.info.query_order_by_oid(session.address, oid),
        "open": session.info.open_orders(session.address),
        "cancelled": session.exchange.cancel("ETH", oid),
        "cancelledAgain": session.exchange.cancel("ETH", oid),
        "statusAfter": session.status_of(oid),
    }


@flow
def basic_order_with_cloid(session):
    cloid = Cloid.from_str("0x00000000000000000000000000000001")
    placed = session.exchange.order("ETH", True, 0.2, session.far_below("ETH"), GTC, cloid=cloid)
    return {
        "placed": placed,
        "status": session.info.query_order_by_cloid(session.address, cloid),
        "unknown": session.info.query_order_by_cloid(session.address, Cloid.from_int(2)),
        "cancelled": session.exchange.cancel_by_cloid("ETH", cloid),
        "cancelledAgain": session.exchange.cancel_by_cloid("ETH", cloid),
    }


@flow
def basic_market_order(session):
    opened = session.exchange.market_open("ETH", False, 0.05, None, 0.01)
    position = session.position("ETH")
    closed = session.exchange.market_close("ETH")
    return {
        "opened": opened,
        "position": position,
        "closed": closed,
        "positionAfter": session.position("ETH"),
        "fills": session.info.user_fills(session.address)[:2],
        "closedAgain": session.exchange.market_close("ETH"),
    }


@flow
def basic_order_modify(session):
    cloid = Cloid.from_str("0x00000000000000000000000000000009")
    px = session.far_below("ETH")
    placed = session.exchange.order("ETH", True, 0.2, px, GTC, cloid=cloid)
    oid = resting_oid(placed)
    by_oid = session.exchange.modify_order(oid, "ETH", True, 0.1, px + 5, GTC, cloid=cloid)
    after_oid = session.info.query_order_by_cloid(session.address, cloid)
    by_cloid = session.exchange.modify_order(cloid, "ETH", True, 0.1, px + 6, GTC, cloid=cloid)
    after_cloid = session.info.frontend_open_orders(session.address)
    session.exchange.cancel_by_cloid("ETH", cloid)
    return {
        "oid": oid,
        "px": px,
        "byOid": by_oid,
        "statusOfOld": session.status_of(oid),
        "afterOid": after_oid,
        "byCloid": by_cloid,
        "openAfterCloid": after_cloid,
        "ofCancelled": session.exchange.modify_order(oid, "ETH", True, 0.1, px, GTC),
    }


def tpsl(coin, is_buy, sz, limit_px, trigger_px, kind):
    """A market trigger as `basic_tpsl.py` writes it."""
    order_type = {"trigger": {"triggerPx": trigger_px, "isMarket": True, "tpsl": kind}}
    return {
        "coin": coin,
        "is_buy": is_buy,
        "sz": sz,
        "limit_px": limit_px,
        "order_type": order_type,
        "reduce_only": True,
    }


@flow
def basic_tpsl(session):
    exchange = session.exchange
    mid = float(session.info.all_mids()["ETH"])
    high, low = float(round(mid * 1.2)), float(round(mid * 0.8))
    opened = exchange.order("ETH", True, 0.02, high, GTC)
    stop = exchange.bulk_orders([tpsl("ETH", False, 0.02, low - 50, low, "sl")])
    stop_row = session.info.frontend_open_orders(session.address)
    stop_cancelled = exchange.cancel("ETH", resting_oid(stop))
    take = exchange.bulk_orders([tpsl("ETH", False, 0.02, high, high, "tp")])
    take_cancelled = exchange.cancel("ETH", resting_oid(take))
    parent = {
        "coin": "ETH",
        "is_buy": True,
        "sz": 0.02,
        "limit_px": high,
        "order_type": GTC,
        "reduce_only": False,
    }
    take_child = tpsl("ETH", False, 0.02, high, high, "tp")
    stop_child = tpsl("ETH", False, 0.02, low - 50, low, "sl")
    grouped = exchange.bulk_orders([parent, take_child, stop_child], grouping="normalTpsl")
    children = session.info.frontend_open_orders(session.address)
    whole = [tpsl("ETH", False, 0, low - 50, low, "sl")]
    of_position = exchange.bulk_orders(whole, grouping="positionTpsl")
    with_position = session.info.frontend_open_orders(session.address)
    closed = exchange.market_close("ETH")
    session_orders_end(session)
    return {
        "opened": opened,
        "stop": stop,
        "stopRow": stop_row,
        "stopCancelled": stop_cancelled,
        "take": take,
        "takeCancelled": take_cancelled,
        "grouped": grouped,
        "children": children,
        "ofPosition": of_position,
        "withPosition": with_position,
        "closed": closed,
        "openAfterClose": session.info.open_orders(session.address),
    }


def session_orders_end(session):
    """Cancels what is open, as `cancel_open_orders.py` does."""
    for order in session.info.open_orders(session.address):
        session.exchange.cancel(order["coin"], order["oid"])


@flow
def cancel_open_orders(session):
    px = session.far_below("ETH")
    for step in range(3):
        session.exchange.order("ETH", True, 0.05, px - step, GTC)
    before = len(session.info.open_orders(session.address))
    session_orders_end(session)
    return {"before": before, "after": len(session.info.open_orders(session.address))}


@flow
def bulk_orders(session):
    px = session.far_below("ETH")

    def limit(size, limit_px):
        return {
            "coin": "ETH",
            "is_buy": True,
            "sz": size,
            "limit_px": limit_px,
            "order_type": GTC,
            "reduce_only": False,
        }

    mixed = session.exchange.bulk_orders([limit(0.1, px), limit(0.001, px), limit(0.2, px - 1)])
    oids = [status["resting"]["oid"] for status in statuses(mixed) if "resting" in status]
    cancels = [{"coin": "ETH", "oid": oid} for oid in [oids[0], 1, oids[-1]]]
    return {"placed": mixed, "cancelled": session.exchange.bulk_cancel(cancels)}


@flow
def time_in_force(session):
    exchange = session.exchange
    below = session.far_below("ETH")
    above = float(round(float(session.info.all_mids()["ETH"]) * 1.1))
    post_only = exchange.order("ETH", True, 0.05, below, {"limit": {"tif": "Alo"}})
    result = {
        "postOnly": post_only,
        "postOnlyCrossing": exchange.order("ETH", True, 0.05, above, {"limit": {"tif": "Alo"}}),
        "immediate": exchange.order("ETH", True, 0.05, above, {"limit": {"tif": "Ioc"}}),
        "immediateUnmatched": exchange.order("ETH", True, 0.05, below, {"limit": {"tif": "Ioc"}}),
        "reduceOnlyIncreasing": exchange.order(
            "ETH", True, 0.05, above, {"limit": {"tif": "Ioc"}}, reduce_only=True
        ),
    }
    exchange.cancel("ETH", resting_oid(post_only))
    result["closed"] = exchange.market_close("ETH")
    return result


@flow
def expires_after(session):
    exchange = session.exchange
    exchange.set_expires_after(get_timestamp_ms() - 1000)
    expired = exchange.order("ETH", True, 0.05, session.far_below("ETH"), GTC)
    exchange.set_expires_after(get_timestamp_ms() + 60_000)
    placed = exchange.order("ETH", True, 0.05, session.far_below("ETH"), GTC)
    exchange.set_expires_after(None)
    cancelled = exchange.cancel("ETH", resting_oid(placed))
    return {"expired": expired, "placed": placed, "cancelled": cancelled}


@flow
def noop(session):
    nonce = get_timestamp_ms()
    first = session.exchange.noop(nonce)
    return {"nonce": nonce, "first": first, "again": session.exchange.noop(nonce)}


@flow
def volume(session):
    """Trades until the venue allows scheduled cancels and sub-accounts."""
    for _ in range(3):
        session.exchange.market_open("BTC", True, 3)
        session.exchange.market_close("BTC")
    return {"rateLimit": session.info.user_rate_limit(session.address)}


@flow
def basic_schedule_cancel(session):
    placed = session.exchange.order("ETH", True, 0.2, session.far_below("ETH"), GTC)
    too_soon = session.exchange.schedule_cancel(get_timestamp_ms() + 1000)
    scheduled = session.exchange.schedule_cancel(get_timestamp_ms() + 6000)
    cleared = session.exchange.schedule_cancel(None)
    again = session.exchange.schedule_cancel(get_timestamp_ms() + 6000)
    oid = resting_oid(placed)
    until(lambda: session.status_of(oid) != "open", 15, "the scheduled cancel")
    return {
        "tooSoon": too_soon,
        "scheduled": scheduled,
        "cleared": cleared,
        "again": again,
        "status": session.status_of(oid),
        "open": session.info.open_orders(session.address),
    }


@flow
def twap(session):
    """The SDK has no TWAP method; its signing and its transport are used as its own methods do."""

    def send(action):
        nonce = get_timestamp_ms()
        signature = sign_l1_action(session.wallet, action, None, nonce, None, False)
        return session.exchange._post_action(action, signature, nonce)

    asset = session.info.name_to_asset("ETH")
    terms = {"a": asset, "b": True, "s": "2", "r": False, "m": 30, "t": False}
    started = send({"type": "twapOrder", "twap": terms})
    too_short = send({"type": "twapOrder", "twap": {**terms, "m": 1}})
    twap_id = started["response"]["data"]["status"]["running"]["twapId"]
    cancelled = send({"type": "twapCancel", "a": asset, "t": twap_id})
    result = {
        "started": started,
        "tooShort": too_short,
        "cancelled": cancelled,
        "cancelledAgain": send({"type": "twapCancel", "a": asset, "t": twap_id}),
        "slices": session.info.user_twap_slice_fills(session.address),
    }
    session.exchange.market_close("ETH")
    return result
