"""
The flow of the SDK's `basic_ws.py`, and the questions that its `Info` can ask. Each returns what was
told, unjudged.
"""

from hyperliquid.info import Info

from session import flow, until


@flow
def basic_ws(session):
    info = Info(session.base_url)
    try:
        return watch(session, info)
    finally:
        info.disconnect_websocket()


def updates_in(told):
    return sum(len(frame["data"]) for frame in told.get("orderUpdates", []))


def watch(session, info):
    """Subscribes to all that `basic_ws.py` does and trades meanwhile."""
    user = session.address
    told = {}

    def note(name):
        return lambda message: told.setdefault(name, []).append(message)

    subscriptions = {
        "allMids": {"type": "allMids"},
        "l2Book": {"type": "l2Book", "coin": "ETH"},
        "trades": {"type": "trades", "coin": "ETH"},
        "userEvents": {"type": "userEvents", "user": user},
        "userFills": {"type": "userFills", "user": user},
        "candle": {"type": "candle", "coin": "ETH", "interval": "1m"},
        "orderUpdates": {"type": "orderUpdates", "user": user},
        "userFundings": {"type": "userFundings", "user": user},
        "userNonFundingLedgerUpdates": {"type": "userNonFundingLedgerUpdates", "user": user},
        "bbo": {"type": "bbo", "coin": "ETH"},
        "activeAssetCtx": {"type": "activeAssetCtx", "coin": "BTC"},
        "activeAssetData": {"type": "activeAssetData", "user": user, "coin": "BTC"},
    }
    ids = {name: info.subscribe(each, note(name)) for name, each in subscriptions.items()}
    # The last of them: a socket's frames are taken in turn, so all are subscribed by then.
    until(lambda: "activeAssetData" in told, 10, "the first snapshots")
    session.exchange.market_open("ETH", True, 0.05)
    session.exchange.market_close("ETH")
    quiet = ()
    try:
        until(lambda: len(told) == len(subscriptions), 15, "a frame of every channel")
        until(lambda: len(told["userFills"]) >= 3, 10, "the fills of two market orders")
        until(lambda: updates_in(told) >= 4, 10, "both orders told as open and as filled")
    except TimeoutError as error:
        quiet = (str(error), [name for name in subscriptions if name not in told])
    return {
        "quiet": quiet,
        "first": {name: frames[0] for name, frames in told.items()},
        "updates": [
            [update["status"], update["order"]["sz"]]
            for frame in told.get("orderUpdates", [])
            for update in frame["data"]
        ],
        "fills": [
            [frame["data"].get("isSnapshot"), [fill["dir"] for fill in frame["data"]["fills"]][:1]]
            for frame in told["userFills"]
        ],
        "unsubscribed": info.unsubscribe(subscriptions["allMids"], ids["allMids"]),
    }


@flow
def questions(session):
    info, user = session.info, session.address
    now = info.l2_snapshot("ETH")["time"]
    hour = 3_600_000
    asked = {
        "all_mids": info.all_mids(),
        "meta": info.meta(),
        "meta_and_asset_ctxs": info.meta_and_asset_ctxs(),
        "perp_dexs": info.perp_dexs(),
        "spot_meta": info.spot_meta(),
        "spot_meta_and_asset_ctxs": info.spot_meta_and_asset_ctxs(),
        "l2_snapshot": info.l2_snapshot("ETH"),
        "candles_snapshot": info.candles_snapshot("ETH", "15m", now - 6 * hour, now),
        "funding_history": info.funding_history("ETH", now - 24 * hour),
        "user_state": info.user_state(user),
        "spot_user_state": info.spot_user_state(user),
        "open_orders": info.open_orders(user),
        "frontend_open_orders": info.frontend_open_orders(user),
        "user_fills": info.user_fills(user),
        "user_fills_by_time": info.user_fills_by_time(user, 0),
        "user_funding_history": info.user_funding_history(user, 0),
        "user_non_funding_ledger_updates": info.user_non_funding_ledger_updates(user, 0),
        "user_fees": info.user_fees(user),
        "user_rate_limit": info.user_rate_limit(user),
        "user_role": info.user_role(user),
        "user_staking_summary": info.user_staking_summary(user),
        "user_staking_delegations": info.user_staking_delegations(user),
        "user_staking_rewards": info.user_staking_rewards(user),
        "delegator_history": info.delegator_history(user),
        "query_referral_state": info.query_referral_state(user),
        "query_sub_accounts": info.query_sub_accounts(user),
        "query_perp_deploy_auction_status": info.query_perp_deploy_auction_status(),
        "query_spot_deploy_auction_status": info.query_spot_deploy_auction_status(user),
        "query_user_to_multi_sig_signers": info.query_user_to_multi_sig_signers(user),
        "query_user_abstraction_state": info.query_user_abstraction_state(user),
        "historical_orders": info.historical_orders(user),
        "portfolio": info.portfolio(user),
        "user_twap_slice_fills": info.user_twap_slice_fills(user),
        "user_vault_equities": info.user_vault_equities(user),
        "extra_agents": info.extra_agents(user),
    }
    return {name: shape(answer) for name, answer in asked.items()}


def shape(answer):
    """The keys of an answer to the depth of its first rows, so that a result stays small."""
    if isinstance(answer, dict):
        return sorted(answer)[:40]
    if isinstance(answer, list):
        return ["list", len(answer), shape(answer[0]) if answer else None]
    return answer
