"""
The flows of the SDK's own examples that change accounts: leverage, margin, agents, sub-accounts,
transfers, builders, vaults. Each returns the answers that it got, unjudged.
"""

import eth_account
from hyperliquid.exchange import Exchange
from hyperliquid.utils.signing import (
    USD_SEND_SIGN_TYPES,
    get_timestamp_ms,
    sign_multi_sig_l1_action_payload,
    sign_multi_sig_user_signed_action_payload,
)

from session import flow, resting_oid

GTC = {"limit": {"tif": "Gtc"}}
BUILDER = "0x8c967E73E7B15087c42A10D344cFf4c96D877f1D"
STRANGER = "0x00000000000000000000000000000000000000aa"


@flow
def basic_leverage_adjustment(session):
    exchange = session.exchange
    cross = exchange.update_leverage(21, "ETH")
    exchange.market_open("ETH", True, 0.5)
    while_open = exchange.update_leverage(21, "ETH", False)
    exchange.market_close("ETH")
    isolated = exchange.update_leverage(21, "ETH", False)
    exchange.market_open("ETH", True, 0.5)
    before = session.position("ETH")
    added = exchange.update_isolated_margin(100, "ETH")
    after = session.position("ETH")
    removed = exchange.update_isolated_margin(-20, "ETH")
    removed_too_much = exchange.update_isolated_margin(-80, "ETH")
    too_high = exchange.update_leverage(1000, "ETH")
    exchange.market_close("ETH")
    no_position = exchange.update_isolated_margin(1, "ETH")
    restored = exchange.update_leverage(20, "ETH", True)
    return {
        "cross": cross,
        "whileOpen": while_open,
        "isolated": isolated,
        "before": before,
        "added": added,
        "after": after,
        "removed": removed,
        "removedTooMuch": removed_too_much,
        "tooHigh": too_high,
        "noPosition": no_position,
        "restored": restored,
    }


def order_as(session, wallet):
    """Places and cancels a resting order for the session's account, signed by another wallet."""
    exchange = Exchange(wallet, session.base_url, account_address=session.address)
    placed = exchange.order("ETH", True, 0.2, session.far_below("ETH"), GTC)
    if placed["status"] != "ok":
        return {"placed": placed}
    return {
        "placed": placed,
        "owner": session.info.query_order_by_oid(session.address, resting_oid(placed)),
        "cancelled": exchange.cancel("ETH", resting_oid(placed)),
    }


@flow
def basic_agent(session):
    approved, key = session.exchange.approve_agent()
    agent = eth_account.Account.from_key(key)
    by_agent = order_as(session, agent)
    approved_extra, extra_key = session.exchange.approve_agent("persist")
    extra = eth_account.Account.from_key(extra_key)
    by_extra = order_as(session, extra)
    replaced, _ = session.exchange.approve_agent()
    transfer = Exchange(agent, session.base_url).usd_transfer(1, session.other_address)
    return {
        "approved": approved,
        "byAgent": by_agent,
        "approvedExtra": approved_extra,
        "byExtra": by_extra,
        "extraAgent": extra.address,
        "extraAgents": session.info.extra_agents(session.address),
        "role": session.info.user_role(extra.address),
        "replaced": replaced,
        "byReplaced": order_as(session, agent),
        "transferByAgent": transfer,
    }


@flow
def basic_sub_account(session):
    exchange = session.exchange
    created = exchange.create_sub_account("example123")
    rows = session.info.query_sub_accounts(session.address) or []
    user = next(row["subAccountUser"] for row in rows if row["name"] == "example123")
    deposited = exchange.sub_account_transfer(user, True, 5_000_000_000)
    of_sub = Exchange(session.wallet, session.base_url, vault_address=user)
    placed = of_sub.order("ETH", True, 0.2, session.far_below("ETH"), GTC)
    open_of_sub = session.info.open_orders(user)
    cancelled = of_sub.cancel("ETH", resting_oid(placed))
    return {
        "created": created,
        "user": user,
        "deposited": deposited,
        "state": session.info.user_state(user)["marginSummary"],
        "placed": placed,
        "openOfSub": open_of_sub,
        "openOfMaster": session.info.open_orders(session.address),
        "cancelled": cancelled,
        "withdrawn": exchange.sub_account_transfer(user, False, 2_000_000_000),
        "subAccounts": session.info.query_sub_accounts(session.address),
        "tooMuch": exchange.sub_account_transfer(user, False, 9_000_000_000),
        "role": session.info.user_role(user),
        "byStranger": Exchange(session.other_wallet, session.base_url, vault_address=user).order(
            "ETH", True, 0.2, session.far_below("ETH"), GTC
        ),
    }


@flow
def basic_transfer(session):
    before = session.info.user_state(session.other_address)["withdrawable"]
    sent = session.exchange.usd_transfer(12.5, session.other_address)
    after = session.info.user_state(session.other_address)["withdrawable"]
    too_much = session.exchange.usd_transfer(10**9, session.other_address)
    return {"before": before, "sent": sent, "after": after, "tooMuch": too_much}


@flow
def basic_spot_to_perp(session):
    exchange = session.exchange
    to_spot = exchange.usd_class_transfer(101.25, False)
    spot = session.info.spot_user_state(session.address)
    spot_sent = exchange.spot_transfer(
        1, session.other_address, "USDC:0x6d1e7cde53ba9467b783cb7c530ce054"
    )
    spot_of_other = session.info.spot_user_state(session.other_address)
    to_perp = exchange.usd_class_transfer(100.25, True)
    return {
        "toSpot": to_spot,
        "spot": spot,
        "spotSent": spot_sent,
        "spotOfOther": spot_of_other,
        "toPerp": to_perp,
        "spotAfter": session.info.spot_user_state(session.address),
        "tooMuch": exchange.usd_class_transfer(10**9, True),
    }


@flow
def basic_send_asset(session):
    sent = session.exchange.send_asset(session.other_address, "", "spot", "USDC", 3.5)
    unknown_dex = session.exchange.send_asset(session.other_address, "", "test", "USDC", 1)
    return {"sent": sent, "unknownDex": unknown_dex}


@flow
def basic_withdraw(session):
    before = session.info.user_state(session.address)["withdrawable"]
    withdrawn = session.exchange.withdraw_from_bridge(20, session.address)
    after = session.info.user_state(session.address)["withdrawable"]
    ledger = session.info.user_non_funding_ledger_updates(session.address, 0)
    too_much = session.exchange.withdraw_from_bridge(10**9, session.address)
    return {
        "before": before,
        "withdrawn": withdrawn,
        "after": after,
        "ledger": ledger,
        "tooMuch": too_much,
    }


@flow
def basic_builder_fee(session):
    builder = {"b": BUILDER, "f": 1}
    unapproved = session.exchange.market_open("ETH", True, 0.05, None, 0.01, builder=builder)
    approved = session.exchange.approve_builder_fee(BUILDER, "0.001%")
    opened = session.exchange.market_open("ETH", True, 0.05, None, 0.01, builder=builder)
    above = session.exchange.market_open(
        "ETH", True, 0.05, None, 0.01, builder={"b": BUILDER, "f": 2}
    )
    fills = session.info.user_fills(session.address)[:1]
    session.exchange.market_close("ETH")
    return {
        "unapproved": unapproved,
        "approved": approved,
        "opened": opened,
        "aboveApproval": above,
        "fills": fills,
    }


@flow
def basic_vault(session):
    vault = "0x1719884eb866cb12b2287399b15f7db5e7d775ea"
    exchange = Exchange(session.wallet, session.base_url, vault_address=vault)
    return {
        "order": exchange.order("ETH", True, 0.2, session.far_below("ETH"), GTC),
        "transfer": session.exchange.vault_usd_transfer(vault, True, 5_000_000),
    }


@flow
def basic_set_referrer(session):
    return {
        "unknown": session.exchange.set_referrer("ASDFASDF"),
        "state": session.info.query_referral_state(session.address),
    }


@flow
def user_abstraction(session):
    return {
        "state": session.info.query_user_abstraction_state(session.address),
        "dexState": session.info.query_user_dex_abstraction_state(session.address),
        "agentSet": session.exchange.agent_set_abstraction("u"),
        "userSet": session.exchange.user_set_abstraction(session.address, "disabled"),
        "after": session.info.query_user_abstraction_state(session.address),
    }


@flow
def unknown_signer(session):
    stranger = eth_account.Account.create()
    exchange = Exchange(stranger, session.base_url)
    return {
        "address": stranger.address.lower(),
        "order": exchange.order("ETH", True, 0.2, session.far_below("ETH"), GTC),
        "transfer": exchange.usd_transfer(1, STRANGER),
    }


@flow
def multi_sig(session):
    """A new account becomes one of two signers; then an order and a transfer are made for it."""
    owner = eth_account.Account.create()
    session.exchange.usd_transfer(5000, owner.address)
    of_owner = Exchange(owner, session.base_url)
    signers = [session.wallet, session.other_wallet]
    converted = of_owner.convert_to_multi_sig_user([each.address for each in signers], 2)
    known = session.info.query_user_to_multi_sig_signers(owner.address)
    px = session.far_below("ETH")
    asset = session.info.name_to_asset("ETH")
    limit = {"a": asset, "b": True, "p": f"{px:.0f}", "s": "0.2", "r": False, "t": GTC}
    order = {"type": "order", "orders": [limit], "grouping": "na"}
    nonce = get_timestamp_ms()
    signatures = [
        sign_multi_sig_l1_action_payload(
            each, order, False, None, nonce, None, owner.address, session.address
        )
        for each in signers
    ]
    placed = session.exchange.multi_sig(owner.address, order, signatures, nonce)
    nonce = get_timestamp_ms() + 1
    too_few = session.exchange.multi_sig(owner.address, order, signatures[:1], nonce)
    send = {
        "type": "usdSend",
        "signatureChainId": "0x66eee",
        "hyperliquidChain": "Testnet",
        "destination": session.other_address,
        "amount": "100.0",
        "time": get_timestamp_ms() + 2,
    }
    signatures = [
        sign_multi_sig_user_signed_action_payload(
            each,
            send,
            False,
            USD_SEND_SIGN_TYPES,
            "HyperliquidTransaction:UsdSend",
            owner.address,
            session.address,
        )
        for each in signers
    ]
    sent = session.exchange.multi_sig(owner.address, send, signatures, send["time"])
    return {
        "converted": converted,
        "signers": known,
        "placed": placed,
        "tooFew": too_few,
        "open": session.info.open_orders(owner.address),
        "sent": sent,
        "alone": of_owner.order("ETH", True, 0.2, px, GTC),
        "value": session.info.user_state(owner.address)["marginSummary"]["accountValue"],
    }
