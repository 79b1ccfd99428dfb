/**
 * The methods of npm's `hyperliquid` (nomeida) against the exchange at a URL. It has no option for
 * one, so the exported constants that hold the venue's addresses are overwritten; nothing else is.
 *
 * Usage: flows.mjs BASE_URL KEY ADDRESS OTHER_ADDRESS [FLOW...]
 */
import { createRequire } from 'node:module';
import { report } from '../report.mjs';

const [, , baseUrl, privateKey, walletAddress, otherAddress, ...names] = process.argv;
const { BASE_URLS, Hyperliquid, WSS_URLS } = createRequire(import.meta.url)('hyperliquid');
BASE_URLS.TESTNET = baseUrl;
WSS_URLS.TESTNET = `${baseUrl.replace('http', 'ws')}/ws`;

const ETH = 'ETH-PERP';
const sdk = new Hyperliquid({ enableWs: true, testnet: true, privateKey, walletAddress });
await sdk.connect();
const { custom, exchange, info, subscriptions, wsPayloads } = sdk;

async function book() {
  const { levels } = await info.getL2Book(ETH);
  return { bid: Number(levels[0][0].px), ask: Number(levels[1][0].px) };
}
const farBelow = async () => Math.round((await book()).bid * 0.6);
const limit = (price, more = {}) => ({
  coin: ETH,
  is_buy: true,
  sz: 0.2,
  limit_px: price,
  order_type: { limit: { tif: 'Gtc' } },
  reduce_only: false,
  ...more,
});
const oidOf = (answer) => answer.response.data.statuses[0].resting.oid;

async function heard(what, told) {
  const deadline = performance.now() + 15_000;
  while (!told()) {
    if (performance.now() > deadline) throw new Error(`never heard: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

const flows = {
  async limitOrder() {
    const placed = await exchange.placeOrder(limit(await farBelow()));
    const open = await info.getUserOpenOrders(walletAddress);
    const status = await info.getOrderStatus(walletAddress, oidOf(placed));
    const cancelled = await exchange.cancelOrder({ coin: ETH, o: oidOf(placed) });
    return { placed, open, status: status.order.status, cancelled };
  },

  async cancelByCloid() {
    const cloid = '0xa1b2c3d4000000000000000000000b01';
    await exchange.placeOrder(limit(await farBelow(), { cloid }));
    return exchange.cancelOrderByCloid(ETH, cloid);
  },

  async modify() {
    const price = await farBelow();
    const placed = await exchange.placeOrder(limit(price));
    const modified = await exchange.modifyOrder(oidOf(placed), limit(price + 5, { sz: 0.1 }));
    const [row] = await info.getUserOpenOrders(walletAddress);
    const batch = await exchange.batchModifyOrders([{ oid: row.oid, order: limit(price + 6) }]);
    const open = await info.getUserOpenOrders(walletAddress);
    const cancelled = await custom.cancelAllOrders();
    return { price, oid: oidOf(placed), modified, row, batch, open, cancelled };
  },

  async market() {
    const opened = await custom.marketOpen(ETH, true, 0.05);
    const state = await info.perpetuals.getClearinghouseState(walletAddress);
    const closed = await custom.marketClose(ETH);
    const fills = await info.getUserFills(walletAddress);
    return {
      opened,
      position: state.assetPositions[0]?.position,
      closed,
      dirs: fills.slice(0, 2).map(({ dir }) => dir),
    };
  },

  async trigger() {
    const { bid } = await book();
    const at = Math.round(bid * 0.8);
    await custom.marketOpen(ETH, true, 0.05);
    const order_type = { trigger: { triggerPx: at, isMarket: true, tpsl: 'sl' } };
    const more = { is_buy: false, sz: 0.05, order_type, reduce_only: true };
    const placed = await exchange.placeOrder(limit(at - 50, more));
    const open = await info.getFrontendOpenOrders(walletAddress);
    await custom.marketClose(ETH);
    await custom.cancelAllOrders().catch(() => undefined);
    return { at, placed, open };
  },

  async leverage() {
    return {
      set: await exchange.updateLeverage(ETH, 'cross', 9),
      restored: await exchange.updateLeverage(ETH, 'cross', 20),
      refused: await exchange.updateLeverage(ETH, 'cross', 900),
    };
  },

  async twap() {
    const started = await exchange.placeTwapOrder({
      coin: ETH,
      is_buy: true,
      sz: 2,
      reduce_only: false,
      minutes: 30,
      randomize: false,
    });
    const id = started.response.data.status.running.twapId;
    const cancelled = await exchange.cancelTwapOrder({ coin: ETH, twap_id: id });
    await custom.closeAllPositions();
    return { started, cancelled };
  },

  async transfers() {
    return {
      sent: await exchange.usdTransfer(otherAddress, 5),
      toSpot: await exchange.transferBetweenSpotAndPerp(5, false),
      toPerp: await exchange.transferBetweenSpotAndPerp(5, true),
    };
  },

  async approvals() {
    return {
      builder: await exchange.approveBuilderFee({
        maxFeeRate: '0.01%',
        builder: '0x8c967E73E7B15087c42A10D344cFf4c96D877f1D',
      }),
      agent: await exchange.approveAgent({
        agentAddress: '0x00000000000000000000000000000000000000a9',
        agentName: 'bot',
      }),
    };
  },

  async noop() {
    return exchange.noop();
  },

  async questions() {
    return {
      mids: Object.keys(await info.getAllMids()).length > 0,
      assets: (await custom.getAllAssets()).perp.includes(ETH),
      candles: (await info.getCandleSnapshot(ETH, '15m', 0, Date.now())).length > 0,
      rateLimit: Object.keys(await info.getUserRateLimit(walletAddress)),
      role: await info.getUserRole(walletAddress),
      funding: (await info.perpetuals.getFundingHistory(ETH, 0)).length > 0,
      metaAndAssetCtxs: (await info.perpetuals.getMetaAndAssetCtxs()).length,
      history: (await info.getHistoricalOrders(walletAddress)).length > 0,
    };
  },

  async overTheSocket() {
    const placed = await wsPayloads.placeOrder(limit(await farBelow()));
    const asked = await subscriptions.postRequest('info', {
      type: 'openOrders',
      user: walletAddress,
    });
    const cancelled = await custom.cancelAllOrders();
    return { placed, asked, cancelled };
  },

  async stream() {
    const told = {};
    const note = (channel) => (data) => {
      told[channel] = [...(told[channel] ?? []), data];
    };
    await subscriptions.subscribeToAllMids(note('allMids'));
    await subscriptions.subscribeToL2Book(ETH, note('l2Book'));
    await subscriptions.subscribeToTrades(ETH, note('trades'));
    await subscriptions.subscribeToCandle(ETH, '1m', note('candle'));
    await subscriptions.subscribeToBbo(ETH, note('bbo'));
    await subscriptions.subscribeToActiveAssetCtx(ETH, note('activeAssetCtx'));
    await subscriptions.subscribeToUserFills(walletAddress, note('userFills'));
    await subscriptions.subscribeToOrderUpdates(walletAddress, note('orderUpdates'));
    await heard('the snapshot of fills', () => told.userFills);
    await custom.marketOpen(ETH, true, 0.05);
    await custom.marketClose(ETH);
    const count = () => Object.keys(told).length;
    // It listens for `userEvents` on a channel of that name; the venue's is named `user`.
    await heard('eight channels', () => count() === 8).catch((error) => {
      throw new Error(`${error.message}; heard: ${Object.keys(told)}`);
    });
    return {
      channels: Object.keys(told).sort(),
      coin: told.l2Book[0].coin,
      updates: told.orderUpdates.flat().map(({ status }) => status),
    };
  },
};

const asked = names.length > 0 ? names : Object.keys(flows);
await report(Object.fromEntries(asked.map((name) => [name, flows[name]])));
